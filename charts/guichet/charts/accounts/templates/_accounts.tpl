{{/* The settings and secrets of accounts. */}}
{{- define "accounts.workload" -}}
{{- $bank := .Values.bank -}}
port: {https: 8443}
needs: [database, nats, events]
migrates: true
settings:
  AUTH_URL: {{ include "guichet.url" (list . "auth") | quote }}
  BANK_NAME: {{ $bank.name | quote }}
  BANK_TIME_ZONE: {{ $bank.timeZone | quote }}
  BANK_CODE: {{ $bank.code | quote }}
  BRANCH_CODE: {{ $bank.branchCode | quote }}
  BANK_BIC: {{ $bank.bic | quote }}
  DECISION_SECOND_AGENT_ABOVE: {{ $bank.secondAgentAbove | int64 }}
  STEP_UP_ABOVE: {{ $bank.stepUpAbove | int64 }}
  OPERATION_TTL_HOURS: {{ $bank.operationTtlHours }}
  {{- if not (kindIs "invalid" $bank.limitOperation) }}
  LIMIT_OPERATION: {{ $bank.limitOperation | int64 }}
  {{- end }}
  {{- if not (kindIs "invalid" $bank.limitDay) }}
  LIMIT_DAY: {{ $bank.limitDay | int64 }}
  {{- end }}
  {{- with .Values.webhooks.hosts }}
  WEBHOOK_HOSTS: {{ join "," . | quote }}
  {{- end }}
secrets:
  - {setting: WEBHOOK_ENCRYPTION_KEY, secret: {{ include "guichet.secret" (list . "webhook-encryption") | quote }}, key: key}
{{- end -}}
