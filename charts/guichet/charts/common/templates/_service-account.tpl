{{/* (list $ "auth"): an identity of its own for each component, which none of its pods holds a token of. */}}
{{- define "common.service-account" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "common.metadata" . | nindent 2 }}
automountServiceAccountToken: false
{{- end -}}
