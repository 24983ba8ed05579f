{{/* (list $ "auth"): the URL of a service. */}}
{{- define "guichet.url" -}}
https://{{ include "common.name" . }}:8443
{{- end -}}

{{/* The bank's public URL. */}}
{{- define "guichet.public-url" -}}
{{- $v := .Values -}}
{{- if $v.bank.publicUrl -}}
{{- $v.bank.publicUrl -}}
{{- else if and $v.ingress.enabled $v.ingress.host -}}
{{- ternary "https" "http" $v.ingress.tls.enabled }}://{{ $v.ingress.host -}}
{{- else if and $v.httpRoute.enabled $v.httpRoute.host -}}
{{- ternary "https" "http" $v.httpRoute.https }}://{{ $v.httpRoute.host -}}
{{- else -}}
http://localhost:8080
{{- end -}}
{{- end -}}

{{/* The database: hosts, the port of those that name none, whether it requires TLS, and the secret with its authority if that is not the bank's. */}}
{{- define "guichet.database" -}}
{{- $database := .Values.database -}}
{{- if eq $database.mode "bundled" -}}
{hosts: {{ include "common.name" (list . "mysql") }}, port: 3306, tls: required, caSecret: ""}
{{- else if eq $database.mode "galera" -}}
{hosts: {{ include "galera.hosts" . | fromJsonArray | join "," | quote }}, port: 3306, tls: required, caSecret: ""}
{{- else if eq $database.mode "operator" -}}
{hosts: {{ include "common.name" (list . "mariadb") }}-primary, port: 3306, tls: required, caSecret: {{ include "common.name" (list . "mariadb") }}-ca-bundle}
{{- else -}}
{hosts: {{ required "database.mode is external: name the servers in database.external.hosts" (join "," $database.external.hosts) | quote }}, port: {{ $database.external.port }}, tls: {{ $database.external.tls | quote }}, caSecret: {{ $database.external.caSecret | quote }}}
{{- end -}}
{{- end -}}

{{/* The component that is this release's own database: mysql or galera; empty for another mode. */}}
{{- define "guichet.own-database" -}}
{{- if eq .Values.database.mode "bundled" }}mysql{{ else if eq .Values.database.mode "galera" }}galera{{ end -}}
{{- end -}}

{{/* The ports of the servers in database.external.hosts, each once, as JSON. */}}
{{- define "guichet.external-database-ports" -}}
{{- $external := .Values.database.external -}}
{{- $ports := list -}}
{{- range $host := $external.hosts -}}
{{- $ports = append $ports (regexFind "[^:]:[0-9]+$" $host | splitList ":" | last | default $external.port | int) -}}
{{- end -}}
{{- concat $ports $external.networkPolicyPorts | uniq | toJson -}}
{{- end -}}

{{- define "guichet.database-settings" -}}
{{- $database := include "guichet.database" .bank | fromYaml -}}
DATABASE_HOSTS: {{ $database.hosts | quote }}
DATABASE_PORT: {{ $database.port }}
DATABASE_TLS: {{ $database.tls | quote }}
DATABASE_NAME: {{ index .bank.Values.database.schemas .component | quote }}
DATABASE_READS: {{ .bank.Values.database.reads }}
DATABASE_USER: {{ index .bank.Values.database.users .component | quote }}
{{- end -}}

{{/* The NATS servers, and the number of copies of the streams. */}}
{{- define "guichet.nats" -}}
{{- $nats := .Values.nats -}}
{{- if eq $nats.mode "bundled" -}}
{servers: "{{ include "common.name" (list . "nats") }}:4222", replicas: {{ min 3 $nats.replicas }}, tls: required, caSecret: ""}
{{- else -}}
{servers: {{ required "nats.mode is external: name the servers in nats.external.servers" $nats.external.servers | quote }}, replicas: {{ $nats.external.replicas }}, tls: {{ $nats.external.tls | quote }}, caSecret: {{ $nats.external.caSecret | quote }}}
{{- end -}}
{{- end -}}

{{- define "guichet.nats-settings" -}}
{{- $nats := include "guichet.nats" .bank | fromYaml -}}
NATS_SERVERS: {{ $nats.servers | quote }}
NATS_TLS: {{ $nats.tls | quote }}
NATS_USER: {{ .component | quote }}
{{- end -}}

{{/* A service's secrets, each as a file: its own, and those of the database, NATS and events if it uses them. */}}
{{- define "guichet.service-secrets" -}}
{{- $bank := .bank -}}
{{- $secrets := .secrets | default list -}}
{{- if has "database" .needs -}}
{{- $need := printf "%s-database" .component -}}
{{- $database := include "guichet.database" $bank | fromYaml -}}
{{- if and (eq $bank.Values.database.mode "external") (not .own.existingSecrets.database) -}}
{{- fail (printf "database.mode is external: name the secret with the password of %s's user in %s.existingSecrets.database" .component .component) -}}
{{- end -}}
{{- if and (eq $bank.Values.database.mode "external") (not .own.existingSecrets.databaseMigration) -}}
{{- fail (printf "database.mode is external: name the secret with the password of %s's migration user in %s.existingSecrets.databaseMigration" .component .component) -}}
{{- end -}}
{{- $secrets = append $secrets (dict "setting" "DATABASE_PASSWORD" "secret" (include "guichet.secret" (list $bank $need)) "key" "password") -}}
{{- with $database.caSecret }}{{ $secrets = append $secrets (dict "setting" "DATABASE_CA" "secret" . "key" "ca.crt") }}{{ end -}}
{{- end -}}
{{- if has "nats" .needs -}}
{{- $need := printf "%s-nats" .component -}}
{{- $nats := include "guichet.nats" $bank | fromYaml -}}
{{- if and (eq $bank.Values.nats.mode "external") (not .own.existingSecrets.nats) -}}
{{- fail (printf "nats.mode is external: name the secret with the password of user %s in %s.existingSecrets.nats" .component .component) -}}
{{- end -}}
{{- $secrets = append $secrets (dict "setting" "NATS_PASSWORD" "secret" (include "guichet.secret" (list $bank $need)) "key" "password") -}}
{{- with $nats.caSecret }}{{ $secrets = append $secrets (dict "setting" "NATS_CA" "secret" . "key" "ca.crt") }}{{ end -}}
{{- end -}}
{{- if has "events" .needs -}}
{{- $keys := include "guichet.secret" (list $bank "event-keys") -}}
{{- $secrets = append $secrets (dict "setting" "EVENT_SECRET_KEY" "secret" $keys "key" .component) -}}
{{- $secrets = append $secrets (dict "setting" "EVENT_PUBLIC_KEYS" "secret" $keys "key" "public") -}}
{{- end -}}
{{- with $bank.Values.tracing -}}
{{- if and .endpoint .existingSecret -}}
{{- $secrets = append $secrets (dict "setting" "OTEL_EXPORTER_OTLP_HEADERS" "secret" .existingSecret "key" "headers") -}}
{{- end -}}
{{- end -}}
{{- toYaml $secrets -}}
{{- end -}}

{{/* The collector of traces. */}}
{{- define "guichet.tracing-settings" -}}
{{- $tracing := .bank.Values.tracing -}}
OTEL_EXPORTER_OTLP_ENDPOINT: {{ $tracing.endpoint | quote }}
OTEL_TRACES_SAMPLER: {{ $tracing.sampler | quote }}
OTEL_TRACES_SAMPLER_ARG: {{ $tracing.ratio | quote }}
OTEL_RESOURCE_ATTRIBUTES: {{ printf "k8s.namespace.name=%s,%s" .bank.Release.Namespace $tracing.resourceAttributes | trimSuffix "," | quote }}
{{- end -}}

{{/* The port of the collector. */}}
{{- define "guichet.tracing-port" -}}
{{- $address := urlParse .Values.tracing.endpoint -}}
{{- $named := regexFind ":[0-9]+$" $address.host | trimPrefix ":" -}}
{{- $named | default (ternary "443" "80" (eq $address.scheme "https")) -}}
{{- end -}}
