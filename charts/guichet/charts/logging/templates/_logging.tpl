{{/* What is particular to logging: it alone can open the sealed entries. */}}
{{- define "logging.workload" -}}
port: {https: 8443}
needs: [database, nats, events]
migrates: true
settings:
  AUTH_URL: {{ include "guichet.url" (list . "auth") }}
  BANK_TIME_ZONE: {{ .Values.bank.timeZone }}
{{- end -}}
