{{/* The settings and secrets of logging. Only it can decrypt log events. */}}
{{- define "logging.workload" -}}
port: {https: 8443}
needs: [database, nats, events]
migrates: true
settings:
  AUTH_URL: {{ include "guichet.url" (list . "auth") }}
  BANK_TIME_ZONE: {{ .Values.bank.timeZone }}
{{- end -}}
