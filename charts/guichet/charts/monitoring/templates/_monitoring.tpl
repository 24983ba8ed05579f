{{/* For prometheus-operator: the pods to scrape, and the rules. */}}
{{- define "monitoring.operator-objects" -}}
{{- $own := .Values.monitoring -}}
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  {{- include "common.metadata" (dict "bank" . "component" "monitoring" "labels" $own.podMonitor.labels) | nindent 2 }}
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: guichet
      app.kubernetes.io/instance: {{ .Release.Name | quote }}
    matchExpressions:
      - {key: app.kubernetes.io/component, operator: In, values: {{ include "common.services" . }}}
  podMetricsEndpoints:
    - port: admin
      path: /metrics
      interval: {{ $own.podMonitor.interval | quote }}
{{- with include "monitoring.exporters" $ | fromYaml }}
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  {{- include "common.metadata" (dict "bank" $ "component" "exporters" "labels" $own.podMonitor.labels) | nindent 2 }}
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: guichet
      app.kubernetes.io/instance: {{ $.Release.Name | quote }}
    matchExpressions:
      - {key: app.kubernetes.io/component, operator: In, values: {{ keys . | sortAlpha | toJson }}}
  podMetricsEndpoints:
    - port: metrics
      path: /metrics
      interval: {{ $own.podMonitor.interval | quote }}
      relabelings:
        - {targetLabel: bank, replacement: {{ printf "%s/%s" $.Release.Namespace $.Release.Name | quote }}}
{{- end }}
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  {{- include "common.metadata" (dict "bank" . "component" "monitoring" "labels" $own.rules.labels) | nindent 2 }}
spec:
  groups:
    {{- range $file := list "service-levels" "alerts" }}
    {{- include "monitoring.rule-groups" (list $ $file) | nindent 4 }}
    {{- end }}
{{- end -}}

{{/*
(list $ "alerts"): the groups of a rules file, restricted to this release; the files themselves, which promtool tests, select every bank. Alerts
get the labels and the base URL of the runbooks from the values.
*/}}
{{- define "monitoring.rule-groups" -}}
{{- $bank := index . 0 -}}
{{- $own := $bank.Values.monitoring.rules -}}
{{- $name := include "common.fullname" $bank -}}
{{- $namespace := $bank.Release.Namespace -}}
{{- $pods := printf "%s-(%s)-.+" $name (concat (include "common.services" $bank | fromJsonArray) (list "mysql" "galera" "nats") | join "|") -}}
{{- $volumes := printf "data-%s-(mysql|galera|nats|prometheus)-[0-9]+|%s-backup" $name $name -}}
{{- $text := $bank.Subcharts.monitoring.Files.Get (printf "rules/%s.yaml" (index . 1))
  | replace `bank=~".*"` (printf `bank="%s/%s"` $namespace $bank.Release.Name)
  | replace `namespace=~".*",cronjob=~".*-backup"` (printf `namespace="%s",cronjob="%s-backup"` $namespace $name)
  | replace `namespace=~".*",persistentvolumeclaim=~".*"` (printf `namespace="%s",persistentvolumeclaim=~"%s"` $namespace $volumes)
  | replace `namespace=~".*",pod=~".*"` (printf `namespace="%s",pod=~"%s"` $namespace $pods) -}}
{{- $groups := (fromYaml $text).groups -}}
{{- $labels := merge (dict "bank" (printf "%s/%s" $namespace $bank.Release.Name)) $own.alertLabels -}}
{{- range $groups -}}{{- range .rules -}}
{{- if .alert -}}
{{- $_ := set . "labels" (merge .labels $labels) -}}
{{- $_ := set .annotations "runbook_url" (.annotations.runbook_url | replace "https://github.com/guichet-bank/guichet/blob/main/docs/operations/" $own.runbooks) -}}
{{- end -}}
{{- end -}}{{- end -}}
{{- toYaml $groups -}}
{{- end -}}

{{/* (list $ name): a dashboard with the labels that Grafana's sidecar looks for. */}}
{{- define "monitoring.dashboard" -}}
{{- $bank := index . 0 -}}
{{- $own := $bank.Values.monitoring.dashboards -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "common.metadata" (dict "bank" $bank "component" (printf "dashboard-%s" (index . 1)) "labels" $own.labels "annotations" $own.annotations) | nindent 2 }}
data:
  guichet-{{ index . 1 }}.json: {{ $bank.Subcharts.monitoring.Files.Get (printf "dashboards/guichet-%s.json" (index . 1)) | quote }}
{{- end -}}

{{/* The ports of the exporters that run, by component. */}}
{{- define "monitoring.exporters" -}}
{{- if and (eq .Values.database.mode "bundled") .Values.mysql.exporter.enabled }}
mysql: 9104
{{- end }}
{{- if and (eq .Values.database.mode "galera") .Values.galera.exporter.enabled }}
galera: 9104
{{- end }}
{{- if and (eq .Values.nats.mode "bundled") .Values.nats.exporter.enabled }}
nats: 7777
{{- end }}
{{- end -}}

{{/* (list $ "mysql"): the annotations by which a Prometheus without the operator finds an exporter. */}}
{{- define "monitoring.exporter-annotations" -}}
{{- $bank := index . 0 -}}
{{- with index (include "monitoring.exporters" $bank | fromYaml) (index . 1) -}}
{{- if not $bank.Values.monitoring.operator -}}
prometheus.io/scrape: "true"
prometheus.io/port: {{ . | quote }}
prometheus.io/path: /metrics
{{- end -}}
{{- end -}}
{{- end -}}
