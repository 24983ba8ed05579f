{{/* The pod settings that Pod Security "restricted" requires; the user is that of the image. */}}
{{- define "common.pod-security" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* The container settings that it requires, and a read-only root file system (unless "writable", for development). */}}
{{- define "common.container-security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: {{ not (.writable | default false) }}
runAsNonRoot: true
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* (dict "bank" $ "image" "…"), and "writable": the common part of every container. `kubectl describe` shows the end of its log after a failure. */}}
{{- define "common.container-base" -}}
image: {{ include "common.relocated-image" (list .bank .image) | quote }}
imagePullPolicy: {{ .bank.Values.images.pullPolicy | quote }}
terminationMessagePolicy: FallbackToLogsOnError
securityContext:
  {{- include "common.container-security" . | nindent 2 }}
{{- end -}}

{{/*
The pod of every workload: (dict "bank" $ "component" "auth" "containers" "…"), and optionally
"initContainers" and "volumes" (YAML), "annotations", "user" (1000), "graceSeconds" (30), "spread", "restartPolicy",
"shareProcessNamespace", and "token": only pods with it get a token of the cluster's API. The rest comes from common.hooks.
*/}}
{{- define "common.pod-template" -}}
{{- $hooks := include "common.hooks" (list .bank .component) | fromJson -}}
{{- $selector := include "common.selector" (list .bank .component) | fromYaml -}}
{{- /* No version, so that a new release does not restart a database whose image is unchanged. */ -}}
{{- $labels := merge (deepCopy $selector) $hooks.podLabels .bank.Values.commonLabels (dict "app.kubernetes.io/part-of" "guichet") -}}
{{- $containers := include "common.hooked-containers" (list .containers $hooks) | fromJsonArray -}}
{{- $initContainers := concat $hooks.extraInitContainers (include "common.hooked-containers" (list (.initContainers | default "") $hooks) | fromJsonArray) -}}
{{- if .restartPolicy -}}
{{- /* A pod that ends: its extra containers are sidecars, which end with it. */ -}}
{{- range reverse $hooks.extraContainers }}{{ $initContainers = prepend $initContainers (merge (dict "restartPolicy" "Always") .) }}{{ end -}}
{{- else -}}
{{- $containers = concat $containers $hooks.extraContainers -}}
{{- end -}}
{{- $spread := list -}}
{{- if .spread }}{{ $spread = include "common.spread" (list .bank .component) | fromYamlArray }}{{ end -}}
{{- with $hooks.topologySpreadConstraints -}}
{{- $spread = list -}}
{{- range . }}{{ $spread = append $spread (merge . (dict "labelSelector" (dict "matchLabels" $selector))) }}{{ end -}}
{{- end -}}
{{- $spec := dict
  "serviceAccountName" (include "common.name" (list .bank .component))
  "automountServiceAccountToken" (.token | default false)
  "enableServiceLinks" false
  "terminationGracePeriodSeconds" (int (.graceSeconds | default 30))
  "securityContext" (include "common.changed" (list (include "common.pod-security" (.user | default 1000) | fromYaml) $hooks.podSecurityContext) | fromJson)
  "containers" $containers
-}}
{{- range $field, $value := dict
  "restartPolicy" .restartPolicy
  "shareProcessNamespace" .shareProcessNamespace
  "imagePullSecrets" (include "common.pull-secrets" (list .bank $hooks.imagePullSecrets) | fromJsonArray)
  "topologySpreadConstraints" $spread
  "priorityClassName" $hooks.priorityClassName
  "nodeSelector" $hooks.nodeSelector
  "tolerations" $hooks.tolerations
  "affinity" $hooks.affinity
  "initContainers" $initContainers
  "volumes" (include "common.extended" (list "name" (include "common.objects" (.volumes | default "") | fromJsonArray) $hooks.extraVolumes) | fromJsonArray)
-}}
{{- if $value }}{{ $_ := set $spec $field $value }}{{ end -}}
{{- end -}}
metadata:
  labels:
    {{- toYaml $labels | nindent 4 }}
  {{- with merge (dict) $hooks.podAnnotations (.annotations | default dict) }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- include "common.changed" (list $spec $hooks.podSpec) | fromJson | toYaml | nindent 2 }}
{{- end -}}

{{/* (list $ secrets): the pull secrets of a pod and those of all pods, as JSON. Each is a name, or an object with one. */}}
{{- define "common.pull-secrets" -}}
{{- $secrets := list -}}
{{- range concat (dig "imagePullSecrets" list ((index . 0).Values.global | default dict) | default list) (index . 1) -}}
{{- $secrets = append $secrets (ternary (dict "name" .) . (kindIs "string" .)) -}}
{{- end -}}
{{- uniq $secrets | toJson -}}
{{- end -}}

{{/* (list containers hooks): containers of the chart with the operator's environment, mounts and security context, as JSON. */}}
{{- define "common.hooked-containers" -}}
{{- $hooks := index . 1 -}}
{{- $containers := list -}}
{{- range include "common.objects" (index . 0) | fromJsonArray -}}
{{- $container := set . "securityContext" (include "common.changed" (list .securityContext $hooks.securityContext) | fromJson) -}}
{{- with $hooks.extraEnv }}{{ $_ := set $container "env" (include "common.extended" (list "name" ($container.env | default list) .) | fromJsonArray) }}{{ end -}}
{{- with $hooks.extraEnvFrom }}{{ $_ := set $container "envFrom" (concat ($container.envFrom | default list) .) }}{{ end -}}
{{- with $hooks.extraVolumeMounts }}{{ $_ := set $container "volumeMounts" (include "common.extended" (list "mountPath" ($container.volumeMounts | default list) .) | fromJsonArray) }}{{ end -}}
{{- $containers = append $containers $container -}}
{{- end -}}
{{- toJson $containers -}}
{{- end -}}

{{/*
(list $ "auth"): spreads replicas over nodes and zones. The pods of each revision of a deployment are counted on their own: counted together, the new
ones of an update stay clear of the nodes of the old ones, and are on one node when those are gone.
*/}}
{{- define "common.spread" -}}
{{- $selector := include "common.selector" . -}}
{{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
- maxSkew: 1
  topologyKey: {{ $key | quote }}
  whenUnsatisfiable: ScheduleAnyway
  matchLabelKeys: [pod-template-hash]
  labelSelector:
    matchLabels:
      {{- $selector | nindent 6 }}
{{- end }}
{{- end -}}
