{{/*
The settings that an operator can change in every workload: those of `defaults` in values.yaml, and the same under the workload's own values. All
templates of this library read them here, so that a new workload has them too; one that is missing below doesn't render.
*/}}

{{/* The place of each component's own values. */}}
{{- define "common.workloads" -}}
{
  "auth": "auth",
  "accounts": "accounts",
  "logging": "logging",
  "mailer": "mailer",
  "frontend": "frontend",
  "streams": "streams",
  "mysql": "mysql",
  "galera": "galera",
  "nats": "nats",
  "prometheus": "monitoring.prometheus",
  "bootstrap": "bootstrap",
  "certificates": "bootstrap",
  "backup": "backup",
  "restore": "backup",
  "log-retention": "logging.retention",
  "demo": "demo",
  "mailpit": "demo.mailpit",
  "test": "tests"
}
{{- end -}}

{{/*
(list $ "auth"): the settings of a component, as JSON. Lists named extra… are added to the defaults; labels, annotations and security contexts
are merged with them, where null remains and removes a field; anything else of the component's own replaces its default.
*/}}
{{- define "common.hooks" -}}
{{- $bank := index . 0 -}}
{{- $places := include "common.workloads" . | fromJson -}}
{{- $place := get $places (index . 1) | required (printf "common.workloads has no place for the values of %s" (index . 1)) -}}
{{- $own := $bank.Values -}}
{{- range splitList "." $place }}{{ $own = index $own . }}{{ end -}}
{{- $merged := list "annotations" "podLabels" "podAnnotations" "podSecurityContext" "securityContext" "serviceAnnotations" "serviceAccountAnnotations" -}}
{{- $hooks := deepCopy $bank.Values.defaults -}}
{{- range $name, $default := $bank.Values.defaults -}}
{{- $mine := get $own $name -}}
{{- if $mine -}}
{{- if hasPrefix "extra" $name -}}
{{- $_ := set $hooks $name (concat $default $mine) -}}
{{- else if has $name $merged -}}
{{- range $key, $value := $mine }}{{ $_ := set (index $hooks $name) $key $value }}{{ end -}}
{{- else -}}
{{- $_ := set $hooks $name $mine -}}
{{- end -}}
{{- else if and (hasKey $own $name) (not (kindIs "invalid" $mine)) (not (hasPrefix "extra" $name)) (not (has $name $merged)) -}}
{{- $_ := set $hooks $name $mine -}}
{{- end -}}
{{- end -}}
{{- toJson $hooks -}}
{{- end -}}

{{/* (list map changes): the map with the changes, of which null removes a key, as JSON. */}}
{{- define "common.changed" -}}
{{- $map := deepCopy (index . 0) -}}
{{- range $key, $value := index . 1 -}}
{{- if kindIs "invalid" $value }}{{ $_ := unset $map $key }}{{ else }}{{ $_ := set $map $key $value }}{{ end -}}
{{- end -}}
{{- toJson $map -}}
{{- end -}}

{{/* (list "name" list extra): both lists; an item of the second replaces that of the first with the same name (or mountPath), as JSON. */}}
{{- define "common.extended" -}}
{{- $key := index . 0 -}}
{{- $extra := index . 2 -}}
{{- $names := list -}}
{{- range $extra }}{{ $names = append $names (get . $key) }}{{ end -}}
{{- $all := list -}}
{{- range index . 1 -}}
{{- if not (has (get . $key) $names) }}{{ $all = append $all . }}{{ end -}}
{{- end -}}
{{- toJson (concat $all $extra) -}}
{{- end -}}

{{/* YAML of a list of objects, as JSON. It fails on a parse error, which fromYamlArray returns as an item. */}}
{{- define "common.objects" -}}
{{- $items := fromYamlArray . -}}
{{- range $items }}{{ if not (kindIs "map" .) }}{{ fail (printf "invalid YAML: %v in\n%s" . $) }}{{ end }}{{ end -}}
{{- toJson $items -}}
{{- end -}}
