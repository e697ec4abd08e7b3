import { allOf, anyOf, not, unique, type Decision } from "./decision";
import type {
  DatabaseAccess,
  DatabaseRule,
  Grant,
  KubernetesAccess,
  KubernetesRule,
} from "./grant";
import type { GroupBinding, KubernetesResource, Resource, Role } from "./input";
import { allowedResources, coversAll, deniedResources } from "./kubernetes-resources";
import { isEmpty, matchSelector } from "./labels";
import { expand, expandAll, type Traits } from "./traits";

interface Match {
  role: Role;
  decision: Decision;
}

function without(values: readonly string[], removed: readonly string[]): string[] {
  return values.filter((value) => !removed.includes(value));
}

/** Fills in the templates of `kubernetes_resources`. Leaves out rules whose template has no value. */
function fillResources(
  rules: readonly KubernetesResource[],
  traits: Traits,
): { resources: KubernetesResource[]; unknown: string[] } {
  const unknown: string[] = [];
  const fill = (text: string) => {
    if (text === "") return [""];
    const expansion = expand(text, traits);
    unknown.push(...expansion.unknown);
    return expansion.values;
  };
  const resources = rules.flatMap((rule) =>
    fill(rule.namespace).flatMap((namespace) =>
      fill(rule.name).map((name) => ({
        ...rule,
        namespace,
        name,
        verbs: rule.verbs.flatMap(fill),
      })),
    ),
  );
  return { resources, unknown };
}

/** Rules of `deny.kubernetes_resources`; they apply to every cluster. */
function denied(roles: readonly Role[], traits: Traits): KubernetesResource[] {
  return roles.flatMap((role) =>
    deniedResources(role.version, fillResources(role.deny.kubernetesResources, traits).resources),
  );
}

/**
 * Groups and users that deny rules remove. A deny rule without labels applies to every cluster.
 * Source: CheckKubeGroupsAndUsers and getKubeLabelMatchers in lib/services/role.go of Teleport 18.
 */
function deniedPrincipals(roles: readonly Role[], resource: Resource, traits: Traits) {
  const holding = roles.filter(
    ({ deny }) =>
      isEmpty(deny.labels.kubernetes) ||
      matchSelector(deny.labels.kubernetes, "deny", resource.labels, traits).answer === "yes",
  );
  const names = (field: "kubernetesGroups" | "kubernetesUsers") =>
    expandAll(holding.map(({ deny }) => deny[field]).flat(), traits).values;
  return { groups: names("kubernetesGroups"), users: names("kubernetesUsers") };
}

function kubernetesAccess(
  matches: readonly Match[],
  roles: readonly Role[],
  resource: Resource,
  traits: Traits,
  bindings: readonly GroupBinding[],
): KubernetesAccess | undefined {
  const taken = deniedPrincipals(roles, resource, traits);
  const unknown: string[] = [];
  const rules = matches.flatMap(({ role }): KubernetesRule[] => {
    const groups = expandAll(role.allow.kubernetesGroups, traits);
    const users = expandAll(role.allow.kubernetesUsers, traits);
    const filled = fillResources(role.allow.kubernetesResources, traits);
    const rule = {
      role: role.name,
      groups: without(groups.values, taken.groups),
      users: without(users.values, taken.users),
      resources: allowedResources(role.version, filled.resources),
    };
    const open = [...groups.unknown, ...users.unknown];
    // Teleport refuses a request without group and user.
    if (rule.groups.length + rule.users.length + open.length === 0) return [];
    if (rule.resources.length === 0 && filled.unknown.length === 0) return [];
    unknown.push(...open, ...filled.unknown);
    return [rule];
  });
  const forbidden = denied(roles, traits);
  if (rules.length === 0 || forbidden.some(coversAll)) return undefined;
  const groups = unique(rules.flatMap((rule) => rule.groups));
  const bound = bindings.filter(({ group }) => groups.includes(group));
  return {
    users: unique(rules.flatMap((rule) => rule.users)),
    groups,
    unknown: unique(unknown),
    rules,
    denied: forbidden,
    bindings: bound,
    unbound: groups.filter(
      (group) => !group.startsWith("system:") && !bound.some((binding) => binding.group === group),
    ),
  };
}

function databaseAccess(
  matches: readonly Match[],
  roles: readonly Role[],
  traits: Traits,
): DatabaseAccess | undefined {
  const unknown: string[] = [];
  const left = (values: readonly string[], field: "dbUsers" | "dbNames" | "dbRoles") => {
    const { values: given, unknown: open } = expandAll(values, traits);
    const removed = expandAll(roles.map(({ deny }) => deny[field]).flat(), traits).values;
    if (removed.includes("*")) return { values: [], open: 0 };
    unknown.push(...open);
    return { values: without(given, removed), open: open.length };
  };
  const rules = matches.flatMap(({ role }): DatabaseRule[] => {
    const users = left(role.allow.dbUsers, "dbUsers");
    const names = left(role.allow.dbNames, "dbNames");
    const created = left(role.allow.dbRoles, "dbRoles");
    if (!role.createDbUser && users.values.length + users.open === 0) return [];
    const rule = { role: role.name, users: users.values, names: names.values };
    return [role.createDbUser ? { ...rule, createdWithRoles: created.values } : rule];
  });
  return rules.length === 0 ? undefined : { rules, unknown: unique(unknown) };
}

/**
 * The grant of a resource to somebody with these roles and traits: a role allows it and none denies it.
 * Undefined if there is none.
 * Source: Teleport's access-controls reference; checkAccess in lib/services/role.go of Teleport 18.
 */
export function checkAccess(
  roles: readonly Role[],
  traits: Traits,
  resource: Resource,
  bindings: readonly GroupBinding[],
): Omit<Grant, "how"> | undefined {
  const { kind, name, labels } = resource;
  const denies = anyOf(
    roles.map(({ deny }) => matchSelector(deny.labels[kind], "deny", labels, traits)),
  );
  if (denies.answer === "yes") return undefined;
  const matches = roles
    .map((role) => ({
      role,
      decision: matchSelector(role.allow.labels[kind], "allow", labels, traits),
    }))
    .filter(({ decision }) => decision.answer !== "no");
  if (matches.length === 0) return undefined;

  const kubernetes =
    kind === "kubernetes"
      ? kubernetesAccess(matches, roles, resource, traits, bindings)
      : undefined;
  const database = kind === "database" ? databaseAccess(matches, roles, traits) : undefined;
  if (kind !== "app" && kubernetes === undefined && database === undefined) return undefined;

  const giving = (kubernetes ?? database)?.rules.map(({ role }) => role);
  const given = matches.filter(({ role }) => giving?.includes(role.name) ?? true);
  const decision = allOf([anyOf(given.map((match) => match.decision)), not(denies)]);
  // Users and groups can differ between roles, so one role without a second factor gives access without it.
  const sure = given.filter((match) => match.decision.answer === "yes");
  const always = given.every(({ role }) => role.mfa);
  const mfa = always || (kind === "app" && sure.some(({ role }) => role.mfa));
  return {
    resource: { kind, name },
    verdict: decision.answer === "yes" ? "allowed" : "undecided",
    why: decision.why,
    roles: given.map(({ role }) => role.name),
    mfa,
    kubernetes,
    database,
  };
}
