{{/*
The release's own Prometheus. It finds pods through DNS, so it needs no token of the cluster's API. Pods that are not ready are included, because
they matter most.
*/}}
{{- define "monitoring.prometheus-objects" -}}
{{- $own := .Values.monitoring.prometheus -}}
{{- $at := list . "prometheus" -}}
{{- $w := dict "bank" . "component" "prometheus" "own" $own -}}
{{- $files := include "monitoring.prometheus-files" . | fromYaml -}}
{{ include "common.service-account" $at }}
---
{{ include "common.config-map" (merge (dict "data" $files) $w) }}
---
{{ include "common.service" (merge (dict "ports" (dict "http" 9090)) $w) }}
---
{{ include "common.headless-service" (merge (dict "ports" (dict "http" 9090)) $w) }}
{{- range $component := include "common.services" . | fromJsonArray }}
---
{{ include "common.headless-service" (dict "bank" $ "component" $component "ports" (dict "admin" 9100)) }}
{{- end }}
{{- if .Values.networkPolicy.enabled }}
---
{{ include "common.network-policy" (merge (dict "ingress" (include "monitoring.prometheus-ingress" . | fromYamlArray) "egress" (include "monitoring.prometheus-egress" . | fromYamlArray)) $w) }}
{{- end }}
---
{{ include "common.stateful-set" (merge (dict
  "replicas" 1
  "storage" $own.storage
  "user" 65534
  "graceSeconds" 60
  "annotations" (dict "checksum/files" (toJson $files | sha256sum))
  "containers" (include "monitoring.prometheus-container" .)
  "volumes" (include "monitoring.prometheus-volumes" .)
) $w) }}
{{- include "common.pod-disruption-budget" (merge (dict "replicas" 1) $w) }}
{{- end -}}

{{- define "monitoring.prometheus-files" -}}
{{- $own := .Values.monitoring.prometheus -}}
prometheus.yml: |
  global:
    scrape_interval: {{ $own.interval | quote }}
    evaluation_interval: {{ $own.interval | quote }}
  rule_files: [/etc/prometheus/alerts.yaml, /etc/prometheus/service-levels.yaml]
  scrape_configs:
    - job_name: guichet
      dns_sd_configs:
        - type: A
          port: 9100
          refresh_interval: 5s
          names:
            {{- range $component := include "common.services" . | fromJsonArray }}
            - {{ include "common.name" (list $ $component) }}-headless
            {{- end }}
    {{- range $component, $port := include "monitoring.exporters" . | fromYaml }}
    - job_name: {{ $component }}
      dns_sd_configs:
        - type: A
          port: {{ $port }}
          refresh_interval: 5s
          names: [{{ include "common.name" (list $ $component) }}-headless]
      relabel_configs:
        - {target_label: bank, replacement: {{ printf "%s/%s" $.Release.Namespace $.Release.Name | quote }}}
    {{- end }}
    - job_name: prometheus
      static_configs:
        - targets: [localhost:9090]
{{- range $file := list "service-levels" "alerts" }}
{{ $file }}.yaml: |
  groups:
    {{- include "monitoring.rule-groups" (list $ $file) | nindent 4 }}
{{- end }}
{{- end -}}

{{- define "monitoring.prometheus-ingress" -}}
{{- with .Values.monitoring.from -}}
- from:
    {{- toYaml . | nindent 4 }}
  ports:
    - {protocol: TCP, port: 9090}
{{- end -}}
{{- end -}}

{{- define "monitoring.prometheus-egress" -}}
- {{- include "common.dns-egress" . | nindent 2 }}
- to:
    - podSelector:
        matchLabels:
          app.kubernetes.io/name: guichet
          app.kubernetes.io/instance: {{ .Release.Name | quote }}
        matchExpressions:
          - {key: app.kubernetes.io/component, operator: In, values: {{ include "common.services" . }}}
  ports:
    - {protocol: TCP, port: 9100}
{{- range $component, $port := include "monitoring.exporters" . | fromYaml }}
- to:
    - podSelector:
        matchLabels:
          {{- include "common.selector" (list $ $component) | nindent 10 }}
  ports:
    - {protocol: TCP, port: {{ $port }}}
{{- end }}
{{- end -}}

{{- define "monitoring.prometheus-container" -}}
{{- $own := .Values.monitoring.prometheus -}}
- name: prometheus
  {{- include "common.container-base" (dict "bank" . "image" $own.image) | nindent 2 }}
  args:
    - --config.file=/etc/prometheus/prometheus.yml
    - --storage.tsdb.path=/prometheus
    - --storage.tsdb.retention.time={{ $own.retention }}
  ports:
    - {name: http, containerPort: 9090}
  # At start it first reads its write-ahead log.
  startupProbe:
    httpGet: {path: /-/ready, port: http}
    periodSeconds: 2
    timeoutSeconds: 3
    failureThreshold: 450
  readinessProbe:
    httpGet: {path: /-/ready, port: http}
    periodSeconds: 5
    timeoutSeconds: 3
  livenessProbe:
    httpGet: {path: /-/healthy, port: http}
    periodSeconds: 15
    timeoutSeconds: 10
    failureThreshold: 4
  resources:
    {{- toYaml $own.resources | nindent 4 }}
  volumeMounts:
    - {name: data, mountPath: /prometheus}
    - {name: files, mountPath: /etc/prometheus, readOnly: true}
    - {name: tmp, mountPath: /tmp}
{{- end -}}

{{- define "monitoring.prometheus-volumes" -}}
- name: files
  configMap:
    name: {{ include "common.name" (list . "prometheus") }}
- name: tmp
  emptyDir: {sizeLimit: 64Mi}
{{- end -}}
