{{- /* The log section both parts share. */ -}}
{{- define "plane.config.log" -}}
severity: {{ coalesce .Values.logLevel .Values.log.level "INFO" }}
output: {{ .Values.log.output }}
format:
  output: {{ .Values.log.format }}
  extra_fields: {{ .Values.log.extraFields | toJson }}
{{- end -}}

{{- /* The authentication section, from `authentication`. */ -}}
{{- define "plane.config.authentication" -}}
{{- $in := .Values.authentication -}}
{{- $out := dict "type" (required "authentication.type: empty" $in.type) "local_auth" $in.localAuth -}}
{{- range $to, $from := dict "passwordless" "passwordless" "connector_name" "connectorName" "locking_mode" "lockingMode" -}}
{{- with index $in $from -}}
{{- $_ := set $out $to . -}}
{{- end -}}
{{- end -}}
{{- $passkeys := has "webauthn" (default (list) $in.secondFactors) -}}
{{- if $in.secondFactor -}}
{{- $_ := set $out "second_factor" $in.secondFactor -}}
{{- $passkeys = has $in.secondFactor (list "webauthn" "on" "optional") -}}
{{- else -}}
{{- $_ := set $out "second_factors" $in.secondFactors -}}
{{- end -}}
{{- if $passkeys -}}
{{- $webauthn := dict "rp_id" .Values.clusterName -}}
{{- $trust := default (dict) $in.webauthn -}}
{{- with $trust.attestationAllowedCas -}}
{{- $_ := set $webauthn "attestation_allowed_cas" . -}}
{{- end -}}
{{- with $trust.attestationDeniedCas -}}
{{- $_ := set $webauthn "attestation_denied_cas" . -}}
{{- end -}}
{{- $_ := set $out "webauthn" $webauthn -}}
{{- end -}}
{{- toYaml $out -}}
{{- end -}}

{{- /* teleport.yaml of the auth service: the chart's defaults, then auth.teleportConfig over them. */ -}}
{{- define "plane.config.auth" -}}
{{- $values := include "plane.values" (list . "auth") | fromYaml -}}
{{- $off := dict "enabled" false -}}
{{- $config := dict "auth_service" (dict "enabled" true) "proxy_service" $off "ssh_service" (deepCopy $off) -}}
{{- if eq $values.chartMode "standalone" -}}
{{- $names := include "plane.names" . | fromYaml -}}
{{- $kube := dict
  "enabled" true
  "listen_addr" "0.0.0.0:3026"
  "public_addr" (printf "%s:3026" $names.authAddress)
  "kube_cluster_name" (coalesce .Values.kubeClusterName .Values.clusterName)
-}}
{{- with .Values.labels -}}
{{- $_ := set $kube "labels" . -}}
{{- end -}}
{{- $auth := dict
  "enabled" true
  "cluster_name" .Values.clusterName
  "authentication" (include "plane.config.authentication" . | fromYaml)
-}}
{{- if .Values.enterprise -}}
{{- $_ := set $auth "license_file" "/var/lib/license/license.pem" -}}
{{- end -}}
{{- with .Values.sessionRecording -}}
{{- $_ := set $auth "session_recording" . -}}
{{- end -}}
{{- with .Values.proxyListenerMode -}}
{{- $_ := set $auth "proxy_listener_mode" . -}}
{{- end -}}
{{- $_ := set $config "version" "v3" -}}
{{- $_ := set $config "kubernetes_service" $kube -}}
{{- $_ := set $config "auth_service" $auth -}}
{{- $_ := set $config "teleport" (dict
  "auth_server" "127.0.0.1:3025"
  "log" (include "plane.config.log" . | fromYaml)
) -}}
{{- end -}}
{{- toYaml (mustMergeOverwrite $config (default (dict) $values.teleportConfig)) -}}
{{- end -}}

{{- /* Listeners of a proxy that does not multiplex: each with its public addresses, where given. */ -}}
{{- define "plane.config.listeners" -}}
{{- $out := dict "listen_addr" "0.0.0.0:3023" -}}
{{- with .Values.sshPublicAddr -}}
{{- $_ := set $out "ssh_public_addr" . -}}
{{- end -}}
{{- $ports := dict "tunnel" 3024 "kube" 3026 "mysql" 3036 -}}
{{- if .Values.separatePostgresListener -}}
{{- $_ := set $ports "postgres" 5432 -}}
{{- $_ := set $out "postgres_public_addr" (printf "%s:5432" .Values.clusterName) -}}
{{- end -}}
{{- if .Values.separateMongoListener -}}
{{- $_ := set $ports "mongo" 27017 -}}
{{- $_ := set $out "mongo_public_addr" (printf "%s:27017" .Values.clusterName) -}}
{{- end -}}
{{- range $name, $port := $ports -}}
{{- $_ := set $out (printf "%s_listen_addr" $name) (printf "0.0.0.0:%d" $port) -}}
{{- with index $.Values (printf "%sPublicAddr" $name) -}}
{{- $_ := set $out (printf "%s_public_addr" $name) . -}}
{{- end -}}
{{- end -}}
{{- toYaml $out -}}
{{- end -}}

{{- /* teleport.yaml of the proxies: the chart's defaults, then proxy.teleportConfig over them. */ -}}
{{- define "plane.config.proxy" -}}
{{- $values := include "plane.values" (list . "proxy") | fromYaml -}}
{{- $off := dict "enabled" false -}}
{{- $proxy := dict "enabled" true -}}
{{- $config := dict "auth_service" $off "ssh_service" (deepCopy $off) "proxy_service" $proxy -}}
{{- if eq $values.chartMode "standalone" -}}
{{- $names := include "plane.names" . | fromYaml -}}
{{- $_ := set $config "version" "v3" -}}
{{- $_ := set $config "teleport" (dict
  "auth_server" (printf "%s:3025" $names.authAddress)
  "join_params" (dict "method" "kubernetes" "token_name" (printf "%s-proxy" .Release.Name))
  "log" (include "plane.config.log" . | fromYaml)
) -}}
{{- $public := printf "%s:443" .Values.clusterName -}}
{{- $_ := set $proxy "public_addr" (ternary .Values.publicAddr $public (not (empty .Values.publicAddr))) -}}
{{- if ne .Values.proxyListenerMode "multiplex" -}}
{{- $proxy = mergeOverwrite $proxy (include "plane.config.listeners" . | fromYaml) -}}
{{- end -}}
{{- if .Values.tls.existingSecretName -}}
{{- $pair := dict "cert_file" "/etc/teleport-tls/tls.crt" "key_file" "/etc/teleport-tls/tls.key" -}}
{{- $_ := set $proxy "https_keypairs" (list $pair) -}}
{{- $_ := set $proxy "https_keypairs_reload_interval" "12h" -}}
{{- else if .Values.acme -}}
{{- $acme := dict "enabled" true "email" (required "acmeEmail: empty, and acme is on" .Values.acmeEmail) -}}
{{- with .Values.acmeURI -}}
{{- $_ := set $acme "uri" . -}}
{{- end -}}
{{- $_ := set $proxy "acme" $acme -}}
{{- end -}}
{{- with .Values.proxyProtocol -}}
{{- $_ := set $proxy "proxy_protocol" . -}}
{{- end -}}
{{- end -}}
{{- toYaml (mustMergeOverwrite $config (default (dict) $values.teleportConfig)) -}}
{{- end -}}

{{- /* Resources the auth service creates when it starts: join tokens, and what the operator acts as. */ -}}
{{- define "plane.config.startup" -}}
{{- $names := include "plane.names" . | fromYaml -}}
{{- $documents := list -}}
{{- if (include "plane.values" (list . "auth") | fromYaml).createProxyToken -}}
{{- $documents = append $documents (include "plane.config.proxyToken" (list . "2050-01-01T00:00:00Z")) -}}
{{- end -}}
{{- if .Values.operator.enabled -}}
{{- $bot := dict "teleport.internal/bot" "operator" -}}
{{- $any := dict "*" (list "*") -}}
{{- $rules := list -}}
{{- range splitList " " "role user auth_connector login_rule token okta_import_rule access_list node trusted_cluster bot workload_identity app autoupdate_version autoupdate_config db" -}}
{{- $rules = append $rules (dict "resources" (list .) "verbs" (list "list" "create" "read" "update" "delete")) -}}
{{- end -}}
{{- $impersonator := dict "kind" "role" "version" "v7"
  "metadata" (dict "name" "bot-operator" "description" "Lets the operator's bot act as the operator role" "labels" $bot)
  "spec" (dict "deny" (dict) "allow" (dict
    "impersonate" (dict "roles" (list "operator"))
    "rules" (list (dict "resources" (list "cert_authority") "verbs" (list "readnosecrets")))
  ))
-}}
{{- $user := dict "kind" "user" "version" "v2"
  "metadata" (dict "name" "bot-operator" "labels" $bot)
  "spec" (dict "roles" (list "bot-operator"))
-}}
{{- $role := dict "kind" "role" "version" "v7"
  "metadata" (dict "name" "operator")
  "spec" (dict "deny" (dict) "allow" (dict
    "node_labels" $any "app_labels" $any "db_labels" $any "rules" $rules
  ))
-}}
{{- $token := dict "kind" "token" "version" "v2"
  "metadata" (dict "name" .Values.operator.token)
  "spec" (dict "roles" (list "Bot") "bot_name" "operator" "join_method" "kubernetes" "kubernetes" (dict
    "allow" (list (dict "service_account" (printf "%s:%s" .Release.Namespace $names.operatorAccount)))
  ))
-}}
{{- range list $impersonator $user $role $token -}}
{{- $documents = append $documents (toYaml .) -}}
{{- end -}}
{{- end -}}
{{- join "\n---\n" $documents -}}
{{- end -}}

{{- /* The token by which proxies join. Argument: (list root expiry). */ -}}
{{- define "plane.config.proxyToken" -}}
{{- $root := index . 0 -}}
{{- $names := include "plane.names" $root | fromYaml -}}
{{- $account := printf "%s:%s" $root.Release.Namespace $names.proxyAccount -}}
{{- toYaml (dict "kind" "token" "version" "v2"
  "metadata" (dict "name" (printf "%s-proxy" $root.Release.Name) "expires" (index . 1))
  "spec" (dict "roles" (list "Proxy") "join_method" "kubernetes" "kubernetes" (dict
    "allow" (list (dict "service_account" $account))
  ))
) -}}
{{- end -}}
