{{/*
A workload whose members have names and volumes of their own: as for common.pod-template, and "replicas", "storage"
(size, className) mounted under the name "data". Members start together, for a cluster is made by its majority, and are replaced one at
a time. Their volumes stay when the release goes.
*/}}
{{- define "common.stateful-set" -}}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  {{- include "common.metadata" (list .bank .component) | nindent 2 }}
spec:
  replicas: {{ .replicas }}
  serviceName: {{ include "common.name" (list .bank .component) }}-headless
  podManagementPolicy: Parallel
  updateStrategy:
    type: RollingUpdate
  revisionHistoryLimit: 5
  selector:
    matchLabels:
      {{- include "common.selector" (list .bank .component) | nindent 6 }}
  template:
    {{- include "common.pod-template" . | nindent 4 }}
  volumeClaimTemplates:
    # Not the chart's own labels: a tool that tells what is its own by them would take the volumes away with the release.
    - metadata:
        name: data
        labels:
          guichet/release: {{ .bank.Release.Name | quote }}
      spec:
        accessModes: [ReadWriteOnce]
        {{- with .storage.className }}
        storageClassName: {{ . }}
        {{- end }}
        resources:
          requests:
            storage: {{ .storage.size }}
{{- end -}}
