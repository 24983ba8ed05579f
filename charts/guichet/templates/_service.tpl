{{/*
All objects of a service, from the template "<component>.workload" of its subchart, which returns
  port: the name and number of its port;
  needs: database, nats, events (the keys to encrypt and decrypt them); migrates: whether it has a schema to migrate;
  settings: its environment; secrets: a list of {setting, secret, key}, each of which is mounted as a file;
  volume: {claim, path}, if it writes to one.
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
{{ include "common.service" (merge (dict "ports" . "service" (get $own "service" | default dict)) $w) }}
{{- end }}
{{- if not $bank.Values.restore.enabled }}
{{- if $own.autoscaling.enabled }}
---
{{ include "common.horizontal-pod-autoscaler" $w }}
{{- end }}
{{- include "common.pod-disruption-budget" (merge (dict "replicas" (ternary $own.autoscaling.minReplicas $own.replicas $own.autoscaling.enabled)) $w) }}
{{- end }}
{{- end -}}

{{/* The environment of a service: the common settings, overridden by its own, overridden by its values. */}}
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
{{- if $bank.Values.tracing.endpoint }}{{ $all = merge (include "guichet.tracing-settings" . | fromYaml) $all }}{{ end -}}
{{- range $name, $value := merge (deepCopy .own.settings) .settings $all }}
{{- /* Numbers in a values file are floats: without int64, a million would become 1e+06. */}}
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
    - {name: {{ $name | quote }}, containerPort: {{ $number }}}
    {{- end }}
    - {name: admin, containerPort: 9100}
  # Liveness checks only the event loop, so that losing the database restarts nothing.
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
      # Requests keep arriving until every node knows that this pod is shutting down.
      sleep:
        seconds: {{ .bank.Values.shutdown.preStopSeconds }}
  resources:
    {{- toYaml .own.resources | nindent 4 }}
  {{- include "guichet.mounts" . | nindent 2 }}
{{- end -}}

{{/* Waits for the database and migrates the schema, one pod at a time, before the service starts. */}}
{{- define "guichet.migration" -}}
{{- if .migrates -}}
{{- include "guichet.migration-container" (merge (dict "name" "migrate" "run" (list "node" (printf "services/%s/src/migrate.ts" .component))) .) -}}
{{- end -}}
{{- end -}}

{{/* A container of a service that acts as its migration user: also "name", and "run", its command. */}}
{{- define "guichet.migration-container" -}}
- name: {{ .name }}
  {{- include "common.container-base" (dict "bank" .bank "image" (include "common.image" (list .bank .component))) | nindent 2 }}
  command: {{ toJson .run }}
  {{- include "guichet.environment" . | nindent 2 }}
    - {name: DATABASE_MIGRATION_USER, value: {{ index .bank.Values.database.migrationUsers .component | quote }}}
    - {name: DATABASE_MIGRATION_PASSWORD_FILE, value: /etc/guichet/migration/password}
  resources:
    {{- toYaml .own.resources | nindent 4 }}
  {{- include "guichet.mounts" . | nindent 2 }}
    - {name: migration, mountPath: /etc/guichet/migration, readOnly: true}
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
  {{- with .volume }}
  - {name: data, mountPath: {{ .path }}}
  {{- end }}
  - {name: tmp, mountPath: /tmp}
{{- end -}}

{{- define "guichet.volumes" -}}
- name: tls
  secret:
    secretName: {{ include "guichet.tls-secret" (list .bank .component) | quote }}
    defaultMode: 0440
{{- with .secrets }}
- name: secrets
  {{- include "guichet.secret-files" . | nindent 2 }}
{{- end }}
{{- if .migrates }}
- name: migration
  secret:
    secretName: {{ include "guichet.secret" (list .bank (printf "%s-database-migration" .component)) | quote }}
    defaultMode: 0440
{{- end }}
{{- with .volume }}
- name: data
  persistentVolumeClaim: {claimName: {{ .claim | quote }}}
{{- end }}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- end -}}

{{/* A list of {setting, secret, key}: a volume with one file each, named like the setting. */}}
{{- define "guichet.secret-files" -}}
projected:
  defaultMode: 0440
  sources:
    {{- range . }}
    - secret:
        name: {{ .secret | quote }}
        items:
          - {key: {{ .key }}, path: {{ .setting }}}
    {{- end }}
{{- end -}}

{{/* For a Prometheus that discovers pods by annotations; prometheus-operator uses its own resources. */}}
{{- define "guichet.scrape" -}}
{{- if not .Values.monitoring.operator -}}
prometheus.io/scrape: "true"
prometheus.io/port: "9100"
prometheus.io/path: /metrics
{{- end -}}
{{- end -}}

{{/* The sum of the two shutdown delays, the time to finish running requests, and a margin. */}}
{{- define "guichet.grace-seconds" -}}
{{- with .Values.shutdown -}}
{{ add .preStopSeconds .drainSeconds 30 }}
{{- end -}}
{{- end -}}
