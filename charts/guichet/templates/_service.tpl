{{/*
One of the bank's own services, all of its objects, from what is particular to it: the template "<component>.workload" of its
subchart, which gives
  port: the name and number of the port where it serves;
  needs: database, nats, events (keys to seal and open them); migrates: whether it has a schema to bring up to date;
  settings: its environment; secrets: what it is told in confidence, a list of {setting, secret, key}, each of which becomes a file.
*/}}
{{- define "guichet.service" -}}
{{- $bank := index . 0 -}}
{{- $component := index . 1 -}}
{{- $own := index $bank.Values $component -}}
{{- $w := merge (dict "bank" $bank "component" $component "own" $own) (include (printf "%s.workload" $component) $bank | fromYaml) -}}
{{- $w = set $w "secrets" (include "guichet.service-secrets" $w | fromYamlArray) -}}
{{- $settings := include "guichet.settings" $w | fromYaml -}}
{{- $at := list $bank $component -}}
{{ include "common.service-account" $at }}
---
{{ include "common.config-map" (merge (dict "data" $settings) $w) }}
---
{{ include "common.deployment" (merge (dict
  "containers" (include "guichet.container" $w)
  "initContainers" (include "guichet.migration" $w)
  "volumes" (include "guichet.volumes" $w)
  "annotations" (merge (dict "checksum/settings" (toJson $settings | sha256sum)) (include "guichet.scrape" $bank | fromYaml))
  "graceSeconds" (include "guichet.grace-seconds" $bank)
  "spread" true
) $w) }}
{{- with $w.port }}
---
{{ include "common.service" (dict "bank" $bank "component" $component "ports" .) }}
{{- end }}
{{- if not $bank.Values.restore.enabled }}
{{- if $own.autoscaling.enabled }}
---
{{ include "common.horizontal-pod-autoscaler" $w }}
{{- end }}
{{- if gt (int (ternary $own.autoscaling.minReplicas $own.replicas $own.autoscaling.enabled)) 1 }}
---
{{ include "common.pod-disruption-budget" $at }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The environment of a service: what all have, what is particular to it, and over both what its values set. */}}
{{- define "guichet.settings" -}}
{{- $bank := .bank -}}
{{- $all := dict
  "ADMIN_PORT" 9100
  "TLS_DIRECTORY" "/etc/guichet/tls"
  "LOG_LEVEL" $bank.Values.logLevel
  "DRAIN_SECONDS" $bank.Values.shutdown.drainSeconds
  "BANK_LABEL" (printf "%s/%s" $bank.Release.Namespace $bank.Release.Name)
-}}
{{- range $name, $number := .port }}{{ $_ := set $all "PORT" $number }}{{ end -}}
{{- if has "database" .needs }}{{ $all = merge (include "guichet.database-settings" . | fromYaml) $all }}{{ end -}}
{{- if has "nats" .needs }}{{ $all = merge (include "guichet.nats-settings" . | fromYaml) $all }}{{ end -}}
{{- range $name, $value := merge (deepCopy .own.settings) .settings $all }}
{{- /* A file's numbers come as floats: a million would be written 1e+06. */}}
{{ $name }}: {{ (and (kindIs "float64" $value) (eq (floor $value) $value)) | ternary (int64 $value) $value | toString | quote }}
{{- end }}
{{- end -}}

{{- define "guichet.container" -}}
{{- $development := .bank.Values.development.enabled -}}
- name: {{ .component }}
  {{- include "common.container-base" (dict "bank" .bank "image" (include "common.image" (list .bank (.image | default .component))) "writable" $development) | nindent 2 }}
  {{- if .command }}
  command: {{ toJson .command }}
  {{- else if $development }}
  command: [node, --watch, {{ ternary "frontend" (printf "services/%s" .component) (eq .component "frontend") }}/src/main.ts]
  {{- end }}
  {{- include "guichet.environment" . | nindent 2 }}
  ports:
    {{- range $name, $number := .port }}
    - {name: {{ $name }}, containerPort: {{ $number }}}
    {{- end }}
    - {name: admin, containerPort: 9100}
  # Whoever asks, asks these: has it started, is it ready, is it alive? The last asks for no more than the event loop.
  startupProbe:
    httpGet: {path: /startupz, port: admin}
    periodSeconds: 1
    timeoutSeconds: 2
    failureThreshold: 120
  readinessProbe:
    httpGet: {path: /readyz, port: admin}
    periodSeconds: 1
    timeoutSeconds: 2
    failureThreshold: 2
  livenessProbe:
    httpGet: {path: /livez, port: admin}
    periodSeconds: 10
    timeoutSeconds: 5
    failureThreshold: 3
  lifecycle:
    preStop:
      # Requests go on arriving until every node knows that this pod leaves.
      sleep:
        seconds: {{ .bank.Values.shutdown.preStopSeconds }}
  resources:
    {{- toYaml .own.resources | nindent 4 }}
  {{- include "guichet.mounts" . | nindent 2 }}
{{- end -}}

{{/* Waits for the database and brings the schema to this release, one pod at a time; then the service starts. */}}
{{- define "guichet.migration" -}}
{{- if .migrates -}}
- name: migrate
  {{- include "common.container-base" (dict "bank" .bank "image" (include "common.image" (list .bank .component))) | nindent 2 }}
  command: [node, services/{{ .component }}/src/migrate.ts]
  {{- include "guichet.environment" . | nindent 2 }}
    - {name: DATABASE_MIGRATION_USER, value: {{ index .bank.Values.database.migrationUsers .component | quote }}}
    - {name: DATABASE_MIGRATION_PASSWORD_FILE, value: /etc/guichet/migration/password}
  resources:
    {{- toYaml .own.resources | nindent 4 }}
  {{- include "guichet.mounts" . | nindent 2 }}
    - {name: migration, mountPath: /etc/guichet/migration, readOnly: true}
{{- end -}}
{{- end -}}

{{- define "guichet.environment" -}}
envFrom:
  - configMapRef:
      name: {{ include "common.name" (list .bank .component) }}
{{- with .secrets }}
env:
  {{- range . }}
  - {name: {{ .setting }}_FILE, value: /etc/guichet/secrets/{{ .setting }}}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "guichet.mounts" -}}
volumeMounts:
  - {name: tls, mountPath: /etc/guichet/tls, readOnly: true}
  {{- if .secrets }}
  - {name: secrets, mountPath: /etc/guichet/secrets, readOnly: true}
  {{- end }}
  - {name: tmp, mountPath: /tmp}
{{- end -}}

{{- define "guichet.volumes" -}}
- name: tls
  secret:
    secretName: {{ include "guichet.tls-secret" (list .bank .component) }}
    defaultMode: 0440
{{- with .secrets }}
- name: secrets
  {{- include "guichet.secret-files" . | nindent 2 }}
{{- end }}
{{- if .migrates }}
- name: migration
  secret:
    secretName: {{ include "guichet.secret" (list .bank (printf "%s-database-migration" .component)) }}
    defaultMode: 0440
{{- end }}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- end -}}

{{/* A list of {setting, secret, key}: a volume with a file for each, named like the setting. */}}
{{- define "guichet.secret-files" -}}
projected:
  defaultMode: 0440
  sources:
    {{- range . }}
    - secret:
        name: {{ .secret }}
        items:
          - {key: {{ .key }}, path: {{ .setting }}}
    {{- end }}
{{- end -}}

{{/* For a Prometheus that finds pods by their annotations; its operator has resources of its own. */}}
{{- define "guichet.scrape" -}}
{{- if not .Values.monitoring.operator -}}
prometheus.io/scrape: "true"
prometheus.io/port: "9100"
prometheus.io/path: /metrics
{{- end -}}
{{- end -}}

{{/* Until every node knows, until the callers have moved, until what runs has ended, and a little. */}}
{{- define "guichet.grace-seconds" -}}
{{- with .Values.shutdown -}}
{{ add .preStopSeconds .drainSeconds 30 }}
{{- end -}}
{{- end -}}
