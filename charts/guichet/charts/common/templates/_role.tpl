{{/* (dict "bank" $ "component" "bootstrap" "rules" (list …)): what a component may do at the cluster's API, and that it is this component. */}}
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
    namespace: {{ .bank.Release.Namespace }}
{{- end -}}
