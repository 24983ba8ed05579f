{{/*
The allowed network traffic, one line each: from, to, port. Everything else is refused. Components have their own names; the others are
  everyone: what networkPolicy.frontendFrom lists; metrics: what monitoring.from lists, and this release's Prometheus;
  outside: any address; mariadb: the operator's cluster; kubernetes: the cluster's own API.
*/}}
{{- define "guichet.allowed-traffic" -}}
{{- $v := .Values -}}
- {from: everyone, to: frontend, port: 8080}
{{- range $service := include "common.database-services" . | fromJsonArray }}
- {from: frontend, to: {{ $service }}, port: 8443}
{{- end }}
- {from: auth, to: accounts, port: 8443}
- {from: auth, to: logging, port: 8443}
- {from: accounts, to: auth, port: 8443}
- {from: frontend, to: mailer, port: 8443}
- {from: logging, to: auth, port: 8443}
- {from: mailer, to: auth, port: 8443}
{{- $database := append (include "common.database-services" . | fromJsonArray) "test" }}
{{- if include "logging.has-retention" . }}{{ $database = append $database "log-retention" }}{{ end }}
{{- range $service := $database }}
{{- if eq $v.database.mode "bundled" }}
- {from: {{ $service }}, to: mysql, port: 3306}
{{- else if eq $v.database.mode "galera" }}
- {from: {{ $service }}, to: galera, port: 3306}
{{- else if eq $v.database.mode "operator" }}
- {from: {{ $service }}, to: mariadb, port: 3306}
{{- else }}
{{- range $port := include "guichet.external-database-ports" $ | fromJsonArray }}
- {from: {{ $service }}, to: outside, port: {{ $port }}}
{{- end }}
{{- end }}
{{- end }}
{{- if eq $v.database.mode "galera" }}
{{- range $port := list 4567 4568 4444 4569 }}
- {from: galera, to: galera, port: {{ $port }}}
{{- end }}
{{- end }}
{{- range $service := include "common.nats-users" . | fromJsonArray }}
{{- if eq $v.nats.mode "bundled" }}
- {from: {{ $service }}, to: nats, port: 4222}
{{- else }}
{{- range $server := splitList "," $v.nats.external.servers }}
- {from: {{ $service }}, to: outside, port: {{ $server | trim | splitList ":" | last | int | default 4222 }}}
{{- end }}
{{- range $port := $v.nats.external.networkPolicyPorts }}
- {from: {{ $service }}, to: outside, port: {{ $port }}}
{{- end }}
{{- end }}
{{- end }}
{{- if eq $v.nats.mode "bundled" }}
- {from: nats, to: nats, port: 6222}
{{- end }}
{{- if $v.webhooks.internet }}
- {from: accounts, to: outside, port: 443}
{{- end }}
{{- range $port := $v.webhooks.networkPolicyPorts }}
- {from: accounts, to: outside, port: {{ $port }}}
{{- end }}
{{- $smtp := include "mailer.smtp" . | fromYaml }}
{{- if ne $smtp.at "nowhere" }}
- {from: mailer, to: {{ $smtp.at }}, port: {{ $smtp.port }}}
{{- range $port := $v.mail.smtp.networkPolicyPorts }}
- {from: mailer, to: {{ $smtp.at }}, port: {{ $port }}}
{{- end }}
{{- end }}
{{- range $component := include "common.nats-users" . | fromJsonArray }}
- {from: metrics, to: {{ $component }}, port: 9100}
{{- if $v.tracing.endpoint }}
- {from: {{ $component }}, to: outside, port: {{ include "guichet.tracing-port" $ }}}
{{- range $port := $v.tracing.networkPolicyPorts }}
- {from: {{ $component }}, to: outside, port: {{ $port }}}
{{- end }}
{{- end }}
{{- end }}
{{- range $component, $port := include "monitoring.exporters" . | fromYaml }}
- {from: metrics, to: {{ $component }}, port: {{ $port }}}
{{- end }}
{{- if include "guichet.bootstrap-plan" . }}
{{- range $port := $v.networkPolicy.kubernetesApiPorts }}
- {from: bootstrap, to: kubernetes, port: {{ $port }}}
{{- if eq $v.tls.mode "generated" }}
- {from: certificates, to: kubernetes, port: {{ $port }}}
{{- end }}
{{- end }}
{{- end }}
{{- if include "guichet.has-backup" . }}
- {from: backup, to: {{ include "guichet.own-database" . }}, port: 3306}
{{- if $v.backup.recipients }}
{{- range $port := $v.networkPolicy.kubernetesApiPorts }}
- {from: backup, to: kubernetes, port: {{ $port }}}
{{- end }}
{{- end }}
{{- if $v.backup.upload.enabled }}
- {from: backup, to: outside, port: {{ $v.backup.upload.port }}}
{{- end }}
{{- if $v.restore.enabled }}
- {from: restore, to: {{ include "guichet.own-database" . }}, port: 3306}
{{- end }}
{{- end }}
{{- if $v.demo.enabled }}
- {from: demo, to: frontend, port: 8080}
- {from: everyone, to: mailpit, port: 8025}
{{- end }}
- {from: test, to: frontend, port: 8080}
{{- end -}}

{{/* (list $ "auth" "from"): one end of an allowed flow, as a peer of a NetworkPolicy; an empty list means any address. */}}
{{- define "guichet.peers" -}}
{{- $bank := index . 0 -}}
{{- $who := index . 1 -}}
{{- if eq $who "everyone" -}}
{{- toYaml $bank.Values.networkPolicy.frontendFrom -}}
{{- else if eq $who "metrics" -}}
{{- $prometheus := dict "podSelector" (dict "matchLabels" (include "common.selector" (list $bank "prometheus") | fromYaml)) -}}
{{- toYaml (prepend $bank.Values.monitoring.from $prometheus) -}}
{{- else if eq $who "mariadb" -}}
- podSelector:
    matchLabels:
      app.kubernetes.io/name: mariadb
      app.kubernetes.io/instance: {{ include "common.name" (list $bank "mariadb") }}
{{- else if has $who (list "outside" "kubernetes") -}}
[]
{{- else -}}
- podSelector:
    matchLabels:
      {{- include "common.selector" (list $bank $who) | nindent 6 }}
{{- end -}}
{{- end -}}
