{{/* What is particular to logging: it alone can open the sealed entries. */}}
{{- define "logging.workload" -}}
port: {https: 8443}
needs: [database, nats]
migrates: true
settings:
  AUTH_URL: {{ include "guichet.url" (list . "auth") }}
  BANK_TIME_ZONE: {{ .Values.bank.timeZone }}
secrets:
  - {setting: LOG_SEALING_SEED, secret: {{ include "guichet.secret" (list . "log-sealing") }}, key: secret}
{{- end -}}
