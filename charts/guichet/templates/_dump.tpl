{{/* (dict "bank" $ "name" "load" "script" "restore.sh" "user" "root"): a container that runs a script of files/ with MySQL's programs and the volume of the backups. */}}
{{- define "guichet.dump-container" -}}
- name: {{ .name | quote }}
  {{- include "common.container-base" (dict "bank" .bank "image" .bank.Values.mysql.image) | nindent 2 }}
  command: [bash, /etc/guichet/scripts/{{ .script }}]
  env:
    - {name: SCHEMAS, value: {{ values .bank.Values.database.schemas | sortAlpha | join " " | quote }}}
    - {name: AUTH_SCHEMA, value: {{ .bank.Values.database.schemas.auth | quote }}}
    - {name: KEEP_DAYS, value: {{ .bank.Values.backup.keepDays | quote }}}
    - {name: FILE, value: {{ .bank.Values.restore.file | quote }}}
    - {name: MYSQL_USER_NAME, value: {{ .user }}}
    - {name: MYSQL_HOST_NAME, value: {{ include "common.name" (list .bank "mysql") }}}
  resources:
    {{- toYaml .bank.Values.backup.resources | nindent 4 }}
  volumeMounts:
    - {name: backups, mountPath: /backups}
    - {name: scripts, mountPath: /etc/guichet/scripts, readOnly: true}
    - {name: mysql, mountPath: /etc/guichet/mysql, readOnly: true}
    - {name: authority, mountPath: /etc/guichet/tls, readOnly: true}
    - {name: generated, mountPath: /run/guichet}
{{- end -}}

{{- define "guichet.dump-volumes" -}}
- name: backups
  persistentVolumeClaim:
    claimName: {{ include "common.name" (list . "backup") | quote }}
- name: scripts
  configMap:
    name: {{ include "common.name" (list . "backup") }}
- name: mysql
  {{- $secret := include "guichet.secret" (list . "mysql") }}
  {{- include "guichet.secret-files" (list (dict "setting" "root" "secret" $secret "key" "root") (dict "setting" "backup" "secret" $secret "key" "backup")) | nindent 2 }}
- name: authority
  secret:
    secretName: {{ include "guichet.tls-secret" (list . "accounts") | quote }}
    items: [{key: ca.crt, path: ca.crt}]
    defaultMode: 0440
- name: generated
  emptyDir: {medium: Memory, sizeLimit: 1Mi}
{{- end -}}

{{/* The last step of a restore: the job fails if the ledger does not reconcile. */}}
{{- define "guichet.reconcile-container" -}}
- name: reconcile
  {{- include "common.container-base" (dict "bank" .bank "image" (include "common.image" (list .bank "accounts"))) | nindent 2 }}
  command: [node, services/accounts/src/reconciliation/reconcile-command.ts]
  {{- include "guichet.environment" . | nindent 2 }}
  resources:
    {{- toYaml .own.resources | nindent 4 }}
  {{- include "guichet.mounts" . | nindent 2 }}
{{- end -}}
