{{/*
A deployment; the arguments are those of common.pod-template. An old pod stops only when its replacement is ready. With an autoscaler it sets
no replicas; during a restore it has none.
*/}}
{{- define "common.deployment" -}}
{{- $autoscaled := dig "autoscaling" "enabled" false .own -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "common.metadata" (list .bank .component) | nindent 2 }}
spec:
  {{- if .bank.Values.restore.enabled }}
  replicas: 0
  {{- else if not $autoscaled }}
  replicas: {{ .own.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  selector:
    matchLabels:
      {{- include "common.selector" (list .bank .component) | nindent 6 }}
  template:
    {{- include "common.pod-template" . | nindent 4 }}
{{- end -}}
