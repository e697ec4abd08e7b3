{{- /* Every name and version the objects share, as one dictionary: `include "plane.names" . | fromYaml`. */ -}}
{{- define "plane.names" -}}
{{- $release := .Release.Name -}}
{{- $version := coalesce .Values.teleportVersionOverride .Chart.Version -}}
{{- $major := int (semver $version).Major -}}
{{- $domain := default "cluster.local" .Values.global.clusterDomain -}}
{{- $suffix := printf "%s.svc.%s" .Release.Namespace $domain -}}
{{- $account := coalesce .Values.serviceAccount.name $release -}}
{{- $hook := ternary "-hook" "" .Values.serviceAccount.create -}}
{{- $headless := printf "%s-auth-v" ($release | trunc 54 | trimSuffix "-") -}}
{{- $authService := printf "%s-auth" ($release | trunc 58 | trimSuffix "-") -}}
{{- $operator := .Values.operator.fullnameOverride -}}
{{- if not $operator -}}
{{- $operator = printf "%s-%s" $release (default "teleport-operator" .Values.operator.nameOverride) -}}
{{- end -}}
{{- $operator = $operator | trunc 63 | trimSuffix "-" -}}
{{- $names := dict
  "version" $version
  "major" (toString $major)
  "previousMajor" (toString (sub $major 1))
  "authService" $authService
  "authAddress" (printf "%s.%s" $authService $suffix)
  "currentAuth" (printf "%s%d" $headless $major)
  "previousAuth" (printf "%s%d" $headless (sub $major 1))
  "previousAuthAddress" (printf "%s%d.%s" $headless (sub $major 1) $suffix)
  "authAccount" $account
  "authHookAccount" (print $account $hook)
  "proxyAccount" (print $account "-proxy")
  "proxyHookAccount" (print $account "-proxy" $hook)
  "operator" $operator
  "operatorAccount" (coalesce .Values.operator.serviceAccount.name $operator)
-}}
{{- toYaml $names -}}
{{- end -}}

{{- /* Labels that select the pods of a part. Argument: (list root part); an empty part selects all pods. */ -}}
{{- define "plane.selector" -}}
{{- $root := index . 0 -}}
{{- $part := index . 1 -}}
{{- $name := default $root.Chart.Name $root.Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- if eq $part "operator" -}}
{{- $name = default "operator" $root.Values.operator.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- $labels := dict "app.kubernetes.io/name" $name "app.kubernetes.io/instance" $root.Release.Name -}}
{{- if $part -}}
{{- $_ := set $labels "app.kubernetes.io/component" $part -}}
{{- end -}}
{{- toYaml $labels -}}
{{- end -}}

{{- /* All labels of an object. Argument: (list root part extra...), each extra a map that is added. */ -}}
{{- define "plane.labels" -}}
{{- $root := index . 0 -}}
{{- $part := index . 1 -}}
{{- $names := include "plane.names" $root | fromYaml -}}
{{- $labels := include "plane.selector" (list $root $part) | fromYaml -}}
{{- $chart := ternary "operator" $root.Chart.Name (eq $part "operator") -}}
{{- $version := $names.version -}}
{{- if eq $part "operator" -}}
{{- $version = coalesce $root.Values.operator.teleportVersionOverride $root.Chart.Version -}}
{{- $_ := set $labels "teleport.dev/release" (printf "%s_%s" $root.Release.Namespace $root.Release.Name) -}}
{{- end -}}
{{- $_ := set $labels "helm.sh/chart" (printf "%s-%s" $chart ($root.Chart.Version | replace "+" "_")) -}}
{{- $_ := set $labels "app.kubernetes.io/managed-by" $root.Release.Service -}}
{{- $_ := set $labels "app.kubernetes.io/version" $version -}}
{{- $_ := set $labels "teleport.dev/majorVersion" (toString (semver $version).Major) -}}
{{- range $extra := slice . 2 -}}
{{- $labels = merge (dict) (default (dict) $extra) $labels -}}
{{- end -}}
{{- toYaml $labels -}}
{{- end -}}

{{- /* `metadata` of a namespaced object. Argument: dict root, part, name, labels, annotations. */ -}}
{{- define "plane.metadata" -}}
{{- $meta := dict "name" .name "namespace" .root.Release.Namespace -}}
{{- $_ := set $meta "labels" (include "plane.labels" (list .root .part .labels) | fromYaml) -}}
{{- with .annotations -}}
{{- $_ := set $meta "annotations" . -}}
{{- end -}}
{{- toYaml $meta -}}
{{- end -}}

{{- /* Annotations of the hooks that test a configuration before it is deployed. Argument: weight. */ -}}
{{- define "plane.hook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}

{{- /* The root values with those of one part laid over them. Argument: (list root part). */ -}}
{{- define "plane.values" -}}
{{- $values := mustDeepCopy (index . 0).Values -}}
{{- toYaml (mustMergeOverwrite $values (index $values (index . 1))) -}}
{{- end -}}

{{- /* Values that the stand-in does not play are refused instead of being ignored. */ -}}
{{- define "plane.check" -}}
{{- if not .Values.clusterName -}}
{{- fail "clusterName: empty; set the cluster's domain name" -}}
{{- end -}}
{{- if contains ":" .Values.clusterName -}}
{{- fail (printf "clusterName: %q holds a colon; a port belongs into publicAddr" .Values.clusterName) -}}
{{- end -}}
{{- if not (has .Values.chartMode (list "standalone" "scratch")) -}}
{{- fail (printf "chartMode: the stand-in chart plays standalone and scratch, not %q" .Values.chartMode) -}}
{{- end -}}
{{- if .Values.ingress.enabled -}}
{{- fail "ingress.enabled: not played by the stand-in chart; use the vendor's" -}}
{{- end -}}
{{- if .Values.highAvailability.certManager.enabled -}}
{{- fail "highAvailability.certManager.enabled: not played by the stand-in chart; use tls.existingSecretName" -}}
{{- end -}}
{{- if and .Values.acme .Values.tls.existingSecretName -}}
{{- fail "acme and tls.existingSecretName exclude each other; keep one" -}}
{{- end -}}
{{- end -}}
