{{/*
A workload whose pods are all alike; the pod is described as for common.pod-template. A new pod is ready before an old one
goes. Where the autoscaler counts the replicas, nobody else does. While a backup is restored nobody serves.
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
