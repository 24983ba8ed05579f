{{/* (dict "bank" $ "component" "auth" "data" (dict …)): settings or files. Values are strings. */}}
{{- define "common.config-map" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "common.metadata" (list .bank .component) | nindent 2 }}
data:
  {{- range $name, $value := .data }}
  {{ $name }}: {{ $value | toString | quote }}
  {{- end }}
{{- end -}}
