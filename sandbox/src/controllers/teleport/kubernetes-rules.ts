/** Refuses `kubernetes_resources` of a role by the rules of its version. */

interface Rule {
  kind?: string;
  api_group?: string;
  name?: string;
  namespace?: string;
  verbs?: string[];
}

/** Singular names of role version 7, with their API groups. */
const SINGULAR: Record<string, string> = {
  pod: "",
  secret: "",
  configmap: "",
  namespace: "",
  service: "",
  serviceaccount: "",
  kube_node: "",
  persistentvolume: "",
  persistentvolumeclaim: "",
  deployment: "apps",
  replicaset: "apps",
  statefulset: "apps",
  daemonset: "apps",
  clusterrole: "rbac.authorization.k8s.io",
  kube_role: "rbac.authorization.k8s.io",
  clusterrolebinding: "rbac.authorization.k8s.io",
  rolebinding: "rbac.authorization.k8s.io",
  cronjob: "batch",
  job: "batch",
  certificatesigningrequest: "certificates.k8s.io",
  ingress: "networking.k8s.io",
};

const CLUSTER_WIDE = new Set([
  "namespace",
  "kube_node",
  "persistentvolume",
  "clusterrole",
  "clusterrolebinding",
  "certificatesigningrequest",
]);

/** Plural names of the core group, and whether they live in a namespace. */
const CORE: Record<string, boolean> = {
  "*": false,
  bindings: true,
  componentstatuses: false,
  configmaps: true,
  endpoints: true,
  events: true,
  limitranges: true,
  namespaces: false,
  nodes: false,
  persistentvolumeclaims: true,
  persistentvolumes: false,
  pods: true,
  podtemplates: true,
  replicationcontrollers: true,
  resourcequotas: true,
  secrets: true,
  serviceaccounts: true,
  services: true,
};

const VERBS = new Set([
  "get",
  "create",
  "update",
  "patch",
  "delete",
  "list",
  "watch",
  "deletecollection",
  "exec",
  "portforward",
]);

/** The first fault for which Teleport would refuse a role's rules. Undefined if there is none. */
export function kubernetesRuleFault(version: string, rules: unknown): string | undefined {
  if (!Array.isArray(rules)) return undefined;
  for (const rule of rules as Rule[]) {
    const fault = verbFault(rule) ?? kindFault(version, rule);
    if (fault) return fault;
    if (!rule.name) return "KubernetesResource must include Name";
  }
  return undefined;
}

function verbFault({ verbs = [] }: Rule): string | undefined {
  for (const verb of verbs) {
    if (verb === "*" && verbs.length > 1) {
      return 'KubernetesResource verb "*" cannot be used with other verbs';
    }
    if (verb !== "*" && !VERBS.has(verb) && !verb.includes("{{")) {
      const known = [...VERBS].join(" ");
      return `KubernetesResource verb "${verb}" is invalid or unsupported; Supported: [* ${known}]`;
    }
  }
  return undefined;
}

function kindFault(version: string, rule: Rule): string | undefined {
  const kind = rule.kind ?? "";
  const group = rule.api_group ?? "";
  if (version === "v8") return pluralFault(kind, group, rule.namespace);
  if (group) {
    return `API Group "${group}" is not supported in role version "${version}". Upgrade the role version to "v8"`;
  }
  if (version !== "v7") {
    if (kind === "pod") return undefined;
    return `KubernetesResource kind "${kind}" is not supported in role version "${version}". Upgrade the role version to "v8"`;
  }
  if (kind !== "*" && !(kind in SINGULAR)) {
    const known = Object.keys(SINGULAR).join(" ");
    return `KubernetesResource kind "${kind}" is invalid or unsupported; Supported: [* ${known}]`;
  }
  if (!rule.namespace && !CLUSTER_WIDE.has(kind))
    return "KubernetesResource must include Namespace";
  return undefined;
}

function pluralFault(kind: string, group: string, namespace?: string): string | undefined {
  if (!kind) return 'KubernetesResource kind is required in role version "v8"';
  if (kind in SINGULAR && (group === "*" || group === SINGULAR[kind])) {
    return `KubernetesResource kind "${kind}" is invalid. Please use plural name for role version "v8"`;
  }
  if (!group && !(kind in CORE)) {
    return `KubernetesResource api_group is required for resource "${kind}" in role version "v8"`;
  }
  if (!group && CORE[kind] && !namespace) {
    return `KubernetesResource kind "${kind}" must include Namespace`;
  }
  return undefined;
}
