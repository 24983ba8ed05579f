{{/* The plan of the bootstrap job: the secrets and certificates to create. Empty if the operator provides all of them. */}}
{{- define "guichet.bootstrap-plan" -}}
{{- $bank := . -}}
{{- $secrets := list -}}
{{- range $need, $secret := include "guichet.secret-table" . | fromYaml -}}
{{- if not $secret.existing }}{{ $secrets = append $secrets (dict "name" (include "common.name" (list $bank $need)) "values" $secret.keys "irreplaceable" ($secret.irreplaceable | default false)) }}{{ end -}}
{{- end -}}
{{- $labels := dict "guichet/release" .Release.Name -}}
{{- /* With it, mariadb-operator takes over a changed password. */ -}}
{{- if eq .Values.database.mode "operator" }}{{ $_ := set $labels "k8s.mariadb.com/watch" "true" }}{{ end -}}
{{- $plan := dict "labels" $labels "secrets" $secrets "record" (include "common.name" (list . "created")) -}}
{{- if eq .Values.tls.mode "generated" }}{{ $plan = merge $plan (include "guichet.certificate-plan" . | fromJson) }}{{ end -}}
{{- if or $secrets $plan.certificates }}{{ toPrettyJson $plan }}{{ end -}}
{{- end -}}

{{- define "guichet.certificate-plan" -}}
{{- $bank := . -}}
{{- $generated := .Values.tls.generated -}}
{{- $certificates := list -}}
{{- range $component := include "guichet.certified" . | fromJsonArray -}}
{{- $certificates = append $certificates (dict
  "secret" (include "guichet.tls-secret" (list $bank $component))
  "commonName" $component
  "dnsNames" (include "guichet.dns-names" (list $bank $component) | fromJsonArray)
  "ipAddresses" (list "127.0.0.1")
) -}}
{{- end -}}
{{- toJson (dict
  "authority" (dict "secret" (include "common.name" (list . "authority")) "commonName" (printf "%s/%s authority" .Release.Namespace (include "common.fullname" .)) "days" $generated.authorityDays)
  "certificateDays" $generated.certificateDays
  "certificates" $certificates
) -}}
{{- end -}}

{{/* (dict "bank" $ "component" "bootstrap" "names" (list …)): the right to create secrets, and to read and change only those with these names. */}}
{{- define "guichet.bootstrap-role" -}}
{{- include "common.role" (merge (dict "rules" (list
  (dict "apiGroups" (list "") "resources" (list "secrets") "verbs" (list "create"))
  (dict "apiGroups" (list "") "resources" (list "secrets") "resourceNames" .names "verbs" (list "get" "patch"))
)) .) -}}
{{- end -}}

{{- define "guichet.bootstrap-container" -}}
- name: {{ .component }}
  {{- include "common.container-base" (dict "bank" .bank "image" (include "common.image" (list .bank "jobs"))) | nindent 2 }}
  command: {{ toJson .command }}
  env:
    - {name: NODE_EXTRA_CA_CERTS, value: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt}
    - name: POD_NAMESPACE
      valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
  resources:
    {{- toYaml .bank.Values.bootstrap.resources | nindent 4 }}
  volumeMounts:
    - {name: plan, mountPath: /etc/guichet/plan, readOnly: true}
    - {name: tmp, mountPath: /tmp}
{{- end -}}

{{- define "guichet.bootstrap-volumes" -}}
- name: plan
  configMap:
    name: {{ include "common.name" (list .bank .component) }}
- name: tmp
  emptyDir: {sizeLimit: 16Mi}
{{- end -}}
