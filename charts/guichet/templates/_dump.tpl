{{/* (dict "bank" $ "name" "load" "script" "restore.sh" "user" "root"): a container that runs a script of files/ with the programs of the release's own database and the volume of the backups. */}}
{{- define "guichet.dump-container" -}}
{{- $database := include "guichet.own-database" .bank -}}
- name: {{ .name | quote }}
  {{- include "common.container-base" (dict "bank" .bank "image" (index .bank.Values $database).image) | nindent 2 }}
  command: [bash, /etc/guichet/scripts/{{ .script }}]
  env:
    - {name: SCHEMAS, value: {{ values .bank.Values.database.schemas | sortAlpha | join " " | quote }}}
    - {name: AUTH_SCHEMA, value: {{ .bank.Values.database.schemas.auth | quote }}}
    - {name: KEEP_DAYS, value: {{ .bank.Values.backup.keepDays | quote }}}
    - {name: FILE, value: {{ .bank.Values.restore.file | quote }}}
    - {name: MYSQL_USER_NAME, value: {{ .user }}}
    - {name: MYSQL_HOST_NAMES, value: {{ include "guichet.dump-hosts" .bank | fromJsonArray | join " " | quote }}}
  resources:
    {{- toYaml .bank.Values.backup.resources | nindent 4 }}
  volumeMounts:
    - {name: backups, mountPath: /backups}
    - {name: scripts, mountPath: /etc/guichet/scripts, readOnly: true}
    - {name: database, mountPath: /etc/guichet/database, readOnly: true}
    - {name: authority, mountPath: /etc/guichet/tls, readOnly: true}
    - {name: generated, mountPath: /run/guichet}
{{- end -}}

{{/* The servers from which to dump, as a JSON list: of a cluster, the one first that is the least likely writer. */}}
{{- define "guichet.dump-hosts" -}}
{{- if eq .Values.database.mode "galera" -}}
{{- include "galera.hosts" . | fromJsonArray | reverse | toJson -}}
{{- else -}}
{{- include "common.name" (list . "mysql") | list | toJson -}}
{{- end -}}
{{- end -}}

{{- define "guichet.dump-volumes" -}}
- name: backups
  persistentVolumeClaim:
    claimName: {{ include "common.name" (list . "backup") | quote }}
- name: scripts
  configMap:
    name: {{ include "common.name" (list . "backup") }}
- name: database
  {{- $secret := include "guichet.secret" (list . (include "guichet.own-database" .)) }}
  {{- include "guichet.secret-files" (list (dict "setting" "root" "secret" $secret "key" "root") (dict "setting" "backup" "secret" $secret "key" "backup")) | nindent 2 }}
- name: authority
  secret:
    secretName: {{ include "guichet.tls-secret" (list . "accounts") | quote }}
    items: [{key: ca.crt, path: ca.crt}]
    defaultMode: 0440
- name: generated
  emptyDir: {medium: Memory, sizeLimit: 1Mi}
{{- end -}}

{{/* The secrets without which a backup can't be used, and to whom they are sealed. Empty without backup.recipients. */}}
{{- define "guichet.backup-plan" -}}
{{- if .Values.backup.recipients -}}
{{- $bank := . -}}
{{- $names := list -}}
{{- range $need, $secret := include "guichet.secret-table" . | fromYaml -}}
{{- if not $secret.existing }}{{ $names = append $names (include "common.name" (list $bank $need)) }}{{ end -}}
{{- end -}}
{{- toPrettyJson (dict "labels" (dict "guichet/release" .Release.Name) "secrets" $names "recipients" .Values.backup.recipients) -}}
{{- end -}}
{{- end -}}

{{/* Seals the secrets beside the dump. Only this container of the pod has a token of the cluster's API. */}}
{{- define "guichet.seal-container" -}}
- name: seal
  {{- include "common.container-base" (dict "bank" . "image" (include "common.image" (list . "jobs"))) | nindent 2 }}
  command: [node, jobs/src/commands/seal-backup.ts, /etc/guichet/scripts/plan.json, /backups{{ if .Values.backup.upload.enabled }}, --outgoing{{ end }}]
  env:
    - {name: NODE_EXTRA_CA_CERTS, value: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt}
    - name: POD_NAMESPACE
      valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
  resources:
    {{- toYaml .Values.backup.resources | nindent 4 }}
  volumeMounts:
    - {name: backups, mountPath: /backups}
    - {name: scripts, mountPath: /etc/guichet/scripts, readOnly: true}
    - {name: token, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true}
    - {name: seal-tmp, mountPath: /tmp}
{{- end -}}

{{/* Moves what is sealed to the object storage; what could not be uploaded is tried again with the next backup. */}}
{{- define "guichet.upload-container" -}}
{{- $upload := .Values.backup.upload -}}
- name: upload
  {{- include "common.container-base" (dict "bank" . "image" $upload.image) | nindent 2 }}
  command: [rclone, move, /backups/outgoing, {{ printf "storage:%s" (required "backup.upload.enabled: name the bucket in backup.upload.bucket" $upload.bucket) | quote }}, --exclude, "*.part", --immutable, --s3-no-check-bucket, --verbose]
  env:
    - {name: RCLONE_CONFIG, value: /tmp/rclone.conf}
    - {name: RCLONE_CONFIG_STORAGE_TYPE, value: s3}
    - {name: RCLONE_CONFIG_STORAGE_PROVIDER, value: {{ $upload.provider | quote }}}
    - {name: RCLONE_CONFIG_STORAGE_ENDPOINT, value: {{ $upload.endpoint | quote }}}
    - {name: RCLONE_CONFIG_STORAGE_REGION, value: {{ $upload.region | quote }}}
    {{- range $setting, $key := dict "RCLONE_CONFIG_STORAGE_ACCESS_KEY_ID" "access-key-id" "RCLONE_CONFIG_STORAGE_SECRET_ACCESS_KEY" "secret-access-key" }}
    - name: {{ $setting }}
      valueFrom: {secretKeyRef: {name: {{ required "backup.upload.enabled: name the secret with access-key-id and secret-access-key in backup.upload.existingSecret" $upload.existingSecret | quote }}, key: {{ $key }}}}
    {{- end }}
  resources:
    {{- toYaml .Values.backup.resources | nindent 4 }}
  volumeMounts:
    - {name: backups, mountPath: /backups}
    - {name: seal-tmp, mountPath: /tmp}
{{- end -}}

{{- define "guichet.seal-volumes" -}}
- name: token
  projected:
    defaultMode: 0440
    sources:
      - serviceAccountToken: {path: token, expirationSeconds: 3600}
      - configMap: {name: kube-root-ca.crt, items: [{key: ca.crt, path: ca.crt}]}
- name: seal-tmp
  emptyDir: {sizeLimit: 16Mi}
{{- end -}}

{{/* Waits until the operator has sent the dump. */}}
{{- define "guichet.receive-container" -}}
- name: receive
  {{- include "common.container-base" (dict "bank" . "image" (index .Values (include "guichet.own-database" .)).image) | nindent 2 }}
  command: [bash, -c, 'until [ -f "/backups/$FILE" ]; do sleep 1; done; ls -l "/backups/$FILE"']
  env:
    - {name: FILE, value: {{ .Values.restore.file | quote }}}
  resources:
    {{- toYaml .Values.backup.resources | nindent 4 }}
  volumeMounts:
    - {name: backups, mountPath: /backups}
{{- end -}}

{{/* Before anything is dropped: whether the key of auth opens what is sealed in the dump. */}}
{{- define "guichet.check-dump-container" -}}
- name: check
  {{- include "common.container-base" (dict "bank" . "image" (include "common.image" (list . "auth"))) | nindent 2 }}
  command: [node, services/auth/src/check-dump-command.ts, /backups, {{ .Values.restore.file | quote }}]
  env:
    - {name: KEY_ENCRYPTION_KEY_FILE, value: /etc/guichet/key/KEY_ENCRYPTION_KEY}
  resources:
    {{- toYaml .Values.backup.resources | nindent 4 }}
  volumeMounts:
    - {name: backups, mountPath: /backups, readOnly: true}
    - {name: key, mountPath: /etc/guichet/key, readOnly: true}
{{- end -}}

{{- define "guichet.check-dump-volumes" -}}
- name: key
  {{- include "guichet.secret-files" (list (dict "setting" "KEY_ENCRYPTION_KEY" "secret" (include "guichet.secret" (list . "key-encryption")) "key" "key")) | nindent 2 }}
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
