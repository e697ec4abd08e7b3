{{- define "handler.name" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "handler.tbot" -}}
{{- printf "%s-%s" .Release.Name .Values.tbot.nameOverride -}}
{{- end -}}

{{- define "handler.selector" -}}
{{- dict "app.kubernetes.io/name" .Chart.Name "app.kubernetes.io/instance" .Release.Name | toYaml -}}
{{- end -}}

{{- define "handler.labels" -}}
{{- $more := dict "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version) "app.kubernetes.io/version" .Chart.AppVersion "app.kubernetes.io/managed-by" .Release.Service -}}
{{- merge $more (include "handler.selector" . | fromYaml) | toYaml -}}
{{- end -}}

{{- define "tbot.selector" -}}
{{- dict "app.kubernetes.io/name" "tbot" "app.kubernetes.io/instance" .Release.Name "app.kubernetes.io/component" "tbot" | toYaml -}}
{{- end -}}

{{- define "tbot.config" -}}
version: v2
{{- if .Values.tbot.teleportProxyAddress }}
proxy_server: {{ .Values.tbot.teleportProxyAddress }}
{{- else }}
auth_server: {{ .Values.tbot.teleportAuthAddress }}
{{- end }}
onboarding: { join_method: {{ .Values.tbot.joinMethod }}, token: {{ .Values.tbot.token }} }
storage: { type: memory }
outputs:
  - type: identity
    destination: { type: kubernetes_secret, name: {{ include "handler.tbot" . }}-out }
{{- end -}}

{{- /* The Secret with the identity: named, or what tbot writes. */ -}}
{{- define "handler.identity" -}}
{{- if .Values.teleport.identitySecretName -}}
{{- .Values.teleport.identitySecretName -}}
{{- else if .Values.tbot.enabled -}}
{{- printf "%s-out" (include "handler.tbot" .) -}}
{{- else -}}
{{- fail "teleport.identitySecretName: empty; name the Secret, or enable tbot" -}}
{{- end -}}
{{- end -}}

{{- define "handler.address" -}}
{{- coalesce .Values.teleport.address .Values.tbot.teleportProxyAddress .Values.tbot.teleportAuthAddress | default "" -}}
{{- end -}}

{{- define "handler.check" -}}
{{- if not (include "handler.address" .) -}}
{{- fail "teleport.address: empty; set host:port of proxy or auth server" -}}
{{- end -}}
{{- range $field, $value := pick .Values.fluentd "url" "sessionUrl" -}}
{{- if not $value -}}
{{- fail (printf "fluentd.%s: empty; set the collector's address" $field) -}}
{{- end -}}
{{- end -}}
{{- if not .Values.fluentd.certificate.secretName -}}
{{- fail "fluentd.certificate.secretName: empty; the collector wants mutual TLS" -}}
{{- end -}}
{{- with .Values.tbot -}}
{{- if .enabled -}}
{{- if not .clusterName -}}{{- fail "tbot.clusterName: empty" -}}{{- end -}}
{{- if not .token -}}{{- fail "tbot.token: empty" -}}{{- end -}}
{{- if eq (empty .teleportProxyAddress) (empty .teleportAuthAddress) -}}
{{- fail "tbot: set one of teleportProxyAddress and teleportAuthAddress" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
