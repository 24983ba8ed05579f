{{/*
The beginning of every name: the release's name, followed by the chart's name unless the release's name contains it. A release's name may contain
dots and begin with a digit, but a Service's may not (RFC 1035). A changed or shortened name ends in a hash, so that two releases never share one.
*/}}
{{- define "common.fullname" -}}
{{- $full := .Values.fullnameOverride | default (ternary .Release.Name (printf "%s-guichet" .Release.Name) (contains "guichet" .Release.Name)) -}}
{{- $valid := regexReplaceAll "^([^a-z])" (regexReplaceAll "[^a-z0-9-]" (lower $full) "-") "g$1" -}}
{{- if or (gt (len $full) 36) (ne $valid $full) -}}
{{- printf "%s-%s" ($valid | trunc 29 | trimSuffix "-") (sha256sum $full | trunc 6) -}}
{{- else -}}
{{- $full -}}
{{- end -}}
{{- end -}}

{{/* (list $ "auth"): the name of a component's objects. */}}
{{- define "common.name" -}}
{{- printf "%s-%s" (include "common.fullname" (index . 0)) (index . 1) -}}
{{- end -}}

{{/* (list $ "auth"): the labels that select exactly a component's pods. They never change, because a workload's selector cannot. */}}
{{- define "common.selector" -}}
app.kubernetes.io/name: guichet
app.kubernetes.io/instance: {{ (index . 0).Release.Name | quote }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* (list $ "auth"): the labels of every object of a component. */}}
{{- define "common.labels" -}}
{{- $bank := index . 0 -}}
{{ include "common.selector" . }}
app.kubernetes.io/part-of: guichet
app.kubernetes.io/managed-by: {{ $bank.Release.Service }}
app.kubernetes.io/version: {{ $bank.Values.images.tag | default $bank.Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "guichet-%s" $bank.Chart.Version }}
{{- end -}}

{{/* (list $ "auth"): metadata of a component's object. */}}
{{- define "common.metadata" -}}
name: {{ include "common.name" . }}
namespace: {{ (index . 0).Release.Namespace }}
labels:
  {{- include "common.labels" . | nindent 2 }}
{{- end -}}

{{/* (list $ "auth"): one of the bank's own images. */}}
{{- define "common.image" -}}
{{- $images := (index . 0).Values.images -}}
{{- $own := printf "%s/guichet-%s:%s" $images.registry (index . 1) ($images.tag | default (index . 0).Chart.AppVersion) -}}
{{- index $images.references (index . 1) | default $own -}}
{{- end -}}
