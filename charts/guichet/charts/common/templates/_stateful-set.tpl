{{/*
A stateful set: the arguments of common.pod-template, and "replicas" and "storage" (size, className), the volume "data" of each member.
Members start in parallel, because a cluster needs its majority, and are replaced one at a time. Uninstalling the release keeps the volumes.
*/}}
{{- define "common.stateful-set" -}}
{{- $hooks := include "common.hooks" (list .bank .component) | fromJson -}}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  {{- include "common.metadata" (dict "bank" .bank "component" .component "annotations" $hooks.annotations) | nindent 2 }}
spec:
  replicas: {{ .replicas }}
  serviceName: {{ include "common.name" (list .bank .component) }}-headless
  podManagementPolicy: Parallel
  updateStrategy:
    {{- toYaml ($hooks.updateStrategy | default (dict "type" "RollingUpdate")) | nindent 4 }}
  revisionHistoryLimit: 5
  selector:
    matchLabels:
      {{- include "common.selector" (list .bank .component) | nindent 6 }}
  template:
    {{- include "common.pod-template" . | nindent 4 }}
  volumeClaimTemplates:
    # Not the chart's labels: a tool that deletes a release's objects by label would delete the volumes.
    - metadata:
        name: data
        labels:
          guichet/release: {{ .bank.Release.Name | quote }}
      spec:
        accessModes: [ReadWriteOnce]
        {{- with .storage.className }}
        storageClassName: {{ . | quote }}
        {{- end }}
        resources:
          requests:
            storage: {{ .storage.size | quote }}
{{- end -}}
