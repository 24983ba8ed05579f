{{/*
(dict "bank" $ "component" "auth" "ports" (dict "https" 8443)): a stable name for a component's ready pods. "service" has its type and the port on
every node (nodePort), if it is not only for the cluster.
*/}}
{{- define "common.service" -}}
{{- $hooks := include "common.hooks" (list .bank .component) | fromJson -}}
{{- $service := .service | default dict -}}
{{- $ports := list -}}
{{- range $name, $port := .ports -}}
{{- $entry := dict "name" $name "port" $port "targetPort" $name -}}
{{- with $service.nodePort }}{{ $_ := set $entry "nodePort" (int .) }}{{ end -}}
{{- $ports = append $ports $entry -}}
{{- end -}}
{{- $spec := dict "type" ($service.type | default "ClusterIP") "selector" (include "common.selector" (list .bank .component) | fromYaml) "ports" $ports -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "common.metadata" (dict "bank" .bank "component" .component "annotations" $hooks.serviceAnnotations) | nindent 2 }}
spec:
  {{- include "common.changed" (list $spec $hooks.serviceSpec) | fromJson | toYaml | nindent 2 }}
{{- end -}}

{{/* A headless service for the members of a stateful set. It includes members that are not ready, because they must find each other to become ready. */}}
{{- define "common.headless-service" -}}
apiVersion: v1
kind: Service
metadata:
  {{- $name := printf "%s-headless" (include "common.name" (list .bank .component)) }}
  {{- include "common.metadata" (dict "bank" .bank "component" .component "name" $name) | nindent 2 }}
spec:
  clusterIP: None
  publishNotReadyAddresses: true
  selector:
    {{- include "common.selector" (list .bank .component) | nindent 4 }}
  ports:
    {{- range $name, $port := .ports }}
    - name: {{ $name | quote }}
      port: {{ $port }}
      targetPort: {{ $name }}
    {{- end }}
{{- end -}}
