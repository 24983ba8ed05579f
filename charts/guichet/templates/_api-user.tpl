{{/* What the demo and the test share: both use the bank through its public API. */}}
{{- define "guichet.api-user-environment" -}}
- {name: BANK_URL, value: "http://{{ include "common.name" (list . "frontend") }}:8080"}
- {name: SUPERUSER_USERNAME, value: {{ .Values.superuser.username | quote }}}
- {name: SUPERUSER_PASSWORD_FILE, value: /etc/guichet/secrets/SUPERUSER_PASSWORD}
{{- end -}}

{{- define "guichet.api-user-mounts" -}}
- {name: secrets, mountPath: /etc/guichet/secrets, readOnly: true}
- {name: tmp, mountPath: /tmp}
{{- end -}}

{{/* (dict "bank" $ "needs" (list "superuser" "demo")) */}}
{{- define "guichet.api-user-volumes" -}}
{{- $secrets := list (dict "setting" "SUPERUSER_PASSWORD" "secret" (include "guichet.secret" (list .bank "superuser")) "key" "password") -}}
{{- if has "demo" .needs }}{{ $secrets = append $secrets (dict "setting" "DEMO_SEED" "secret" (include "guichet.secret" (list .bank "demo")) "key" "seed") }}{{ end -}}
- name: secrets
  {{- include "guichet.secret-files" $secrets | nindent 2 }}
- name: tmp
  emptyDir: {sizeLimit: 16Mi}
{{- end -}}
