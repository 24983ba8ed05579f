{{/* The settings and secrets of the mailer. */}}
{{- define "mailer.workload" -}}
{{- $smtp := include "mailer.smtp" . | fromYaml -}}
port: {https: 8443}
needs: [nats, events]
settings:
  AUTH_URL: {{ include "guichet.url" (list . "auth") | quote }}
  {{- if not .Values.mail.smtp.existingUrlSecret }}
  SMTP_HOST: {{ $smtp.host | quote }}
  SMTP_PORT: {{ $smtp.port }}
  SMTP_SECURITY: {{ $smtp.security | quote }}
  {{- end }}
  {{- with .Values.mail.smtp.ca }}
  SMTP_CA: {{ . | quote }}
  {{- end }}
  MAIL_FROM: {{ .Values.mail.from | quote }}
  PUBLIC_URL: {{ include "guichet.public-url" . | quote }}
  BANK_NAME: {{ .Values.bank.name | quote }}
  BANK_TIME_ZONE: {{ .Values.bank.timeZone | quote }}
secrets:
  {{- with .Values.mail.smtp.existingUrlSecret }}
  - {setting: SMTP_URL, secret: {{ . | quote }}, key: url}
  {{- end }}
  {{- with .Values.mail.smtp.existingSecret }}
  - {setting: SMTP_USER, secret: {{ . | quote }}, key: username}
  - {setting: SMTP_PASSWORD, secret: {{ . | quote }}, key: password}
  {{- end }}
{{- end -}}

{{/*
The mail server: the operator's; otherwise the mail catcher in a demo, or a host name that RFC 2606 reserves, so that mail waits in its stream.
*/}}
{{- define "mailer.smtp" -}}
{{- if .Values.mail.smtp.existingUrlSecret -}}
{{- if or .Values.mail.smtp.host .Values.mail.smtp.existingSecret }}{{ fail "mail.smtp.existingUrlSecret has the host and the password: leave mail.smtp.host and mail.smtp.existingSecret empty" }}{{ end -}}
{port: {{ .Values.mail.smtp.port }}, at: outside}
{{- else if .Values.mail.smtp.host -}}
{host: {{ .Values.mail.smtp.host | quote }}, port: {{ .Values.mail.smtp.port }}, security: {{ .Values.mail.smtp.security }}, at: outside}
{{- else if .Values.demo.enabled -}}
{host: {{ include "common.name" (list . "mailpit") }}, port: 1025, security: none, at: mailpit}
{{- else -}}
{host: smtp.invalid, port: 587, security: starttls, at: nowhere}
{{- end -}}
{{- end -}}
