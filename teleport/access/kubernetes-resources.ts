import type { KubernetesResource, Role } from "./input";
import { SINGULAR_KINDS } from "../kubernetes-kinds";
import { matchesPattern } from "./pattern";

const ALL: KubernetesResource = {
  kind: "*",
  apiGroup: "*",
  namespace: "*",
  name: "*",
  verbs: ["*"],
};

const clusterWide = Object.values(SINGULAR_KINDS).filter((kind) => kind.clusterWide);

/** Translates a rule of a role up to v7 to v8. */
function modern(rule: KubernetesResource): KubernetesResource[] {
  if (rule.kind === "namespace") {
    // Up to v7 the kind `namespace` means the namespace and everything in it.
    const namespace = rule.name === "*" ? "^.+$" : rule.name;
    return [
      { ...rule, kind: "*", apiGroup: "*", name: "*", namespace },
      { ...rule, kind: "namespaces", apiGroup: "", name: namespace, namespace: "" },
    ];
  }
  const known = SINGULAR_KINDS[rule.kind];
  if (known !== undefined) {
    const namespace = known.clusterWide ? "" : rule.namespace;
    return [{ ...rule, kind: known.plural, apiGroup: known.apiGroup, namespace }];
  }
  if (rule.kind !== "*") return [{ ...rule, apiGroup: "*" }];
  return [
    { ...rule, apiGroup: "*" },
    // Up to v7 the namespace of a rule does not limit cluster-wide kinds.
    ...clusterWide
      .filter(({ plural }) => plural !== "namespaces")
      .map(({ plural }) => ({ ...rule, kind: plural, apiGroup: "*", namespace: "" })),
  ];
}

/**
 * `allow.kubernetes_resources` of a role with the defaults of its version: no rules mean everything,
 * except in v6; up to v6 every rule allows all verbs.
 * Source: Teleport's access-controls reference, "Role versions"; api/types/role.go of Teleport 18.
 */
export function withDefaults(
  version: Role["version"],
  rules: readonly KubernetesResource[],
): KubernetesResource[] {
  if (rules.length === 0 && version !== "v6") {
    return [{ ...ALL, kind: version === "v5" ? "pod" : "*" }];
  }
  return rules.map((rule) => (limitsVerbs(version) ? rule : { ...rule, verbs: ["*"] }));
}

function limitsVerbs(version: Role["version"]): boolean {
  return version === "v7" || version === "v8";
}

/** Translates rules under `allow` to v8. Up to v6 they limit only pods. */
export function allowedResources(
  version: Role["version"],
  rules: readonly KubernetesResource[],
): KubernetesResource[] {
  if (limitsVerbs(version)) return deniedResources(version, rules);
  const [only] = rules;
  if (rules.length === 1 && only?.name === "*" && only.namespace === "*") return [ALL];
  return [
    ...rules.flatMap(modern),
    ...Object.values(SINGULAR_KINDS)
      .filter(({ plural }) => plural !== "pods" && plural !== "namespaces")
      .map(({ plural, apiGroup }) => ({ ...ALL, kind: plural, apiGroup })),
  ];
}

/** Translates rules under `deny` to v8. */
export function deniedResources(
  version: Role["version"],
  rules: readonly KubernetesResource[],
): KubernetesResource[] {
  return version === "v8" ? [...rules] : rules.flatMap(modern);
}

/** A request to the Kubernetes API: one verb on one object; "" for no namespace. */
export interface KubernetesRequest {
  kind: string;
  apiGroup: string;
  namespace: string;
  name: string;
  verb: string;
}

const READ = ["get", "list", "watch"];

/**
 * Whether one rule covers a request. A rule that allows anything in a namespace also allows reading
 * the namespace. Throws PatternError.
 * Source: lib/utils/replace.go of Teleport 18.
 */
export function coversRequest(
  rule: KubernetesResource,
  request: KubernetesRequest,
  condition: "allow" | "deny",
): boolean {
  if (rule.verbs[0] !== "*" && !rule.verbs.includes(request.verb)) return false;
  const group = () => matchesPattern(request.apiGroup, rule.apiGroup);
  if (request.kind === "namespaces") {
    const look = condition === "allow" && READ.includes(request.verb);
    if (look && rule.kind !== "namespaces" && rule.namespace !== "") {
      return matchesPattern(request.name, rule.namespace);
    }
    if (look && rule.kind === "namespaces" && rule.name !== "") {
      return matchesPattern(request.name, rule.name);
    }
    if ((rule.kind !== "namespaces" && rule.kind !== "*") || !group()) return false;
    const anywhere = rule.namespace === "" || rule.namespace === "*";
    const named = rule.kind === "namespaces" || anywhere ? rule.name : rule.namespace;
    return matchesPattern(request.name, named);
  }
  if (rule.kind !== request.kind && rule.kind !== "*") return false;
  if (!group() || !matchesPattern(request.name, rule.name)) return false;
  if (request.namespace === "" && rule.namespace !== "" && rule.namespace !== "*") return false;
  return matchesPattern(request.namespace, rule.namespace);
}

/** Whether a rule covers everything. */
export function coversAll(rule: KubernetesResource): boolean {
  const { kind, apiGroup, namespace, name, verbs } = rule;
  return [kind, apiGroup, namespace, name, verbs[0]].every((part) => part === "*");
}

/** Rules in words; only "everything" if one of them covers everything. */
export function resourcesText(rules: readonly KubernetesResource[]): string {
  return rules.some(coversAll) ? "everything" : rules.map(resourceText).join("; ");
}

/** A rule in words, such as `get, list pods in team-a`. */
export function resourceText(rule: KubernetesResource): string {
  if (coversAll(rule)) return "everything";
  const verbs = rule.verbs[0] === "*" ? "all verbs on" : rule.verbs.join(", ");
  const group = rule.apiGroup === "" || rule.apiGroup === "*" ? "" : `.${rule.apiGroup}`;
  const kind = rule.kind === "*" ? "everything" : `${rule.kind}${group}`;
  const name = rule.name === "*" || rule.name === "" ? "" : ` "${rule.name}"`;
  const { namespace } = rule;
  if (namespace === "*") return `${verbs} ${kind}${name}`;
  return `${verbs} ${kind}${name}${namespace === "" ? " (cluster)" : ` in ${namespace}`}`;
}
