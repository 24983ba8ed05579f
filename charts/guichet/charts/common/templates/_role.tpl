{{/* (dict "bank" $ "component" "bootstrap" "rules" (list …)): a component's rights in the cluster's API, bound to its service account. */}}
{{- define "common.role" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  {{- include "common.metadata" (list .bank .component) | nindent 2 }}
rules:
  {{- toYaml .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  {{- include "common.metadata" (list .bank .component) | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ include "common.name" (list .bank .component) }}
subjects:
  - kind: ServiceAccount
    name: {{ include "common.name" (list .bank .component) }}
    namespace: {{ .bank.Release.Namespace | quote }}
{{- end -}}
