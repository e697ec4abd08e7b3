import { isPresetRole } from "../preset-roles";
import { unique } from "./decision";
import type { Grant, PrincipalAccess, TeleportRule } from "./grant";
import {
  KIND_TEXT,
  RESOURCE_KINDS,
  refText,
  type AccessInput,
  type ResourceKind,
  type ResourceRef,
  type Role,
} from "./input";

/** Reasons why access is dangerous or useless, the worst first. */
export const DANGERS = [
  "masters",
  "administers-teleport",
  "wildcard",
  "no-mfa",
  "no-role",
  "unknown-role",
  "nobody",
  "unbound-group",
  "undecided",
] as const;
export type Danger = (typeof DANGERS)[number];

/** Something that a reviewer should check. */
export interface AccessFinding {
  danger: Danger;
  /** Who or what it is about: `user/alice`, `role/admin`, `app/grafana`. */
  about: string;
  text: string;
}

/** Sorts lists of dangers, the worst first. */
export function byDanger(a: readonly Danger[], b: readonly Danger[]): number {
  const rank = (list: readonly Danger[]) =>
    Math.min(DANGERS.length, ...list.map((danger) => DANGERS.indexOf(danger)));
  return rank(a) - rank(b);
}

/** Groups with all rights in a cluster: `system:masters`, and those bound to `cluster-admin`. */
export function masterGroups(grant: Grant): string[] {
  const { groups = [], bindings = [] } = grant.kubernetes ?? {};
  return unique([
    ...groups.filter((group) => group === "system:masters"),
    ...bindings
      .filter(({ role, namespace }) => role === "cluster-admin" && namespace === undefined)
      .map(({ group }) => group),
  ]);
}

/** Dangers of one grant, the worst first. */
export function grantDangers(grant: Grant): Danger[] {
  const anyUser = grant.database?.rules.some(({ users }) => users.includes("*")) ?? false;
  return [
    ...(masterGroups(grant).length > 0 ? (["masters"] as const) : []),
    ...(anyUser ? (["wildcard"] as const) : []),
    ...(grant.mfa ? [] : (["no-mfa"] as const)),
    ...(grant.verdict === "undecided" ? (["undecided"] as const) : []),
  ];
}

/** Kinds of Teleport's own resources. Whoever can change one can give themselves any access. */
const POWERFUL = new Set([
  "*",
  "role",
  "user",
  "token",
  "auth_connector",
  "oidc",
  "saml",
  "github",
  "access_list",
  "login_rule",
  "cert_authority",
  "cluster_auth_preference",
  "trusted_cluster",
  "bot",
]);
const CHANGING = new Set(["*", "create", "update", "delete"]);

/** Whether a rule lets its holder change access itself. */
export function isPowerful({ resources, verbs }: TeleportRule): boolean {
  return (
    resources.some((resource) => POWERFUL.has(resource)) && verbs.some((verb) => CHANGING.has(verb))
  );
}

/** Kinds of resources that a role allows without limit (`"*": "*"`). */
export function wildcardKinds(role: Role): ResourceKind[] {
  return RESOURCE_KINDS.filter((kind) =>
    Object.entries(role.allow.labels[kind].labels).some(
      ([key, values]) => key === "*" && values.length === 1 && values[0] === "*",
    ),
  );
}

/** "a", "a and b", "a, b and 3 more". */
export function listText(items: readonly string[], most = 4): string {
  const shown = items.length <= most ? items : items.slice(0, most - 1);
  const rest = items.length - shown.length;
  const words = rest > 0 ? [...shown, `${rest} more`] : shown;
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}

function ofPrincipal(principal: PrincipalAccess, input: AccessInput): AccessFinding[] {
  const about = refText(principal);
  const found: AccessFinding[] = [];
  const add = (danger: Danger, text: string) => found.push({ danger, about, text });
  for (const grant of principal.grants) {
    const masters = masterGroups(grant);
    if (masters.length > 0) {
      add(
        "masters",
        `${about} has group ${listText(masters)} in ${refText(grant.resource)}, which may do everything` +
          (grant.how === "request" ? ", on request" : ""),
      );
    }
  }
  const powerful = principal.teleport.filter(isPowerful);
  if (powerful.length > 0) {
    add(
      "administers-teleport",
      `${about} may change Teleport's ${listText(unique(powerful.flatMap(({ resources }) => resources)))} ` +
        `(role ${listText(unique(powerful.map(({ role }) => role)))}), and so get any access`,
    );
  }
  const unguarded = principal.grants.filter(({ mfa, verdict }) => !mfa && verdict === "allowed");
  if (unguarded.length > 0) {
    const refs = unique(unguarded.map(({ resource }) => refText(resource)));
    add("no-mfa", `${about} reaches ${listText(refs)} without MFA at each session`);
  }
  if (principal.roles.length === 0) add("no-role", `${about} has no role`);
  for (const role of principal.unknownRoles) {
    const what = isPresetRole(role)
      ? "which is Teleport's own and not in this model"
      : "which the settings do not declare";
    add("unknown-role", `${about} names role ${role}, ${what}`);
  }
  const unbound = unique(
    principal.grants.flatMap(({ kubernetes }) => kubernetes?.unbound ?? []),
  ).filter((group) => !input.boundElsewhere.includes(group));
  if (unbound.length > 0) {
    add(
      "unbound-group",
      `${about} gets Kubernetes group ${listText(unbound)}, to which the settings bind nothing`,
    );
  }
  const open = principal.grants.filter(({ verdict }) => verdict === "undecided");
  for (const why of unique(open.map((grant) => listText(grant.why)))) {
    const refs = open
      .filter((grant) => listText(grant.why) === why)
      .map(({ resource }) => refText(resource));
    add("undecided", `${about} may reach ${listText(unique(refs))}: depends on ${why}`);
  }
  const rolesInUse = unique([...principal.roles, ...principal.requestable]);
  for (const name of rolesInUse) {
    const role = input.roles.get(name);
    const kinds = role === undefined ? [] : wildcardKinds(role);
    if (kinds.length === 0) continue;
    const text = `role ${name} allows every ${listText(kinds.map((kind) => KIND_TEXT[kind][0]))}, including future ones ("*": "*")`;
    found.push({ danger: "wildcard", about: `role/${name}`, text });
  }
  return found;
}

function reached(principals: readonly PrincipalAccess[], resource: ResourceRef): boolean {
  return principals.some(({ grants }) =>
    grants.some((grant) => refText(grant.resource) === refText(resource)),
  );
}

/** Everything that a reviewer should check, each once, the most dangerous first. */
export function findings(
  principals: readonly PrincipalAccess[],
  input: AccessInput,
): AccessFinding[] {
  const all = [
    ...principals.flatMap((principal) => ofPrincipal(principal, input)),
    ...(input.rolesElsewhere ? [] : input.resources)
      .filter((resource) => !reached(principals, resource))
      .map((resource): AccessFinding => {
        const about = refText(resource);
        return { danger: "nobody", about, text: `nobody can reach ${about}` };
      }),
  ];
  const texts = unique(all.map(({ text }) => text));
  return texts
    .flatMap((text) => all.find((finding) => finding.text === text) ?? [])
    .sort((a, b) => byDanger([a.danger], [b.danger]));
}
