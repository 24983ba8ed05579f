{{/* The bundled MySQL: one server, one schema and one user for each service. */}}
{{- define "mysql.objects" -}}
{{- $own := .Values.mysql -}}
{{- $at := list . "mysql" -}}
{{- $w := dict "bank" . "component" "mysql" "own" $own -}}
{{- $files := include "mysql.files" . | fromYaml -}}
{{ include "common.service-account" $at }}
---
{{ include "common.config-map" (merge (dict "data" $files) $w) }}
---
{{ include "common.service" (merge (dict "ports" (dict "mysql" 3306)) $w) }}
---
{{ include "common.headless-service" (merge (dict "ports" (dict "mysql" 3306)) $w) }}
---
{{ include "common.stateful-set" (merge (dict
  "replicas" 1
  "storage" $own.storage
  "user" ($own.user | int)
  "graceSeconds" 120
  "annotations" (merge (dict "checksum/files" (toJson $files | sha256sum)) (include "monitoring.exporter-annotations" (list . "mysql") | fromYaml))
  "initContainers" (include "mysql.prepare" .)
  "containers" (printf "%s\n%s" (include "mysql.container" .) (include "mysql.exporter" (list . "mysql")))
  "volumes" (include "mysql.volumes" .)
) $w) }}
{{- include "common.pod-disruption-budget" (merge (dict "replicas" 1) $w) }}
{{- end -}}

{{- define "mysql.files" -}}
{{- $own := .Values.mysql -}}
server.cnf: |
  [mysqld]
  require_secure_transport=ON
  ssl_ca=/etc/guichet/tls/ca.crt
  ssl_cert=/etc/guichet/tls/tls.crt
  ssl_key=/etc/guichet/tls/tls.key
  tls_version=TLSv1.2,TLSv1.3
  character_set_server=utf8mb4
  default_time_zone=+00:00
  max_connections={{ $own.maxConnections }}
  innodb_buffer_pool_size={{ $own.bufferPoolSize }}
  innodb_redo_log_capacity={{ $own.redoLogCapacity }}
  innodb_flush_log_at_trx_commit=1
  mysqlx=OFF
  event_scheduler=ON
  # The migration users create triggers.
  loose_log_bin_trust_function_creators=1
  {{- if $own.binaryLog }}
  sync_binlog=1
  binlog_expire_logs_seconds=86400
  {{- else }}
  skip_log_bin
  {{- end }}
  {{- with $own.configuration }}
  {{- . | nindent 2 }}
  {{- end }}
prepare.sh: |
  {{- .Subcharts.mysql.Files.Get "files/prepare.sh" | nindent 2 }}
password.sh: |
  {{- .Subcharts.mysql.Files.Get "files/password.sh" | nindent 2 }}
grants.sql: |
  {{- .Subcharts.mysql.Files.Get "files/grants.sql" | nindent 2 }}
services: |
  {{- include "mysql.services" . | trim | nindent 2 }}
{{- end -}}

{{/* A line for each service: its name, schema, user and migration user. */}}
{{- define "mysql.services" -}}
{{- range $service, $schema := .Values.database.schemas }}
{{ $service }} {{ $schema }} {{ index $.Values.database.users $service }} {{ index $.Values.database.migrationUsers $service }}
{{- end }}
{{- end -}}

{{- define "mysql.prepare" -}}
- name: prepare
  {{- include "common.container-base" (dict "bank" . "image" .Values.mysql.image) | nindent 2 }}
  command: [bash, /etc/guichet/statements/prepare.sh]
  env:
    - {name: EXPORTER, value: {{ .Values.mysql.exporter.enabled | quote }}}
  resources:
    {{- toYaml .Values.mysql.resources | nindent 4 }}
  volumeMounts:
    - {name: secrets, mountPath: /etc/guichet/secrets, readOnly: true}
    {{- include "mysql.mounts" . | nindent 4 }}
{{- end -}}

{{- define "mysql.container" -}}
{{- $query := list "mysql" "--defaults-file=/run/guichet/probe.cnf" "--execute" "SELECT 1" -}}
- name: mysql
  {{- include "common.container-base" (dict "bank" . "image" .Values.mysql.image) | nindent 2 }}
  env:
    # The image creates root with it at its first start.
    - {name: MYSQL_ROOT_PASSWORD_FILE, value: /etc/guichet/secrets/root}
  ports:
    - {name: mysql, containerPort: 3306}
  # Over TCP with TLS and a login, so that the temporary server of the first start does not count as ready.
  startupProbe:
    exec: {command: {{ toJson $query }}}
    periodSeconds: 2
    timeoutSeconds: 5
    # Recovery after a crash can take up to half an hour.
    failureThreshold: 900
  readinessProbe:
    exec: {command: {{ toJson $query }}}
    periodSeconds: 5
    timeoutSeconds: 5
    failureThreshold: 2
  # A server that replies is alive, even if it replies that there are too many connections.
  livenessProbe:
    exec: {command: [mysqladmin, --defaults-file=/run/guichet/probe.cnf, ping]}
    periodSeconds: 15
    timeoutSeconds: 10
    failureThreshold: 8
  resources:
    {{- toYaml .Values.mysql.resources | nindent 4 }}
  volumeMounts:
    - {name: secrets, mountPath: /etc/guichet/secrets/root, subPath: root, readOnly: true}
    {{- include "mysql.mounts" . | nindent 4 }}
{{- end -}}

{{/* (list $ "mysql"): the sidecar with the metrics of a server of mysql or galera. */}}
{{- define "mysql.exporter" -}}
{{- $own := (index (index . 0).Values (index . 1)).exporter -}}
{{- if $own.enabled -}}
- name: exporter
  {{- include "common.container-base" (dict "bank" (index . 0) "image" $own.image) | nindent 2 }}
  # The connection stays in the pod, so the server's certificate isn't checked.
  args: ["--mysqld.address=127.0.0.1:3306", --mysqld.username=probe, --tls.insecure-skip-verify, "--web.listen-address=:9104"]
  env:
    - name: MYSQLD_EXPORTER_PASSWORD
      valueFrom: {secretKeyRef: {name: {{ include "guichet.secret" . | quote }}, key: probe}}
  ports:
    - {name: metrics, containerPort: 9104}
  resources:
    {{- toYaml $own.resources | nindent 4 }}
{{- end -}}
{{- end -}}

{{- define "mysql.mounts" -}}
- {name: data, mountPath: /var/lib/mysql}
- {name: files, mountPath: /etc/guichet/statements, readOnly: true}
- {name: tls, mountPath: /etc/guichet/tls, readOnly: true}
- {name: made, mountPath: /run/guichet, subPath: run}
- {name: made, mountPath: /etc/mysql/conf.d, subPath: conf}
- {name: made, mountPath: /docker-entrypoint-initdb.d, subPath: first-start}
- {name: tmp, mountPath: /tmp}
- {name: tmp, mountPath: /var/run/mysqld, subPath: socket}
{{- end -}}

{{/* (list $ "mysql"): a volume with the passwords of all users of mysql or galera, each in a file. */}}
{{- define "mysql.passwords" -}}
{{- $at := . -}}
{{- $bank := index . 0 -}}
{{- $secrets := list -}}
{{- range $user := list "root" "probe" "backup" }}{{ $secrets = append $secrets (dict "setting" $user "secret" (include "guichet.secret" $at) "key" $user) }}{{ end -}}
{{- range $service, $_ := $bank.Values.database.schemas }}{{ $secrets = append $secrets (dict "setting" $service "secret" (include "guichet.secret" (list $bank (printf "%s-database" $service))) "key" "password") }}{{ $secrets = append $secrets (dict "setting" (printf "%s-migration" $service) "secret" (include "guichet.secret" (list $bank (printf "%s-database-migration" $service))) "key" "password") }}{{ end -}}
{{- include "guichet.secret-files" $secrets -}}
{{- end -}}

{{- define "mysql.volumes" -}}
- name: files
  configMap:
    name: {{ include "common.name" (list . "mysql") }}
- name: secrets
  {{- include "mysql.passwords" (list . "mysql") | nindent 2 }}
- name: tls
  secret:
    secretName: {{ include "guichet.tls-secret" (list . "mysql") | quote }}
    defaultMode: 0440
# In memory, because it contains passwords.
- name: made
  emptyDir: {medium: Memory, sizeLimit: 1Mi}
- name: tmp
  emptyDir: {sizeLimit: 2Gi}
{{- end -}}
