/**
 * A second implementation of Teleport's access rules, from its documentation and in its order of steps, to compare
 * with the model. It is slow and simple on purpose: no expressions, no unknown traits.
 */
export interface PlainRole {
  version: "v5" | "v6" | "v7" | "v8";
  allow: PlainConditions;
  deny: PlainConditions;
}

export interface PlainConditions {
  labels: Record<string, string[]>;
  groups: string[];
  resources: PlainRule[];
}

export interface PlainRule {
  kind: string;
  api_group: string;
  namespace: string;
  name: string;
  verbs: string[];
}

export interface PlainRequest {
  kind: string;
  apiGroup: string;
  namespace: string;
  name: string;
  verb: string;
}

/** A glob, character by character: `*` is any number of characters. */
export function glob(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  if (pattern.startsWith("*")) {
    for (let skip = 0; skip <= text.length; skip++) {
      if (glob(pattern.slice(1), text.slice(skip))) return true;
    }
    return false;
  }
  return text !== "" && text[0] === pattern[0] && glob(pattern.slice(1), text.slice(1));
}

/** `{{external.x}}` becomes each value of the trait. Without the trait it is dropped. */
export function fill(text: string, traits: Record<string, string[]>): string[] | undefined {
  const start = text.indexOf("{{external.");
  if (start < 0) return [text];
  const end = text.indexOf("}}");
  const values = traits[text.slice(start + "{{external.".length, end)] ?? [];
  const filled = values.filter((value) => value !== "");
  if (filled.length === 0) return undefined;
  return filled.map((value) => text.slice(0, start) + value + text.slice(end + 2));
}

const fillAll = (list: string[], traits: Record<string, string[]>) =>
  list.flatMap((text) => fill(text, traits) ?? []);

/** An empty selector selects nothing, the double wildcard everything. Otherwise every key needs one of its values. */
export function labelsMatch(
  selector: Record<string, string[]>,
  labels: Record<string, string>,
  traits: Record<string, string[]>,
): boolean {
  if (Object.keys(selector).length === 0) return false;
  const values = (key: string) => [
    ...new Set((selector[key] ?? []).flatMap((value) => fill(value, traits) ?? [""])),
  ];
  if (values("*").join() === "*") return true;
  for (const key of Object.keys(selector)) {
    if (!(key in labels)) return false;
    let matched = false;
    for (const value of values(key)) if (glob(value, labels[key] ?? "")) matched = true;
    if (!matched) return false;
  }
  return true;
}

/** Old kinds in this test: plural, API group, and whether they are cluster-wide. */
const OLD: Record<string, [string, string, boolean]> = {
  pod: ["pods", "", false],
  secret: ["secrets", "", false],
  deployment: ["deployments", "apps", false],
  namespace: ["namespaces", "", true],
  kube_node: ["nodes", "", true],
};
/** Every kind of old roles, because up to v6 they limit only pods. */
const KNOWN = ["secrets", "deployments", "nodes"];

const verbCovers = (rule: PlainRule, verb: string) =>
  rule.verbs[0] === "*" || rule.verbs.includes(verb);

/** A rule of v8. */
function covers8(rule: PlainRule, request: PlainRequest, allow: boolean): boolean {
  if (!verbCovers(rule, request.verb)) return false;
  const reading = ["get", "list", "watch"].includes(request.verb);
  if (request.kind === "namespaces" && allow && reading) {
    if (rule.kind === "namespaces" && rule.name !== "") return glob(rule.name, request.name);
    if (rule.kind !== "namespaces" && rule.namespace !== "") {
      return glob(rule.namespace, request.name);
    }
  }
  if (rule.kind !== "*" && rule.kind !== request.kind) return false;
  if (!glob(rule.api_group, request.apiGroup)) return false;
  if (request.kind === "namespaces") {
    const byName = rule.kind === "namespaces" || ["", "*"].includes(rule.namespace);
    return glob(byName ? rule.name : rule.namespace, request.name);
  }
  if (!glob(rule.name, request.name)) return false;
  return request.namespace === ""
    ? ["", "*"].includes(rule.namespace)
    : glob(rule.namespace, request.namespace);
}

/** A rule up to v7, with singular kinds and without API groups. */
function covers7(rule: PlainRule, request: PlainRequest, allow: boolean): boolean {
  if (!verbCovers(rule, request.verb)) return false;
  const reading = ["get", "list", "watch"].includes(request.verb);
  if (rule.kind === "namespace") {
    // The kind `namespace` meant the namespace and everything in it.
    if (request.kind === "namespaces") {
      return rule.name === "*" ? request.name !== "" : glob(rule.name, request.name);
    }
    if (request.namespace === "") return false;
    return rule.name === "*" || glob(rule.name, request.namespace);
  }
  const [plural, group, clusterWide] = OLD[rule.kind] ?? [rule.kind, "*", false];
  const outside = ["nodes"].includes(request.kind);
  if (request.kind === "namespaces") {
    if (allow && reading && !clusterWide && rule.namespace !== "") {
      return glob(rule.namespace, request.name);
    }
    if (rule.kind !== "*") return false;
    return glob(["", "*"].includes(rule.namespace) ? rule.name : rule.namespace, request.name);
  }
  if (rule.kind !== "*" && (plural !== request.kind || group !== request.apiGroup)) return false;
  if (!glob(rule.name, request.name)) return false;
  // Namespaces did not limit cluster-wide kinds.
  if ((clusterWide || (rule.kind === "*" && outside)) && request.namespace === "") return true;
  if (clusterWide) return false;
  return request.namespace === ""
    ? ["", "*"].includes(rule.namespace)
    : glob(rule.namespace, request.namespace);
}

function fillRule(rule: PlainRule, traits: Record<string, string[]>): PlainRule[] {
  const part = (text: string) => (text === "" ? [""] : (fill(text, traits) ?? []));
  return part(rule.namespace).flatMap((namespace) =>
    part(rule.name).map((name) => ({ ...rule, namespace, name })),
  );
}

function roleCovers(
  role: PlainRole,
  condition: "allow" | "deny",
  request: PlainRequest,
  traits: Record<string, string[]>,
): boolean {
  const allow = condition === "allow";
  const limitsVerbs = role.version === "v7" || role.version === "v8";
  const written = role[condition].resources;
  if (allow && written.length === 0 && role.version !== "v6") return true;
  const rules = written
    .map((rule) => (allow && !limitsVerbs ? { ...rule, verbs: ["*"] } : rule))
    .flatMap((rule) => fillRule(rule, traits));
  if (role.version === "v8") return rules.some((rule) => covers8(rule, request, allow));
  if (!allow || limitsVerbs) return rules.some((rule) => covers7(rule, request, allow));
  // v5 and v6 limit pods only.
  if (rules.length === 1 && rules[0]?.name === "*" && rules[0].namespace === "*") return true;
  if (rules.some((rule) => covers7(rule, request, true))) return true;
  // They do not limit other kinds in any namespace, so every namespace can be read.
  if (request.kind === "namespaces") return ["get", "list", "watch"].includes(request.verb);
  return KNOWN.includes(request.kind);
}

/** Groups of a request to the cluster. Undefined if Teleport refuses it. */
export function groupsFor(
  roles: PlainRole[],
  traits: Record<string, string[]>,
  labels: Record<string, string>,
  request: PlainRequest,
): string[] | undefined {
  for (const { deny } of roles) if (labelsMatch(deny.labels, labels, traits)) return undefined;
  for (const role of roles) if (roleCovers(role, "deny", request, traits)) return undefined;
  const matching = roles.filter(
    (role) =>
      labelsMatch(role.allow.labels, labels, traits) && roleCovers(role, "allow", request, traits),
  );
  const groups = new Set(matching.flatMap(({ allow }) => fillAll(allow.groups, traits)));
  for (const { deny } of roles) {
    const holds = Object.keys(deny.labels).length === 0;
    if (holds) for (const group of fillAll(deny.groups, traits)) groups.delete(group);
  }
  return groups.size === 0 ? undefined : [...groups].sort();
}
