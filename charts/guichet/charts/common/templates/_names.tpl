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

{{/* (list $ "auth"): the labels of every object of a component. The operator's cannot replace those that select pods or name the owner. */}}
{{- define "common.labels" -}}
{{- $bank := index . 0 -}}
{{- $fixed := dict
  "app.kubernetes.io/managed-by" $bank.Release.Service
  "app.kubernetes.io/version" ($bank.Values.images.tag | default $bank.Chart.AppVersion)
  "helm.sh/chart" (printf "guichet-%s" $bank.Chart.Version)
-}}
{{- toYaml (merge (include "common.selector" . | fromYaml) $fixed $bank.Values.commonLabels (dict "app.kubernetes.io/part-of" "guichet")) -}}
{{- end -}}

{{/*
Metadata of a component's object: (list $ "auth"), or (dict "bank" $ "component" "auth") with "name" if it differs from the component's, and
"labels" and "annotations" besides those that every object has.
*/}}
{{- define "common.metadata" -}}
{{- $of := . -}}
{{- if kindIs "slice" . }}{{ $of = dict "bank" (index . 0) "component" (index . 1) }}{{ end -}}
{{- $at := list $of.bank $of.component -}}
name: {{ $of.name | default (include "common.name" $at) }}
namespace: {{ $of.bank.Release.Namespace | quote }}
labels:
  {{- merge (include "common.labels" $at | fromYaml) ($of.labels | default dict) | toYaml | nindent 2 }}
{{- with merge (dict) ($of.annotations | default dict) $of.bank.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* (list $ "auth"): one of the bank's own images. */}}
{{- define "common.image" -}}
{{- $images := (index . 0).Values.images -}}
{{- $own := printf "%s/guichet-%s:%s" $images.registry (index . 1) ($images.tag | default (index . 0).Chart.AppVersion) -}}
{{- with index $images.digests (index . 1) }}{{ $own = printf "%s@%s" $own . }}{{ end -}}
{{- index $images.references (index . 1) | default $own -}}
{{- end -}}

{{/* (list $ "docker.io/library/mysql:8.4"): an image, from global.imageRegistry if that is set. The first part of a name is a registry if it could be a host. */}}
{{- define "common.relocated-image" -}}
{{- $registry := dig "imageRegistry" "" ((index . 0).Values.global | default dict) -}}
{{- $parts := splitList "/" (index . 1) -}}
{{- if not $registry -}}
{{- index . 1 -}}
{{- else if eq (len $parts) 1 -}}
{{- printf "%s/library/%s" $registry (index . 1) -}}
{{- else if regexMatch "[.:]|^localhost$" (first $parts) -}}
{{- printf "%s/%s" $registry (rest $parts | join "/") -}}
{{- else -}}
{{- printf "%s/%s" $registry (index . 1) -}}
{{- end -}}
{{- end -}}
