{{/* The settings and secrets of the frontend. It serves plain HTTP, because an ingress is in front of it and sets X-Forwarded-For. */}}
{{- define "frontend.workload" -}}
port: {http: 8080}
needs: [nats, events]
settings:
  AUTH_URL: {{ include "guichet.url" (list . "auth") }}
  ACCOUNTS_URL: {{ include "guichet.url" (list . "accounts") }}
  LOGGING_URL: {{ include "guichet.url" (list . "logging") }}
  MAILER_URL: {{ include "guichet.url" (list . "mailer") }}
  PUBLIC_URL: {{ include "guichet.public-url" . }}
  BANK_NAME: {{ .Values.bank.name | quote }}
  BANK_TIME_ZONE: {{ .Values.bank.timeZone }}
  FORWARDED_HOPS: {{ or .Values.ingress.enabled .Values.httpRoute.enabled | ternary 1 0 }}
secrets:
  - {setting: SESSION_SECRET, secret: {{ include "guichet.secret" (list . "session") }}, key: session}
{{- end -}}
