{{- define "agent.account" -}}
{{- coalesce .Values.serviceAccount.name .Values.serviceAccountName .Release.Name -}}
{{- end -}}

{{- define "agent.image" -}}
{{- $image := ternary .Values.enterpriseImage .Values.image .Values.enterprise -}}
{{- printf "%s:%s" $image (coalesce .Values.teleportVersionOverride .Chart.Version) -}}
{{- end -}}

{{- define "agent.tokenSecret" -}}
{{- coalesce .Values.secretName .Values.joinTokenSecret.name -}}
{{- end -}}

{{- /* Says "yes" when the agent has a role. Argument: (list root role). */ -}}
{{- define "agent.has" -}}
{{- if contains (index . 1) (toString (index . 0).Values.roles) -}}yes{{- end -}}
{{- end -}}

{{- /* Metadata of an object. Argument: dict root, name, and optionally global, labels, annotations. */ -}}
{{- define "agent.metadata" -}}
{{- $meta := dict "name" .name -}}
{{- if not .global -}}
{{- $_ := set $meta "namespace" .root.Release.Namespace -}}
{{- end -}}
{{- with .labels -}}
{{- $_ := set $meta "labels" . -}}
{{- end -}}
{{- with .annotations -}}
{{- $_ := set $meta "annotations" . -}}
{{- end -}}
{{- toYaml $meta -}}
{{- end -}}

{{- /* What the stand-in does not play, and what Teleport would refuse, is refused here. */ -}}
{{- define "agent.check" -}}
{{- if .Values.updater.enabled -}}
{{- fail "updater.enabled: not played by the stand-in chart; versions are pinned by the program" -}}
{{- end -}}
{{- if include "agent.has" (list . "jamf") -}}
{{- fail "roles: the stand-in chart does not play jamf; use the vendor's" -}}
{{- end -}}
{{- if not .Values.proxyAddr -}}
{{- fail "proxyAddr: empty; set host:port of the proxy" -}}
{{- end -}}
{{- if not .Values.kubeClusterName -}}
{{- if or (empty .Values.roles) (include "agent.has" (list . "kube")) (include "agent.has" (list . "discovery")) -}}
{{- fail "kubeClusterName: empty; the roles kube and discovery need it" -}}
{{- end -}}
{{- end -}}
{{- $apps := or .Values.apps .Values.appResources -}}
{{- if include "agent.has" (list . "app") -}}
{{- if not (or $apps (include "agent.has" (list . "discovery"))) -}}
{{- fail "apps: the role app is on, but there is neither an app, nor appResources, nor the role discovery" -}}
{{- end -}}
{{- else if $apps -}}
{{- fail "roles: apps or appResources are set; add the role app" -}}
{{- end -}}
{{- include "agent.checkFields" (list "apps" .Values.apps "name" "uri") -}}
{{- if include "agent.has" (list . "db") -}}
{{- if not (or .Values.databases .Values.databaseResources .Values.awsDatabases .Values.azureDatabases) -}}
{{- fail "databases: the role db is on, but no database source is set" -}}
{{- end -}}
{{- include "agent.checkFields" (list "databases" .Values.databases "name" "uri" "protocol") -}}
{{- include "agent.checkFields" (list "awsDatabases" .Values.awsDatabases "types" "regions" "tags") -}}
{{- end -}}
{{- end -}}

{{- /* Argument: (list path entries field...) */ -}}
{{- define "agent.checkFields" -}}
{{- $path := index . 0 -}}
{{- $fields := slice . 2 -}}
{{- range $at, $entry := index . 1 -}}
{{- range $field := $fields -}}
{{- if not (hasKey $entry $field) -}}
{{- fail (printf "%s[%d]: %q is missing" $path $at $field) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* teleport.yaml: one section a service, then teleportConfig over all. */ -}}
{{- define "agent.config" -}}
{{- $values := .Values -}}
{{- $teleport := dict
  "proxy_server" $values.proxyAddr
  "join_params" (dict "method" $values.joinParams.method "token_name" "/etc/teleport-secrets/auth-token")
  "log" (dict
    "severity" (coalesce $values.logLevel $values.log.level "INFO")
    "output" $values.log.output
    "format" (dict "output" $values.log.format "extra_fields" $values.log.extraFields))
-}}
{{- with $values.caPin -}}
{{- $_ := set $teleport "ca_pin" . -}}
{{- end -}}
{{- $config := dict "version" "v3" "teleport" $teleport -}}
{{- range list "auth" "ssh" "proxy" "jamf" "kubernetes" "app" "db" "discovery" -}}
{{- $_ := set $config (printf "%s_service" .) (dict "enabled" false) -}}
{{- end -}}
{{- if or (empty $values.roles) (include "agent.has" (list . "kube")) -}}
{{- $kube := dict "enabled" true "kube_cluster_name" $values.kubeClusterName -}}
{{- with $values.labels -}}
{{- $_ := set $kube "labels" . -}}
{{- end -}}
{{- $_ := set $config "kubernetes_service" $kube -}}
{{- end -}}
{{- $discovery := include "agent.has" (list . "discovery") -}}
{{- if $discovery -}}
{{- $_ := set $config "discovery_service" (dict
  "enabled" true "discovery_group" $values.kubeClusterName "kubernetes" $values.kubernetesDiscovery) -}}
{{- end -}}
{{- if include "agent.has" (list . "app") -}}
{{- $app := dict "enabled" true -}}
{{- with $values.apps -}}
{{- $_ := set $app "apps" . -}}
{{- end -}}
{{- $matchers := default (list) $values.appResources -}}
{{- if $discovery -}}
{{- $matchers = append $matchers (dict "labels" (dict
  "teleport.dev/kubernetes-cluster" $values.kubeClusterName
  "teleport.dev/origin" "discovery-kubernetes")) -}}
{{- end -}}
{{- with $matchers -}}
{{- $_ := set $app "resources" . -}}
{{- end -}}
{{- $_ := set $config "app_service" $app -}}
{{- end -}}
{{- if include "agent.has" (list . "db") -}}
{{- $db := dict "enabled" true -}}
{{- range $field, $key := dict "aws" "awsDatabases" "azure" "azureDatabases" "databases" "databases" "resources" "databaseResources" -}}
{{- with index $values $key -}}
{{- $_ := set $db $field . -}}
{{- end -}}
{{- end -}}
{{- $_ := set $config "db_service" $db -}}
{{- end -}}
{{- toYaml (mustMergeOverwrite $config (default (dict) $values.teleportConfig)) -}}
{{- end -}}

{{- /* Mounts shared by the main container and the last init container. Argument: (list root volume-of-data main?). */ -}}
{{- define "agent.mounts" -}}
{{- $root := index . 0 -}}
{{- $mounts := list
  (dict "name" "config" "mountPath" "/etc/teleport" "readOnly" true)
  (dict "name" "auth-token" "mountPath" "/etc/teleport-secrets" "readOnly" true)
-}}
{{- if and (index . 2) $root.Values.teleportClusterName -}}
{{- $mounts = append $mounts (dict "name" "join-sa-token" "mountPath" "/var/run/secrets/tokens" "readOnly" true) -}}
{{- end -}}
{{- $mounts = append $mounts (dict "name" (index . 1) "mountPath" "/var/lib/teleport") -}}
{{- if $root.Values.tls.existingCASecretName -}}
{{- $mounts = append $mounts (dict "name" "teleport-tls-ca" "mountPath" "/etc/teleport-tls-ca" "readOnly" true) -}}
{{- end -}}
{{- toYaml (concat $mounts (default (list) $root.Values.extraVolumeMounts)) -}}
{{- end -}}

{{- /*
Init containers as given; the chart's resources, security context and mounts go to the last one only, and its data
volume exists only with storage.
*/ -}}
{{- define "agent.initContainers" -}}
{{- $containers := deepCopy .Values.initContainers -}}
{{- $last := last $containers -}}
{{- with .Values.resources -}}
{{- $_ := set $last "resources" . -}}
{{- end -}}
{{- with .Values.initSecurityContext -}}
{{- $_ := set $last "securityContext" . -}}
{{- end -}}
{{- $data := printf "%s-teleport-data" .Release.Name -}}
{{- $_ := set $last "volumeMounts" (include "agent.mounts" (list . $data false) | fromYamlArray) -}}
{{- toYaml (append (initial $containers) $last) -}}
{{- end -}}

{{- define "agent.env" -}}
{{- $env := list
  (dict "name" "TELEPORT_INSTALL_METHOD_HELM_KUBE_AGENT" "value" "true")
  (dict "name" "TELEPORT_REPLICA_NAME" "valueFrom" (dict "fieldRef" (dict "fieldPath" "metadata.name")))
  (dict "name" "KUBE_NAMESPACE" "valueFrom" (dict "fieldRef" (dict "fieldPath" "metadata.namespace")))
  (dict "name" "RELEASE_NAME" "value" .Release.Name)
-}}
{{- with .Values.clusterDomain -}}
{{- $env = append $env (dict "name" "TELEPORT_KUBE_CLUSTER_DOMAIN" "value" .) -}}
{{- end -}}
{{- if .Values.tls.existingCASecretName -}}
{{- $env = append $env (dict "name" "SSL_CERT_FILE" "value" "/etc/teleport-tls-ca/ca.pem") -}}
{{- end -}}
{{- $env = concat $env (default (list) .Values.extraEnv) -}}
{{- if .Values.teleportClusterName -}}
{{- $env = append $env (dict "name" "KUBERNETES_TOKEN_PATH" "value" "/var/run/secrets/tokens/join-sa-token") -}}
{{- end -}}
{{- toYaml $env -}}
{{- end -}}

{{- define "agent.volumes" -}}
{{- $volumes := list
  (dict "name" "config" "configMap" (dict "name" .Release.Name))
  (dict "name" "auth-token" "secret" (dict "secretName" (include "agent.tokenSecret" .)))
-}}
{{- with .Values.teleportClusterName -}}
{{- $token := dict "serviceAccountToken" (dict "path" "join-sa-token" "expirationSeconds" 600 "audience" .) -}}
{{- $volumes = append $volumes (dict "name" "join-sa-token" "projected" (dict "sources" (list $token))) -}}
{{- end -}}
{{- if not .Values.storage.enabled -}}
{{- $volumes = append $volumes (dict "name" "data" "emptyDir" (dict)) -}}
{{- end -}}
{{- with .Values.tls.existingCASecretName -}}
{{- $volumes = append $volumes (dict "name" "teleport-tls-ca" "secret" (dict "secretName" .)) -}}
{{- end -}}
{{- toYaml (concat $volumes (default (list) .Values.extraVolumes)) -}}
{{- end -}}

{{- /* Argument: (list root replicas) */ -}}
{{- define "agent.affinity" -}}
{{- $values := (index . 0).Values -}}
{{- $strict := $values.highAvailability.requireAntiAffinity -}}
{{- if $values.affinity -}}
{{- if $strict -}}
{{- fail "highAvailability.requireAntiAffinity and affinity exclude each other; keep one" -}}
{{- end -}}
{{- toYaml $values.affinity -}}
{{- else -}}
{{- $app := dict "key" "app" "operator" "In" "values" (list (index . 0).Release.Name) -}}
{{- $peers := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchExpressions" (list $app)) -}}
{{- $rule := dict "preferredDuringSchedulingIgnoredDuringExecution" (list (dict "weight" 50 "podAffinityTerm" $peers)) -}}
{{- if $strict -}}
{{- $rule = dict "requiredDuringSchedulingIgnoredDuringExecution" (list $peers) -}}
{{- end -}}
{{- toYaml (dict "podAntiAffinity" $rule) -}}
{{- end -}}
{{- end -}}
