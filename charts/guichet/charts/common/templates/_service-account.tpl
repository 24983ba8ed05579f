{{/* (list $ "auth"): the service account of a component, without a token in its pods. */}}
{{- define "common.service-account" -}}
{{- $hooks := include "common.hooks" . | fromJson -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "common.metadata" (dict "bank" (index . 0) "component" (index . 1) "annotations" $hooks.serviceAccountAnnotations) | nindent 2 }}
automountServiceAccountToken: false
{{- end -}}
