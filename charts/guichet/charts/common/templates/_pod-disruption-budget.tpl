{{/*
(dict "bank" $ "component" "auth" "replicas" 2): a document that limits evictions, empty for a component with one pod: at most one pod is evicted at a
time, unless the component's podDisruptionBudget says otherwise. "unhealthy" is its unhealthyPodEvictionPolicy, if it isn't AlwaysAllow.
*/}}
{{- define "common.pod-disruption-budget" -}}
{{- $hooks := include "common.hooks" (list .bank .component) | fromJson -}}
{{- $several := gt (int .replicas) 1 -}}
{{- if or $several $hooks.podDisruptionBudget }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "common.metadata" (list .bank .component) | nindent 2 }}
spec:
  {{- toYaml ($hooks.podDisruptionBudget | default (dict "maxUnavailable" 1)) | nindent 2 }}
  {{- if not $hooks.podDisruptionBudget.unhealthyPodEvictionPolicy }}
  {{- if not .unhealthy }}
  # A pod that is not ready must not block draining its node.
  {{- end }}
  unhealthyPodEvictionPolicy: {{ .unhealthy | default "AlwaysAllow" }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "common.selector" (list .bank .component) | nindent 6 }}
{{- end }}
{{- end -}}
