{{/* (dict "bank" $ "component" "backup" "storage" (dict "size" "5Gi" "className" "")): a volume that outlives the release. */}}
{{- define "common.persistent-volume-claim" -}}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  {{- include "common.metadata" (list .bank .component) | nindent 2 }}
  annotations:
    helm.sh/resource-policy: keep
    argocd.argoproj.io/sync-options: Delete=false,Prune=false
spec:
  accessModes: [{{ .storage.accessMode | default "ReadWriteOnce" }}]
  {{- with .storage.className }}
  storageClassName: {{ . }}
  {{- end }}
  resources:
    requests:
      storage: {{ .storage.size }}
{{- end -}}
