/** Kinds that roles up to v7 may name, with the resource and API group that they mean. */
const KINDS: Record<string, { plural: string; apiGroup: string; clusterWide?: true }> = {
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
  clusterrole: {
    plural: "clusterroles",
    apiGroup: "rbac.authorization.k8s.io",
    clusterWide: true,
  },
  kube_role: { plural: "roles", apiGroup: "rbac.authorization.k8s.io" },
  clusterrolebinding: {
    plural: "clusterrolebindings",
    apiGroup: "rbac.authorization.k8s.io",
    clusterWide: true,
  },
  rolebinding: { plural: "rolebindings", apiGroup: "rbac.authorization.k8s.io" },
  cronjob: { plural: "cronjobs", apiGroup: "batch" },
  job: { plural: "jobs", apiGroup: "batch" },
  certificatesigningrequest: {
    plural: "certificatesigningrequests",
    apiGroup: "certificates.k8s.io",
    clusterWide: true,
  },
  ingress: { plural: "ingresses", apiGroup: "networking.k8s.io" },
};

export { KINDS as OLD_KUBERNETES_KINDS };
