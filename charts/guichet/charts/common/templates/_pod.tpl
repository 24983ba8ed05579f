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
image: {{ .image }}
imagePullPolicy: {{ .bank.Values.images.pullPolicy }}
terminationMessagePolicy: FallbackToLogsOnError
securityContext:
  {{- include "common.container-security" . | nindent 2 }}
{{- end -}}

{{/*
The pod of every workload: (dict "bank" $ "component" "auth" "own" .Values.auth "containers" "…"), and optionally
"initContainers" and "volumes" (YAML), "annotations", "user" (1000), "graceSeconds" (30), "spread", "restartPolicy",
"shareProcessNamespace", and "token": only pods with it get a token of the cluster's API.
*/}}
{{- define "common.pod-template" -}}
metadata:
  labels:
    # No version, so that a new release does not restart a database whose image is unchanged.
    {{- include "common.selector" (list .bank .component) | nindent 4 }}
    app.kubernetes.io/part-of: guichet
    {{- with .own.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with merge (dict) (.annotations | default dict) (.own.podAnnotations | default dict) }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "common.name" (list .bank .component) }}
  automountServiceAccountToken: {{ .token | default false }}
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .graceSeconds | default 30 }}
  {{- with .restartPolicy }}
  restartPolicy: {{ . }}
  {{- end }}
  {{- if .shareProcessNamespace }}
  shareProcessNamespace: true
  {{- end }}
  securityContext:
    {{- include "common.pod-security" (.user | default 1000) | nindent 4 }}
  {{- with .bank.Values.images.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  {{- if .spread }}
  topologySpreadConstraints:
    {{- include "common.spread" (list .bank .component) | nindent 4 }}
  {{- end }}
  {{- range $field := list "priorityClassName" "nodeSelector" "tolerations" "affinity" }}
  {{- with index $.own $field }}
  {{ $field }}: {{ toJson . }}
  {{- end }}
  {{- end }}
  {{- with .initContainers }}
  initContainers:
    {{- . | nindent 4 }}
  {{- end }}
  containers:
    {{- .containers | nindent 4 }}
  {{- with .volumes }}
  volumes:
    {{- . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* (list $ "auth"): spreads replicas over nodes and zones. */}}
{{- define "common.spread" -}}
{{- $selector := include "common.selector" . -}}
{{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
- maxSkew: 1
  topologyKey: {{ $key }}
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- $selector | nindent 6 }}
{{- end }}
{{- end -}}
