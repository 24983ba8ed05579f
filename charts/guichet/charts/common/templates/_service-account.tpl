{{/* (list $ "auth"): the service account of a component, without a token in its pods. */}}
{{- define "common.service-account" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "common.metadata" . | nindent 2 }}
automountServiceAccountToken: false
{{- end -}}
