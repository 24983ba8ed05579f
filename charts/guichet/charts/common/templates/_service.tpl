{{/* (dict "bank" $ "component" "auth" "ports" (dict "https" 8443)): a stable name for a component's ready pods. */}}
{{- define "common.service" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "common.metadata" (list .bank .component) | nindent 2 }}
spec:
  type: ClusterIP
  selector:
    {{- include "common.selector" (list .bank .component) | nindent 4 }}
  ports:
    {{- range $name, $port := .ports }}
    - name: {{ $name }}
      port: {{ $port }}
      targetPort: {{ $name }}
    {{- end }}
{{- end -}}

{{/* A headless service for the members of a stateful set. It includes members that are not ready, because they must find each other to become ready. */}}
{{- define "common.headless-service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "common.name" (list .bank .component) }}-headless
  namespace: {{ .bank.Release.Namespace }}
  labels:
    {{- include "common.labels" (list .bank .component) | nindent 4 }}
spec:
  clusterIP: None
  publishNotReadyAddresses: true
  selector:
    {{- include "common.selector" (list .bank .component) | nindent 4 }}
  ports:
    {{- range $name, $port := .ports }}
    - name: {{ $name }}
      port: {{ $port }}
      targetPort: {{ $name }}
    {{- end }}
{{- end -}}
