{{/* The bundled Galera cluster: three servers, of which the services find one that takes the writes, and one schema and one user for each service. */}}
{{- define "galera.objects" -}}
{{- $own := .Values.galera -}}
{{- $w := dict "bank" . "component" "galera" "own" $own -}}
{{- $files := include "galera.files" . | fromYaml -}}
{{ include "common.service-account" (list . "galera") }}
---
{{ include "common.config-map" (merge (dict "data" $files) $w) }}
---
{{- /* No Service for any of them: all writes must go to the same member, which only the services know. */}}
{{ include "common.headless-service" (merge (dict "ports" (dict "mysql" 3306 "group" 4567 "catch-up" 4568 "copy" 4444 "state" 4569)) $w) }}
---
{{ include "common.stateful-set" (merge (dict
  "replicas" 3
  "storage" $own.storage
  "user" ($own.user | int)
  "graceSeconds" 120
  "spread" true
  "annotations" (merge (dict "checksum/files" (toJson $files | sha256sum)) (include "monitoring.exporter-annotations" (list . "galera") | fromYaml))
  "initContainers" (include "galera.prepare" .)
  "containers" (printf "%s\n%s" (include "galera.container" .) (include "mysql.exporter" (list . "galera")))
  "volumes" (include "galera.volumes" .)
) $w) }}
{{- /* A member that copies its data to another one is not ready; a budget that ignores such members could end the majority. */}}
{{- include "common.pod-disruption-budget" (merge (dict "replicas" 3 "unhealthy" "IfHealthyBudget") $w) }}
{{- end -}}

{{/* The names of the members, as a JSON list. */}}
{{- define "galera.members" -}}
{{- $names := list -}}
{{- range $member := until 3 }}{{ $names = append $names (printf "%s-%d" (include "common.name" (list $ "galera")) $member) }}{{ end -}}
{{- toJson $names -}}
{{- end -}}

{{/* The addresses of the members, as a JSON list. */}}
{{- define "galera.hosts" -}}
{{- $hosts := list -}}
{{- range include "galera.members" . | fromJsonArray }}{{ $hosts = append $hosts (printf "%s.%s-headless" . (include "common.name" (list $ "galera"))) }}{{ end -}}
{{- toJson $hosts -}}
{{- end -}}

{{- define "galera.files" -}}
{{- $own := .Values.galera -}}
{{- $options := merge (dict) $own.providerOptions (.Subcharts.galera.Files.Get "files/provider-options.json" | fromJson) (dict
  "gmcast.listen_addr" "ssl://0.0.0.0:4567"
  "pc.wait_prim_timeout" "PT10S"
  "gcache.size" $own.gcacheSize
  "socket.ssl_ca" "/etc/guichet/tls/ca.crt"
  "socket.ssl_cert" "/etc/guichet/tls/tls.crt"
  "socket.ssl_key" "/etc/guichet/tls/tls.key"
) -}}
{{- $words := list -}}
{{- range $name, $value := $options }}{{ $words = append $words (printf "%s=%v" $name $value) }}{{ end -}}
server.cnf: |
  [mysqld]
  datadir=/var/lib/mysql/data
  socket=/run/guichet/server.sock
  pid_file=/run/guichet/server.pid
  tmpdir=/tmp
  skip_name_resolve
  require_secure_transport=ON
  ssl_ca=/etc/guichet/tls/ca.crt
  ssl_cert=/etc/guichet/tls/tls.crt
  ssl_key=/etc/guichet/tls/tls.key
  tls_version=TLSv1.2,TLSv1.3
  character_set_server=utf8mb4
  default_time_zone=+00:00
  max_connections={{ $own.maxConnections }}
  innodb_buffer_pool_size={{ $own.bufferPoolSize }}
  innodb_log_file_size={{ $own.redoLogCapacity }}
  innodb_flush_log_at_trx_commit=1
  {{- .Subcharts.galera.Files.Get "files/server-options.cnf" | nindent 2 }}
  wsrep_provider=/usr/lib/galera/libgalera_smm.so
  wsrep_cluster_name=guichet
  wsrep_notify_cmd=bash /etc/guichet/galera/notify.sh
  wsrep_provider_options="{{ join ";" $words }}"
  {{- with $own.configuration }}
  {{- . | nindent 2 }}
  {{- end }}
{{- range $script := list "prepare" "set-password" "password" "member" "cluster" "choose" "notify" "answer" "ready" "begin-alone" }}
{{ $script }}.sh: |
  {{- $.Subcharts.galera.Files.Get (printf "files/%s.sh" $script) | nindent 2 }}
{{- end }}
grants.sql: |
  {{- .Subcharts.mysql.Files.Get "files/grants.sql" | nindent 2 }}
services: |
  {{- include "mysql.services" . | trim | nindent 2 }}
{{- end -}}

{{- define "galera.environment" -}}
- name: POD_NAME
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- name: POD_IP
  valueFrom: {fieldRef: {fieldPath: status.podIP}}
- {name: MEMBERS, value: {{ include "galera.members" . | fromJsonArray | join " " | quote }}}
- {name: DOMAIN, value: {{ include "common.name" (list . "galera") }}-headless}
{{- end -}}

{{- define "galera.prepare" -}}
- name: prepare
  {{- include "common.container-base" (dict "bank" . "image" .Values.galera.image) | nindent 2 }}
  command: [bash, /etc/guichet/galera/prepare.sh]
  env:
    {{- include "galera.environment" . | nindent 4 }}
    - {name: EXPORTER, value: {{ .Values.galera.exporter.enabled | quote }}}
  resources:
    {{- toYaml .Values.galera.resources | nindent 4 }}
  volumeMounts:
    - {name: secrets, mountPath: /etc/guichet/secrets, readOnly: true}
    {{- include "galera.mounts" . | nindent 4 }}
{{- end -}}

{{- define "galera.container" -}}
- name: galera
  {{- include "common.container-base" (dict "bank" . "image" .Values.galera.image) | nindent 2 }}
  command: [bash, /etc/guichet/galera/member.sh]
  env:
    {{- include "galera.environment" . | nindent 4 }}
  ports:
    - {name: mysql, containerPort: 3306}
    - {name: group, containerPort: 4567}
    - {name: catch-up, containerPort: 4568}
    - {name: copy, containerPort: 4444}
    - {name: state, containerPort: 4569}
  # A member answers only once it has joined: it may wait for the others, recover from a crash, or copy all data, which must not be cut short. So
  # it has a day.
  startupProbe:
    exec: {command: [bash, /etc/guichet/galera/ready.sh, alive]}
    periodSeconds: 5
    timeoutSeconds: 10
    failureThreshold: 17280
  readinessProbe:
    exec: {command: [bash, /etc/guichet/galera/ready.sh]}
    periodSeconds: 3
    timeoutSeconds: 5
    failureThreshold: 2
  # Also while it copies its data to another member, or is outside the majority.
  livenessProbe:
    exec: {command: [bash, /etc/guichet/galera/ready.sh, alive]}
    periodSeconds: 15
    timeoutSeconds: 10
    failureThreshold: 20
  resources:
    {{- toYaml .Values.galera.resources | nindent 4 }}
  volumeMounts:
    {{- include "galera.mounts" . | nindent 4 }}
{{- end -}}

{{- define "galera.mounts" -}}
- {name: data, mountPath: /var/lib/mysql}
- {name: files, mountPath: /etc/guichet/galera, readOnly: true}
- {name: tls, mountPath: /etc/guichet/tls, readOnly: true}
- {name: made, mountPath: /run/guichet}
- {name: tmp, mountPath: /tmp}
{{- end -}}

{{- define "galera.volumes" -}}
- name: files
  configMap:
    name: {{ include "common.name" (list . "galera") }}
- name: secrets
  {{- include "mysql.passwords" (list . "galera") | nindent 2 }}
- name: tls
  secret:
    secretName: {{ include "guichet.tls-secret" (list . "galera") | quote }}
    defaultMode: 0440
# In memory, because it contains passwords.
- name: made
  emptyDir: {medium: Memory, sizeLimit: 1Mi}
- name: tmp
  emptyDir: {sizeLimit: 2Gi}
{{- end -}}
