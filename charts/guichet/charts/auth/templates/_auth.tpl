{{/* The settings and secrets of auth. */}}
{{- define "auth.workload" -}}
port: {https: 8443}
needs: [database, nats, events]
migrates: true
settings:
  REGISTRATION: {{ .Values.bank.registration | quote }}
  REQUIRE_TOTP_FOR_STAFF: {{ .Values.bank.requireTotpForStaff | quote }}
  PUBLIC_URL: {{ include "guichet.public-url" . | quote }}
  ACCOUNTS_URL: {{ include "guichet.url" (list . "accounts") | quote }}
  LOGGING_URL: {{ include "guichet.url" (list . "logging") | quote }}
  SUPERUSER_USERNAME: {{ .Values.superuser.username | quote }}
  SUPERUSER_EMAIL: {{ .Values.superuser.email | quote }}
secrets:
  - {setting: KEY_ENCRYPTION_KEY, secret: {{ include "guichet.secret" (list . "key-encryption") | quote }}, key: key}
  - {setting: SUPERUSER_PASSWORD, secret: {{ include "guichet.secret" (list . "superuser") | quote }}, key: password}
{{- end -}}
