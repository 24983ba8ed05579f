{{/*
A job that runs once: the arguments of common.pod-template, "tries", and "content", a change of which also creates a new job. A job cannot be
changed, so its name ends with a hash: unchanged content keeps the finished job, and changed content creates a new one.
*/}}
{{- define "common.job" -}}
{{- $hooks := include "common.hooks" (list .bank .component) | fromJson -}}
{{- $template := include "common.pod-template" (merge (dict "restartPolicy" "OnFailure") .) -}}
apiVersion: batch/v1
kind: Job
metadata:
  {{- $name := printf "%s-%s" (include "common.name" (list .bank .component)) (sha256sum (printf "%s %s" $template (.content | default "")) | trunc 8) }}
  {{- include "common.metadata" (dict "bank" .bank "component" .component "name" $name "annotations" $hooks.annotations) | nindent 2 }}
spec:
  backoffLimit: {{ .tries | default 6 }}
  template:
    {{- $template | nindent 4 }}
{{- end -}}

{{/* A cron job: the arguments of common.pod-template, and "schedule"; with "suspend" it is only a template for `kubectl create job --from`. */}}
{{- define "common.cron-job" -}}
{{- $hooks := include "common.hooks" (list .bank .component) | fromJson -}}
apiVersion: batch/v1
kind: CronJob
metadata:
  {{- include "common.metadata" (dict "bank" .bank "component" .component "annotations" $hooks.annotations) | nindent 2 }}
spec:
  schedule: {{ .schedule | quote }}
  timeZone: Etc/UTC
  {{- if .suspend }}
  suspend: true
  {{- end }}
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      backoffLimit: {{ .tries | default 3 }}
      template:
        {{- include "common.pod-template" (merge (dict "restartPolicy" "OnFailure") .) | nindent 8 }}
{{- end -}}
