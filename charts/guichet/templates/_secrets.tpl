{{/*
Every secret of this installation by its purpose: {purpose: {existing: the name of a secret of the operator's own, keys: {key: kind}}}.
Without "existing" the bootstrap job generates it and never changes it. It creates a deleted one again, unless it is "irreplaceable": stored data can
be read only with it. The kinds are those of jobs/src/secrets/make-values.ts.
*/}}
{{- define "guichet.secret-table" -}}
{{- $v := .Values -}}
superuser: {existing: {{ $v.superuser.existingSecret | quote }}, keys: {password: readable}}
key-encryption: {existing: {{ $v.auth.existingSecrets.keyEncryption | quote }}, irreplaceable: true, keys: {key: key}}
webhook-encryption: {existing: {{ $v.accounts.existingSecrets.webhookEncryption | quote }}, irreplaceable: true, keys: {key: key}}
log-signing: {existing: {{ $v.logging.existingSecrets.signingKey | quote }}, irreplaceable: true, keys: {key: key}}
event-keys: {existing: {{ $v.events.existingSecret | quote }}, irreplaceable: true, keys: { {{- range $service := include "common.services" . | fromJsonArray }}{{ $service }}: event-secret, {{ end }}public: event-public}}
session: {existing: {{ $v.frontend.existingSecrets.session | quote }}, keys: {session: password}}
{{- range $service := include "common.database-services" . | fromJsonArray }}
{{ $service }}-database: {existing: {{ (index $v $service).existingSecrets.database | quote }}, keys: {password: password}}
{{ $service }}-database-migration: {existing: {{ (index $v $service).existingSecrets.databaseMigration | quote }}, keys: {password: password}}
{{- end }}
{{- range $service := include "common.nats-users" . | fromJsonArray }}
{{ $service }}-nats: {existing: {{ (index $v $service).existingSecrets.nats | quote }}, keys: {password: password}}
{{- end }}
{{- if eq $v.database.mode "galera" }}
galera: {existing: {{ $v.galera.existingSecret | quote }}, keys: {root: password, probe: password, backup: password}}
{{- else if ne $v.database.mode "external" }}
mysql: {existing: {{ $v.mysql.existingSecret | quote }}, keys: {root: password, probe: password, backup: password}}
{{- end }}
{{- if eq $v.nats.mode "bundled" }}
nats-routes: {existing: {{ $v.nats.existingSecret | quote }}, keys: {routes: password}}
{{- end }}
{{- if $v.demo.enabled }}
demo: {existing: {{ $v.demo.existingSecret | quote }}, keys: {seed: password}}
{{- end }}
{{- end -}}

{{/* (list $ "session"): the name of the secret for a purpose. */}}
{{- define "guichet.secret" -}}
{{- $secret := index (include "guichet.secret-table" (index . 0) | fromYaml) (index . 1) -}}
{{- $secret.existing | default (include "common.name" .) -}}
{{- end -}}

{{/* Every component with a certificate, as a JSON list. */}}
{{- define "guichet.certified" -}}
{{- $certified := include "common.nats-users" . | fromJsonArray -}}
{{- if eq .Values.database.mode "bundled" }}{{ $certified = append $certified "mysql" }}{{ end -}}
{{- if eq .Values.database.mode "galera" }}{{ $certified = append $certified "galera" }}{{ end -}}
{{- if eq .Values.nats.mode "bundled" }}{{ $certified = append $certified "nats" }}{{ end -}}
{{- toJson $certified -}}
{{- end -}}

{{/* (list $ "auth"): the secret with a component's certificate. */}}
{{- define "guichet.tls-secret" -}}
{{- $tls := (index . 0).Values.tls -}}
{{- if eq $tls.mode "existing" -}}
{{- required (printf "tls.mode is existing: name the secret with the certificate of %s in tls.existing.%s" (index . 1) (index . 1)) (index $tls.existing (index . 1)) -}}
{{- else -}}
{{- include "common.name" . }}-tls
{{- end -}}
{{- end -}}

{{/* (list $ "nats"): the DNS names in a component's certificate. Clients use the first. */}}
{{- define "guichet.dns-names" -}}
{{- $bank := index . 0 -}}
{{- $name := include "common.name" . -}}
{{- $names := list (index . 1) "localhost" -}}
{{- range $suffix := list "" (printf ".%s" $bank.Release.Namespace) (printf ".%s.svc" $bank.Release.Namespace) (printf ".%s.svc.cluster.local" $bank.Release.Namespace) -}}
{{- $names = append $names (print $name $suffix) -}}
{{- if eq (index $ 1) "nats" }}{{ $names = append $names (printf "*.%s-headless%s" $name $suffix) }}{{ end -}}
{{- if eq (index $ 1) "galera" }}{{ range include "galera.hosts" $bank | fromJsonArray }}{{ $names = append $names (print . $suffix) }}{{ end }}{{ end -}}
{{- end -}}
{{- toJson $names -}}
{{- end -}}
