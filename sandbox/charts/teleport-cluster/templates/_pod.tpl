{{- /*
Pods of auth and proxy are alike. Every template here takes a dict: root, part, values (merged for the
part), names. Results are YAML text of one field's value.
*/ -}}

{{- define "plane.image" -}}
{{- $edition := ternary .values.enterpriseImage .values.image (default false .values.enterprise) -}}
{{- printf "%s:%s" $edition .names.version -}}
{{- end -}}

{{- /* Where pods go. */ -}}
{{- define "plane.affinity" -}}
{{- $ha := .values.highAvailability -}}
{{- if .values.affinity -}}
{{- if $ha.requireAntiAffinity -}}
{{- fail "highAvailability.requireAntiAffinity and affinity exclude each other; keep one" -}}
{{- end -}}
{{- toYaml .values.affinity -}}
{{- else -}}
{{- $peers := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchExpressions" (list
  (dict "key" "app.kubernetes.io/instance" "operator" "In" "values" (list .root.Release.Name))
  (dict "key" "app.kubernetes.io/component" "operator" "In" "values" (list .part))
)) -}}
{{- $rule := dict -}}
{{- if $ha.requireAntiAffinity -}}
{{- $_ := set $rule "requiredDuringSchedulingIgnoredDuringExecution" (list $peers) -}}
{{- else if gt (int $ha.replicaCount) 1 -}}
{{- $_ := set $rule "preferredDuringSchedulingIgnoredDuringExecution" (list (dict "weight" 50 "podAffinityTerm" $peers)) -}}
{{- end -}}
{{- toYaml (dict "podAntiAffinity" $rule) -}}
{{- end -}}
{{- end -}}

{{- define "plane.spread" -}}
{{- if .values.topologySpreadConstraints -}}
{{- toYaml .values.topologySpreadConstraints -}}
{{- else -}}
{{- $selector := dict "matchLabels" (include "plane.selector" (list .root .part) | fromYaml) -}}
{{- $constraints := list -}}
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" -}}
{{- $constraints = append $constraints (dict "maxSkew" 1 "topologyKey" . "whenUnsatisfiable" "ScheduleAnyway" "labelSelector" $selector) -}}
{{- end -}}
{{- toYaml $constraints -}}
{{- end -}}
{{- end -}}

{{- define "plane.env" -}}
{{- $env := default (list) .values.extraEnv -}}
{{- if .values.tls.existingCASecretName -}}
{{- $env = append $env (dict "name" "SSL_CERT_FILE" "value" "/etc/teleport-tls-ca/ca.pem") -}}
{{- end -}}
{{- toYaml $env -}}
{{- end -}}

{{- /* Mounts and volumes; `use` says for whom: main, init or check. */ -}}
{{- define "plane.mounts" -}}
{{- $mounts := list -}}
{{- if and (eq .part "auth") .values.enterprise -}}
{{- $mounts = append $mounts (dict "name" "license" "mountPath" "/var/lib/license" "readOnly" true) -}}
{{- end -}}
{{- if and (eq .part "proxy") .values.tls.existingSecretName -}}
{{- $mounts = append $mounts (dict "name" "teleport-tls" "mountPath" "/etc/teleport-tls" "readOnly" true) -}}
{{- end -}}
{{- if and .values.tls.existingCASecretName (ne .use "init") -}}
{{- $mounts = append $mounts (dict "name" "teleport-tls-ca" "mountPath" "/etc/teleport-tls-ca" "readOnly" true) -}}
{{- end -}}
{{- $mounts = append $mounts (dict "name" "config" "mountPath" "/etc/teleport" "readOnly" true) -}}
{{- $mounts = append $mounts (dict "name" "data" "mountPath" "/var/lib/teleport") -}}
{{- if or (eq .use "main") (and (eq .use "init") (eq .part "auth")) -}}
{{- $mounts = append $mounts (dict "name" (printf "%s-serviceaccount-token" .part) "mountPath" "/var/run/secrets/kubernetes.io/serviceaccount" "readOnly" true) -}}
{{- end -}}
{{- toYaml (concat $mounts (default (list) .values.extraVolumeMounts)) -}}
{{- end -}}

{{- /* A service-account token as kubelet would mount it, but of short life. */ -}}
{{- define "plane.tokenSources" -}}
- serviceAccountToken: { path: token }
- configMap: { name: kube-root-ca.crt, items: [{ key: ca.crt, path: ca.crt }] }
- downwardAPI: { items: [{ path: namespace, fieldRef: { fieldPath: metadata.namespace } }] }
{{- end -}}

{{- define "plane.volumes" -}}
{{- $volumes := list -}}
{{- $main := eq .use "main" -}}
{{- if $main -}}
{{- $sources := include "plane.tokenSources" . | fromYamlArray -}}
{{- $volumes = append $volumes (dict "name" (printf "%s-serviceaccount-token" .part) "projected" (dict "sources" $sources)) -}}
{{- end -}}
{{- if and (eq .part "auth") .values.enterprise -}}
{{- $volumes = append $volumes (dict "name" "license" "secret" (dict "secretName" .values.licenseSecretName)) -}}
{{- end -}}
{{- if and (eq .part "proxy") .values.tls.existingSecretName -}}
{{- $volumes = append $volumes (dict "name" "teleport-tls" "secret" (dict "secretName" .values.tls.existingSecretName)) -}}
{{- end -}}
{{- if .values.tls.existingCASecretName -}}
{{- $volumes = append $volumes (dict "name" "teleport-tls-ca" "secret" (dict "secretName" .values.tls.existingCASecretName)) -}}
{{- end -}}
{{- $config := printf "%s-%s%s" .root.Release.Name .part (ternary "" "-test" $main) -}}
{{- $volumes = append $volumes (dict "name" "config" "configMap" (dict "name" $config)) -}}
{{- if and $main (eq .part "auth") .values.persistence.enabled -}}
{{- $claim := coalesce .values.persistence.existingClaimName .root.Release.Name -}}
{{- $volumes = append $volumes (dict "name" "data" "persistentVolumeClaim" (dict "claimName" $claim)) -}}
{{- else -}}
{{- $volumes = append $volumes (dict "name" "data" "emptyDir" (dict)) -}}
{{- end -}}
{{- toYaml (concat $volumes (default (list) .values.extraVolumes)) -}}
{{- end -}}

{{- /* Init containers: the proxy's wait for older auth pods, then the caller's, each with the part's mounts. */ -}}
{{- define "plane.initContainers" -}}
{{- $context := . -}}
{{- $containers := list -}}
{{- if eq .part "proxy" -}}
{{- $wait := dict "name" "wait-auth-update" "image" (include "plane.image" .)
  "command" (list "teleport" "wait" "no-resolve" .names.previousAuthAddress)
-}}
{{- if .values.resources -}}
{{- $_ := set $wait "resources" (dict "requests" (dict "cpu" 0.1 "memory" "256Mi") "limits" (dict "cpu" 1 "memory" "512Mi")) -}}
{{- end -}}
{{- with .values.securityContext -}}
{{- $_ := set $wait "securityContext" . -}}
{{- end -}}
{{- $containers = append $containers $wait -}}
{{- end -}}
{{- range .values.initContainers -}}
{{- $container := deepCopy . -}}
{{- if and (not $container.resources) $context.values.resources -}}
{{- $_ := set $container "resources" $context.values.resources -}}
{{- end -}}
{{- $mounts := include "plane.mounts" (merge (dict "use" "init") $context) | fromYamlArray -}}
{{- $_ := set $container "volumeMounts" $mounts -}}
{{- $containers = append $containers $container -}}
{{- end -}}
{{- toYaml $containers -}}
{{- end -}}

{{- define "plane.ports" -}}
{{- $ports := dict "auth" (list "diag" 3000 "auth" 3025 "kube" 3026) "proxy" (list "tls" 3080) -}}
{{- $flat := index $ports .part -}}
{{- if eq .part "proxy" -}}
{{- if .values.enterprise -}}
{{- $flat = concat $flat (list "proxypeering" 3021) -}}
{{- end -}}
{{- if ne .values.proxyListenerMode "multiplex" -}}
{{- $flat = concat $flat (list "sshproxy" 3023 "sshtun" 3024 "kube" 3026 "mysql" 3036) -}}
{{- if .values.separatePostgresListener -}}
{{- $flat = concat $flat (list "postgres" 5432) -}}
{{- end -}}
{{- if .values.separateMongoListener -}}
{{- $flat = concat $flat (list "mongo" 27017) -}}
{{- end -}}
{{- end -}}
{{- $flat = concat $flat (list "diag" 3000) -}}
{{- end -}}
{{- range chunk 2 $flat }}
- { name: {{ index . 0 }}, containerPort: {{ index . 1 }}, protocol: TCP }
{{- end -}}
{{- end -}}

{{- /* Arguments of the main process. */ -}}
{{- define "plane.args" -}}
{{- $args := list "--diag-addr=0.0.0.0:3000" -}}
{{- if .values.insecureSkipProxyTLSVerify -}}
{{- $args = append $args "--insecure" -}}
{{- end -}}
{{- if and (eq .part "auth") .values.createProxyToken -}}
{{- $args = append $args "--apply-on-startup=/etc/teleport/apply-on-startup.yaml" -}}
{{- end -}}
{{- toYaml (concat $args (default (list) .values.extraArgs)) -}}
{{- end -}}

{{- define "plane.mainContainer" -}}
{{- $probe := .values.readinessProbe -}}
{{- $timeout := .values.probeTimeoutSeconds -}}
{{- $lifecycle := dict "preStop" (dict "exec" (dict "command" (list "teleport" "wait" "duration" "30s"))) -}}
{{- with .values.postStart.command -}}
{{- $_ := set $lifecycle "postStart" (dict "exec" (dict "command" .)) -}}
{{- end -}}
{{- $main := merge (dict "use" "main") . -}}
{{- $container := dict
  "name" "teleport"
  "image" (include "plane.image" .)
  "imagePullPolicy" .values.imagePullPolicy
  "args" (include "plane.args" . | fromYamlArray)
  "ports" (include "plane.ports" . | fromYamlArray)
  "livenessProbe" (dict "httpGet" (dict "path" "/healthz" "port" "diag")
    "initialDelaySeconds" 5 "periodSeconds" 5 "failureThreshold" 6 "timeoutSeconds" $timeout)
  "readinessProbe" (merge (dict "httpGet" (dict "path" "/readyz" "port" "diag") "timeoutSeconds" $timeout)
    (pick $probe "initialDelaySeconds" "periodSeconds" "failureThreshold" "successThreshold"))
  "lifecycle" $lifecycle
  "volumeMounts" (include "plane.mounts" $main | fromYamlArray)
-}}
{{- with include "plane.env" . | fromYamlArray -}}
{{- $_ := set $container "env" . -}}
{{- end -}}
{{- with .values.resources -}}
{{- $_ := set $container "resources" . -}}
{{- end -}}
{{- with .values.securityContext -}}
{{- $_ := set $container "securityContext" . -}}
{{- end -}}
{{- toYaml $container -}}
{{- end -}}

{{- /* The pod of a Deployment. */ -}}
{{- define "plane.podSpec" -}}
{{- $main := merge (dict "use" "main") . -}}
{{- $containers := list (include "plane.mainContainer" . | fromYaml) -}}
{{- $spec := dict
  "affinity" (include "plane.affinity" . | fromYaml)
  "automountServiceAccountToken" false
  "containers" (concat $containers (default (list) .values.extraContainers))
  "serviceAccountName" (index .names (printf "%sAccount" .part))
  "terminationGracePeriodSeconds" .values.terminationGracePeriodSeconds
  "volumes" (include "plane.volumes" $main | fromYamlArray)
-}}
{{- with include "plane.initContainers" . | fromYamlArray -}}
{{- $_ := set $spec "initContainers" . -}}
{{- end -}}
{{- if not .values.disableTopologySpreadConstraints -}}
{{- $_ := set $spec "topologySpreadConstraints" (include "plane.spread" . | fromYamlArray) -}}
{{- end -}}
{{- range $key := list "nodeSelector" "tolerations" "imagePullSecrets" "priorityClassName" -}}
{{- with index $.values $key -}}
{{- $_ := set $spec $key . -}}
{{- end -}}
{{- end -}}
{{- with .values.podSecurityContext -}}
{{- $_ := set $spec "securityContext" . -}}
{{- end -}}
{{- toYaml $spec -}}
{{- end -}}

{{- /* Metadata of the pods; the checksum restarts them when their configuration changes. */ -}}
{{- define "plane.podMetadata" -}}
{{- $sum := include (printf "plane.config.%s" .part) .root | sha256sum -}}
{{- if eq .part "auth" -}}
{{- $sum = print $sum (include "plane.config.startup" .root) | sha256sum -}}
{{- end -}}
{{- $labels := include "plane.labels" (list .root .part .values.extraLabels.pod) | fromYaml -}}
{{- if eq .part "auth" -}}
{{- $_ := set $labels "app" .root.Release.Name -}}
{{- end -}}
{{- toYaml (dict "labels" $labels "annotations" (merge (dict "checksum/config" $sum) (default (dict) .values.annotations.pod))) -}}
{{- end -}}

{{- define "plane.budget" -}}
{{- $ha := .values.highAvailability.podDisruptionBudget -}}
{{- if $ha.enabled }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{- include "plane.metadata" (dict "root" .root "part" .part "name" (printf "%s-%s" .root.Release.Name .part) "labels" .values.extraLabels.podDisruptionBudget) | nindent 2 }}
spec:
  minAvailable: {{ $ha.minAvailable }}
  selector:
    matchLabels: {{- include "plane.selector" (list .root .part) | nindent 6 }}
{{- end }}
{{- end -}}
