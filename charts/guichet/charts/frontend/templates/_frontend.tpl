{{/* The settings and secrets of the frontend. It serves plain HTTP, because an ingress is in front of it and sets X-Forwarded-For. */}}
{{- define "frontend.workload" -}}
port: {http: 8080}
needs: [nats, events]
settings:
  AUTH_URL: {{ include "guichet.url" (list . "auth") | quote }}
  ACCOUNTS_URL: {{ include "guichet.url" (list . "accounts") | quote }}
  LOGGING_URL: {{ include "guichet.url" (list . "logging") | quote }}
  MAILER_URL: {{ include "guichet.url" (list . "mailer") | quote }}
  PUBLIC_URL: {{ include "guichet.public-url" . | quote }}
  BANK_NAME: {{ .Values.bank.name | quote }}
  BANK_TIME_ZONE: {{ .Values.bank.timeZone | quote }}
  FORWARDED_HOPS: {{ or .Values.ingress.enabled .Values.httpRoute.enabled | ternary 1 0 }}
secrets:
  - {setting: SESSION_SECRET, secret: {{ include "guichet.secret" (list . "session") | quote }}, key: session}
{{- end -}}
