{{/* (dict "bank" $ "component" "backup" "storage" (dict "size" "5Gi" "className" "")): a volume that outlives the release. */}}
{{- define "common.persistent-volume-claim" -}}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  {{- $annotations := dict "helm.sh/resource-policy" "keep" "argocd.argoproj.io/sync-options" "Delete=false,Prune=false" }}
  {{- include "common.metadata" (dict "bank" .bank "component" .component "annotations" $annotations) | nindent 2 }}
spec:
  accessModes: [{{ .storage.accessMode | default "ReadWriteOnce" }}]
  {{- with .storage.className }}
  storageClassName: {{ . | quote }}
  {{- end }}
  resources:
    requests:
      storage: {{ .storage.size | quote }}
{{- end -}}
