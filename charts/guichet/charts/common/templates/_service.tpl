{{/* (dict "bank" $ "component" "auth" "ports" (dict "https" 8443)): a stable name before a component's ready pods. */}}
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

{{/* The same for a stateful set's members: each has a name of its own, ready or not, for they must find one another to become ready. */}}
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
