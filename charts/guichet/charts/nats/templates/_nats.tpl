{{/* The bundled NATS cluster. */}}
{{- define "nats.objects" -}}
{{- $own := .Values.nats -}}
{{- $at := list . "nats" -}}
{{- $w := dict "bank" . "component" "nats" "own" $own -}}
{{- $files := dict "nats.conf" (include "nats.configuration" .) "reload.sh" (.Subcharts.nats.Files.Get "files/reload.sh") -}}
{{ include "common.service-account" $at }}
---
{{ include "common.config-map" (merge (dict "data" $files) $w) }}
---
{{ include "common.service" (merge (dict "ports" (dict "client" 4222)) $w) }}
---
{{ include "common.headless-service" (merge (dict "ports" (dict "client" 4222 "route" 6222 "monitor" 8222)) $w) }}
---
{{ include "common.stateful-set" (merge (dict
  "replicas" $own.replicas
  "storage" $own.storage
  "graceSeconds" 60
  "spread" true
  "shareProcessNamespace" true
  "annotations" (merge (dict "checksum/files" (toJson $files | sha256sum)) (include "monitoring.exporter-annotations" (list . "nats") | fromYaml))
  "initContainers" (include "nats.reloader" .)
  "containers" (printf "%s\n%s" (include "nats.container" .) (include "nats.exporter" .))
  "volumes" (include "nats.volumes" .)
) $w) }}
{{- include "common.pod-disruption-budget" (merge (dict "replicas" $own.replicas) $w) }}
{{- end -}}

{{/* Values that start with $ come from the environment, where they are quoted. The accounts and permissions are in files/accounts.json, which is generated. */}}
{{- define "nats.configuration" -}}
{{- $own := .Values.nats -}}
{{- $name := include "common.name" (list . "nats") -}}
server_name: $SERVER_NAME
port: 4222
http_port: 8222
pid_file: /run/nats/nats.pid
max_payload: 1MB
# By default, a connection that was lost without a word is noticed after minutes, also one between two members.
ping_interval: "5s"
ping_max: 2
lame_duck_grace_period: 3s
lame_duck_duration: 30s

jetstream {
  store_dir: /data/streams
  # Every stream is on the volume.
  max_memory_store: 64MB
  max_file_store: {{ $own.maxFileStore }}
}

tls {
  {{- include "nats.certificate" . | nindent 2 }}
}

accounts: {{ regexReplaceAll "\"([$]PASSWORD_OF_[A-Z]+)\"" (.Subcharts.nats.Files.Get "files/accounts.json" | fromJson | toRawJson) "${1}" }}
{{- if gt (int $own.replicas) 1 }}

cluster {
  name: {{ $name | quote }}
  port: 6222
  # Clients connect through the service and cannot use the members' own addresses.
  no_advertise: true
  connect_retries: 120
  tls {
    {{- include "nats.certificate" . | nindent 4 }}
  }
  authorization {
    user: route
    password: $PASSWORD_OF_ROUTES
    timeout: 5
  }
  routes: [
    {{- range $member := until (int $own.replicas) }}
    $ROUTE_{{ $member }}
    {{- end }}
  ]
}
{{- end }}
{{- end -}}

{{- define "nats.certificate" -}}
cert_file: /etc/guichet/tls/tls.crt
key_file: /etc/guichet/tls/tls.key
ca_file: /etc/guichet/tls/ca.crt
verify: true
timeout: 5
{{- end -}}

{{- define "nats.container" -}}
{{- $own := .Values.nats -}}
{{- $name := include "common.name" (list . "nats") -}}
- name: nats
  {{- include "common.container-base" (dict "bank" . "image" $own.image) | nindent 2 }}
  command: [nats-server, --config, /etc/guichet/nats/nats.conf]
  env:
    - name: POD_NAME
      valueFrom: {fieldRef: {fieldPath: metadata.name}}
    - {name: SERVER_NAME, value: '"$(POD_NAME)"'}
    {{- range $account := .Subcharts.nats.Files.Get "files/accounts.json" | fromJson }}
    {{- range $account.users }}
    {{- include "nats.password" (list .user (include "guichet.secret" (list $ (printf "%s-nats" .user))) "password") | nindent 4 }}
    {{- end }}
    {{- end }}
    {{- if gt (int $own.replicas) 1 }}
    {{- include "nats.password" (list "routes" (include "guichet.secret" (list . "nats-routes")) "routes") | nindent 4 }}
    {{- range $member := until (int $own.replicas) }}
    - {name: ROUTE_{{ $member }}, value: '"nats://route:$(PLAIN_ROUTES)@{{ $name }}-{{ $member }}.{{ $name }}-headless:6222"'}
    {{- end }}
    {{- end }}
  ports:
    - {name: client, containerPort: 4222}
    - {name: route, containerPort: 6222}
    - {name: monitor, containerPort: 8222}
  # The same probes as in the official NATS chart: the startup probe checks all of JetStream, the others less.
  startupProbe:
    httpGet: {path: /healthz, port: monitor}
    periodSeconds: 2
    timeoutSeconds: 5
    failureThreshold: 450
  readinessProbe:
    httpGet: {path: "/healthz?js-server-only=true", port: monitor}
    periodSeconds: 5
    timeoutSeconds: 5
    failureThreshold: 3
  livenessProbe:
    httpGet: {path: "/healthz?js-enabled-only=true", port: monitor}
    periodSeconds: 30
    timeoutSeconds: 5
    failureThreshold: 3
  lifecycle:
    preStop:
      # Lame duck mode: leaders and clients move to other members before this one stops.
      exec: {command: [nats-server, --signal, ldm=/run/nats/nats.pid]}
  resources:
    {{- toYaml $own.resources | nindent 4 }}
  volumeMounts:
    - {name: data, mountPath: /data}
    {{- include "nats.mounts" . | nindent 4 }}
{{- end -}}

{{/* (list user secret key): a password, and the same in quotes for the configuration. */}}
{{- define "nats.password" -}}
- name: PLAIN_{{ index . 0 | upper }}
  valueFrom: {secretKeyRef: {name: {{ index . 1 | quote }}, key: {{ index . 2 }}}}
- {name: PASSWORD_OF_{{ index . 0 | upper }}, value: '"$(PLAIN_{{ index . 0 | upper }})"'}
{{- end -}}

{{/* A sidecar that reloads the server when its certificate was renewed. */}}
{{- define "nats.reloader" -}}
{{- $alive := list "sh" "-c" "test -n \"$(find /run/nats/looked -mmin -1)\"" -}}
- name: reloader
  {{- include "common.container-base" (dict "bank" . "image" .Values.nats.image) | nindent 2 }}
  restartPolicy: Always
  command: [sh, /etc/guichet/nats/reload.sh]
  startupProbe:
    exec: {command: {{ toJson $alive }}}
    periodSeconds: 1
    failureThreshold: 60
  readinessProbe:
    exec: {command: {{ toJson $alive }}}
    periodSeconds: 20
  livenessProbe:
    exec: {command: {{ toJson $alive }}}
    periodSeconds: 60
  resources:
    requests: {cpu: 5m, memory: 8Mi}
    limits: {cpu: 100m, memory: 64Mi}
  volumeMounts:
    {{- include "nats.mounts" . | nindent 4 }}
{{- end -}}

{{- define "nats.mounts" -}}
- {name: files, mountPath: /etc/guichet/nats, readOnly: true}
- {name: tls, mountPath: /etc/guichet/tls, readOnly: true}
- {name: run, mountPath: /run/nats}
- {name: tmp, mountPath: /tmp}
{{- end -}}

{{- define "nats.exporter" -}}
{{- $own := .Values.nats.exporter -}}
{{- if $own.enabled -}}
- name: exporter
  {{- include "common.container-base" (dict "bank" . "image" $own.image) | nindent 2 }}
  args: [-port, "7777", -varz, -connz, -routez, -jsz=all, "http://127.0.0.1:8222"]
  ports:
    - {name: metrics, containerPort: 7777}
  resources:
    {{- toYaml $own.resources | nindent 4 }}
{{- end -}}
{{- end -}}

{{- define "nats.volumes" -}}
- name: files
  configMap:
    name: {{ include "common.name" (list . "nats") }}
- name: tls
  secret:
    secretName: {{ include "guichet.tls-secret" (list . "nats") | quote }}
    defaultMode: 0440
- name: run
  emptyDir: {medium: Memory, sizeLimit: 1Mi}
- name: tmp
  emptyDir: {sizeLimit: 16Mi}
{{- end -}}
