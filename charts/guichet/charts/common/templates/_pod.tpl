{{/* What Pod Security "restricted" asks of a pod; the user is the image's own. */}}
{{- define "common.pod-security" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* What it asks of a container, and a root file system that nobody writes to (but who works on the bank: "writable"). */}}
{{- define "common.container-security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: {{ not (.writable | default false) }}
runAsNonRoot: true
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* (dict "bank" $ "image" "…"), and "writable": how every container begins. The end of its log becomes its last word in `kubectl describe`. */}}
{{- define "common.container-base" -}}
image: {{ .image }}
imagePullPolicy: {{ .bank.Values.images.pullPolicy }}
terminationMessagePolicy: FallbackToLogsOnError
securityContext:
  {{- include "common.container-security" . | nindent 2 }}
{{- end -}}

{{/*
The pod of every workload: (dict "bank" $ "component" "auth" "own" .Values.auth "containers" "…"), and where they are needed
"initContainers" and "volumes" (YAML), "annotations", "user" (1000), "graceSeconds" (30), "spread", "restartPolicy",
"shareProcessNamespace", and "token": no pod holds a token of the cluster's API but those that ask for it.
*/}}
{{- define "common.pod-template" -}}
metadata:
  labels:
    # No version: a new release must not restart a database whose own image stayed the same.
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

{{/* (list $ "auth"): replicas on different nodes, and in different zones, wherever there are some. */}}
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
