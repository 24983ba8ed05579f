{{/*
A deployment; the arguments are those of common.pod-template, and "own" with its replicas and its autoscaler. An old pod stops only when its
replacement is ready. During a restore it has no replicas. With an autoscaler it keeps the replicas that it has in the cluster: without the field
Kubernetes would set 1 when the autoscaler is switched on, and a restore would leave 0, where an autoscaler does nothing.
*/}}
{{- define "common.deployment" -}}
{{- $autoscaled := dig "autoscaling" "enabled" false .own -}}
{{- $hooks := include "common.hooks" (list .bank .component) | fromJson -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "common.metadata" (dict "bank" .bank "component" .component "annotations" $hooks.annotations) | nindent 2 }}
spec:
  {{- if .bank.Values.restore.enabled }}
  replicas: 0
  {{- else if not $autoscaled }}
  replicas: {{ .own.replicas }}
  {{- else }}
  {{- with lookup "apps/v1" "Deployment" .bank.Release.Namespace (include "common.name" (list .bank .component)) }}
  replicas: {{ max (int .spec.replicas) (int $.own.autoscaling.minReplicas) }}
  {{- end }}
  {{- end }}
  revisionHistoryLimit: 5
  strategy:
    {{- toYaml ($hooks.strategy | default (dict "type" "RollingUpdate" "rollingUpdate" (dict "maxUnavailable" 0 "maxSurge" 1))) | nindent 4 }}
  selector:
    matchLabels:
      {{- include "common.selector" (list .bank .component) | nindent 6 }}
  template:
    {{- include "common.pod-template" . | nindent 4 }}
{{- end -}}
