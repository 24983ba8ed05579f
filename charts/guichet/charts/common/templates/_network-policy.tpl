{{/* (dict "bank" $ "component" "auth" "ingress" (list …) "egress" (list …)): all allowed traffic to and from a component's pods, with the operator's own rules. */}}
{{- define "common.network-policy" -}}
{{- $hooks := include "common.hooks" (list .bank .component) | fromJson -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "common.metadata" (list .bank .component) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "common.selector" (list .bank .component) | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    {{- toYaml (concat .ingress $hooks.extraIngressRules | default list) | nindent 4 }}
  egress:
    {{- toYaml (concat .egress $hooks.extraEgressRules | default list) | nindent 4 }}
{{- end -}}

{{/* Every pod may use DNS, wherever the cluster's resolver runs: a rule of an egress. */}}
{{- define "common.dns-egress" -}}
ports:
  {{- range $port := .Values.networkPolicy.dnsPorts }}
  - {protocol: UDP, port: {{ $port }}}
  - {protocol: TCP, port: {{ $port }}}
  {{- end }}
{{- end -}}
