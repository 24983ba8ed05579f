{{/* The settings and secrets of logging. Only it can decrypt log events. */}}
{{- define "logging.workload" -}}
port: {https: 8443}
needs: [database, nats, events]
migrates: true
settings:
  AUTH_URL: {{ include "guichet.url" (list . "auth") | quote }}
  BANK_TIME_ZONE: {{ .Values.bank.timeZone | quote }}
{{- with include "logging.checkpoints-claim" . }}
  LOG_CHECKPOINT_DIR: /var/lib/guichet/checkpoints
volume: {claim: {{ . | quote }}, path: /var/lib/guichet/checkpoints}
{{- end }}
secrets:
  - {setting: LOG_SIGNING_KEY, secret: {{ include "guichet.secret" (list . "log-signing") | quote }}, key: key}
{{- end -}}

{{/* The claim of the volume for checkpoints; empty without one. */}}
{{- define "logging.checkpoints-claim" -}}
{{- with .Values.logging.checkpoints -}}
{{- if .existingClaim }}{{ .existingClaim }}{{ else if .enabled }}{{ include "common.name" (list $ "checkpoints") }}{{ end -}}
{{- end -}}
{{- end -}}

{{/* Whether old months of the log are exported on a schedule: not during a restore. */}}
{{- define "logging.has-retention" -}}
{{- if and .Values.logging.retention.enabled (not .Values.restore.enabled) }}yes{{ end -}}
{{- end -}}
