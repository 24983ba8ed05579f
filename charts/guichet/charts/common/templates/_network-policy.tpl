{{/* (dict "bank" $ "component" "auth" "ingress" (list …) "egress" (list …)): all allowed traffic to and from a component's pods. */}}
{{- define "common.network-policy" -}}
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
    {{- toYaml .ingress | nindent 4 }}
  egress:
    {{- toYaml .egress | nindent 4 }}
{{- end -}}
