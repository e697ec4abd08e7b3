/**
 * Kubernetes kinds in Teleport's roles. Source: KubernetesResourcesKinds and
 * KubernetesResourcesV7KindGroups in api/types/constants.go of Teleport 18.
 */

const RBAC = "rbac.authorization.k8s.io";

export interface KubernetesKind {
  plural: string;
  /** Empty for the core group. */
  apiGroup: string;
  clusterWide?: true;
}

/** Kinds by their name in roles up to v7. */
export const SINGULAR_KINDS: Record<string, KubernetesKind> = {
  pod: { plural: "pods", apiGroup: "" },
  secret: { plural: "secrets", apiGroup: "" },
  configmap: { plural: "configmaps", apiGroup: "" },
  namespace: { plural: "namespaces", apiGroup: "", clusterWide: true },
  service: { plural: "services", apiGroup: "" },
  serviceaccount: { plural: "serviceaccounts", apiGroup: "" },
  kube_node: { plural: "nodes", apiGroup: "", clusterWide: true },
  persistentvolume: { plural: "persistentvolumes", apiGroup: "", clusterWide: true },
  persistentvolumeclaim: { plural: "persistentvolumeclaims", apiGroup: "" },
  deployment: { plural: "deployments", apiGroup: "apps" },
  replicaset: { plural: "replicasets", apiGroup: "apps" },
  statefulset: { plural: "statefulsets", apiGroup: "apps" },
  daemonset: { plural: "daemonsets", apiGroup: "apps" },
  clusterrole: { plural: "clusterroles", apiGroup: RBAC, clusterWide: true },
  kube_role: { plural: "roles", apiGroup: RBAC },
  clusterrolebinding: { plural: "clusterrolebindings", apiGroup: RBAC, clusterWide: true },
  rolebinding: { plural: "rolebindings", apiGroup: RBAC },
  cronjob: { plural: "cronjobs", apiGroup: "batch" },
  job: { plural: "jobs", apiGroup: "batch" },
  certificatesigningrequest: {
    plural: "certificatesigningrequests",
    apiGroup: "certificates.k8s.io",
    clusterWide: true,
  },
  ingress: { plural: "ingresses", apiGroup: "networking.k8s.io" },
};

/** Plural names of the core API group. Roles of version 8 need no `api_group` for them. */
export const CORE_PLURALS = new Set([
  "*",
  "bindings",
  "componentstatuses",
  "configmaps",
  "endpoints",
  "events",
  "limitranges",
  "namespaces",
  "nodes",
  "persistentvolumeclaims",
  "persistentvolumes",
  "pods",
  "podtemplates",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "serviceaccounts",
  "services",
]);

const kindKey = ({ plural, apiGroup }: KubernetesKind) =>
  apiGroup === "" ? plural : `${plural}.${apiGroup}`;

/** `plural.group` of Kubernetes' namespaced kinds. Roles of version 8 must name their namespace. */
export const NAMESPACED_KINDS = new Set([
  ...Object.values(SINGULAR_KINDS)
    .filter(({ clusterWide }) => clusterWide !== true)
    .map(kindKey),
  "bindings",
  "controllerrevisions.apps",
  "csistoragecapacities.storage.k8s.io",
  "endpoints",
  "endpointslices.discovery.k8s.io",
  "events",
  "events.events.k8s.io",
  "horizontalpodautoscalers.autoscaling",
  "leases.coordination.k8s.io",
  "limitranges",
  "localsubjectaccessreviews.authorization.k8s.io",
  "networkpolicies.networking.k8s.io",
  "poddisruptionbudgets.policy",
  "podtemplates",
  "replicationcontrollers",
  "resourcequotas",
]);
