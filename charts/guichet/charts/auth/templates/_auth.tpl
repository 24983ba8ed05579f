{{/* The settings and secrets of auth. */}}
{{- define "auth.workload" -}}
port: {https: 8443}
needs: [database, nats, events]
migrates: true
settings:
  REGISTRATION: {{ .Values.bank.registration }}
  REQUIRE_TOTP_FOR_STAFF: {{ .Values.bank.requireTotpForStaff | quote }}
  PUBLIC_URL: {{ include "guichet.public-url" . }}
  ACCOUNTS_URL: {{ include "guichet.url" (list . "accounts") }}
  LOGGING_URL: {{ include "guichet.url" (list . "logging") }}
  SUPERUSER_USERNAME: {{ .Values.superuser.username }}
  SUPERUSER_EMAIL: {{ .Values.superuser.email }}
secrets:
  - {setting: KEY_ENCRYPTION_KEY, secret: {{ include "guichet.secret" (list . "key-encryption") }}, key: key}
  - {setting: SUPERUSER_PASSWORD, secret: {{ include "guichet.secret" (list . "superuser") }}, key: password}
{{- end -}}
