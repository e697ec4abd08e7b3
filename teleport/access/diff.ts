import { unique } from "./decision";
import { byDanger, grantDangers, isPowerful, listText, type Danger } from "./findings";
import type { Grant, KubernetesRule, PrincipalAccess } from "./grant";
import { refText } from "./input";
import { resourcesText, resourceText } from "./kubernetes-resources";
import type { AccessModel } from "./model";

/** One difference between two access models. */
export interface AccessChange {
  type: "added" | "removed" | "changed";
  /** The principal, such as `user/alice`, or the resource, such as `app/grafana`. */
  about: string;
  /** Resources that are reached, such as `app/grafana`. */
  resources: string[];
  /** Dangers, the worst first. Empty for a removal. */
  dangers: Danger[];
  /** Roles that give or gave it. */
  roles: string[];
  /** The rest of the sentence of `changeText`. */
  details: string[];
}

function ruleText({ groups, users, resources }: KubernetesRule): string {
  const as = [...groups.map((group) => `group ${group}`), ...users.map((user) => `user ${user}`)];
  return `${resourcesText(resources)} as ${as.length === 0 ? "somebody unknown" : as.join(", ")}`;
}

/** Details of a grant, such as Kubernetes groups and database users, one line each. */
export function grantDetails(grant: Grant): string[] {
  const { kubernetes, database } = grant;
  return [
    ...(kubernetes?.rules ?? []).map(ruleText),
    ...(kubernetes?.denied ?? []).map((rule) => `never ${resourceText(rule)}`),
    ...(kubernetes?.bindings ?? []).map(
      ({ group, kind, role, namespace }) =>
        `group ${group} is bound to ${kind} ${role}` +
        (namespace === undefined ? "" : ` in ${namespace}`),
    ),
    ...(database?.rules ?? []).map(({ users, names, createdWithRoles }) => {
      const as = createdWithRoles === undefined ? users : ["a user made for the session"];
      const of = names.length === 0 ? "no database by name" : `databases ${names.join(", ")}`;
      return `${of} as ${as.length === 0 ? "somebody unknown" : as.join(", ")}`;
    }),
    ...((kubernetes ?? database)?.unknown.map((reason) => `depends on ${reason}`) ?? []),
  ];
}

const key = (grant: Grant) =>
  `${refText(grant.resource)} ${grant.how} ${grant.how === "request" ? grant.roles.join() : ""}`;

function conditions(grant: Grant): string[] {
  return [
    ...(grant.how === "request" ? ["on request"] : []),
    ...(grant.verdict === "undecided" ? [`undecided (${grant.why.join(", ")})`] : []),
    grant.mfa ? "with MFA" : "without MFA",
  ];
}

function whole(type: "added" | "removed", about: string, grant: Grant): AccessChange {
  return {
    type,
    about,
    resources: [refText(grant.resource)],
    dangers: type === "added" ? grantDangers(grant) : [],
    roles: grant.roles,
    details: [...conditions(grant), ...grantDetails(grant)],
  };
}

function changed(about: string, before: Grant, after: Grant): AccessChange[] {
  const [was, is] = [conditions(before), conditions(after)];
  const [had, has] = [grantDetails(before), grantDetails(after)];
  const gained = has.filter((line) => !had.includes(line));
  const lost = had.filter((line) => !has.includes(line));
  const flipped = is.filter((line) => !was.includes(line));
  if (gained.length + lost.length + flipped.length === 0) return [];
  const dangers = grantDangers(after).filter((danger) => !grantDangers(before).includes(danger));
  return [
    {
      type: "changed",
      about,
      resources: [refText(after.resource)],
      dangers,
      roles: after.roles,
      details: [
        ...(after.how === "request" ? ["on request"] : []),
        ...flipped.map((line) => `now ${line}`),
        ...gained.map((line) => `gains ${line}`),
        ...lost.map((line) => `loses ${line}`),
      ],
    },
  ];
}

function grantChanges(about: string, before: readonly Grant[], after: readonly Grant[]) {
  const old = new Map(before.map((grant) => [key(grant), grant]));
  const now = new Map(after.map((grant) => [key(grant), grant]));
  return [
    ...[...now].flatMap(([id, grant]) => {
      const was = old.get(id);
      return was === undefined ? [whole("added", about, grant)] : changed(about, was, grant);
    }),
    ...[...old].filter(([id]) => !now.has(id)).map(([, grant]) => whole("removed", about, grant)),
  ];
}

/** Merges changes that differ only in the resource. */
function merged(changes: readonly AccessChange[]): AccessChange[] {
  const groups = new Map<string, AccessChange>();
  for (const change of changes) {
    const { resources, ...rest } = change;
    const id = JSON.stringify(rest);
    const same = groups.get(id);
    groups.set(
      id,
      same === undefined ? change : { ...same, resources: [...same.resources, ...resources] },
    );
  }
  return [...groups.values()];
}

function teleportChange(
  about: string,
  before: PrincipalAccess | undefined,
  after: PrincipalAccess,
) {
  const text = (principal: PrincipalAccess | undefined) =>
    unique(
      (principal?.teleport ?? [])
        .filter(isPowerful)
        .map(
          ({ resources, verbs }) => `may ${verbs.join(", ")} Teleport's ${resources.join(", ")}`,
        ),
    );
  const had = text(before);
  const gained = text(after).filter((line) => !had.includes(line));
  return gained.length === 0
    ? []
    : [plain("added", about, ["administers-teleport"], gained, after.roles)];
}

function plain(
  type: AccessChange["type"],
  about: string,
  dangers: Danger[],
  details: string[],
  roles: string[] = [],
): AccessChange {
  return { type, about, resources: [], dangers, roles, details };
}

/** Changes from one model to another: the dangerous first, then added, changed and removed ones. */
export function accessDiff(before: AccessModel, after: AccessModel): AccessChange[] {
  // A role is a principal only while nobody holds it. Changes of its holders are reported for the holders.
  const index = (model: AccessModel, other: AccessModel) => {
    const idle = (name: string) =>
      !other.roles.includes(name) ||
      other.principals.some((principal) => refText(principal) === `role/${name}`);
    const shown = model.principals.filter(({ kind, name }) => kind !== "role" || idle(name));
    return new Map(shown.map((principal) => [refText(principal), principal]));
  };
  const [old, now] = [index(before, after), index(after, before)];
  const changes = unique([...now.keys(), ...old.keys()]).flatMap((about) => {
    const [was, is] = [old.get(about), now.get(about)];
    return [
      ...(is === undefined ? [] : teleportChange(about, was, is)),
      ...merged(grantChanges(about, was?.grants ?? [], is?.grants ?? [])),
      ...(is !== undefined && was === undefined && is.grants.length === 0 && is.roles.length > 0
        ? [plain("added", about, [], ["is new and reaches nothing"], is.roles)]
        : []),
      ...(is === undefined && was?.grants.length === 0
        ? [plain("removed", about, [], ["is gone; it reached nothing"], was.roles)]
        : []),
    ];
  });
  const known = new Set(before.findings.map(({ text }) => text));
  const news = after.findings
    .filter(({ danger, text }) => !known.has(text) && isOfModel(danger))
    .map(({ danger, about, text }) => plain("changed", about, [danger], [text]));
  const order = { added: 0, changed: 1, removed: 2 };
  return [...news, ...changes].sort(
    (a, b) => byDanger(a.dangers, b.dangers) || order[a.type] - order[b.type],
  );
}

/** Dangers that do not come from a grant. */
function isOfModel(danger: Danger): boolean {
  return ["wildcard", "no-role", "unknown-role", "nobody", "unbound-group"].includes(danger);
}

/** A change as one sentence. */
export function changeText({ type, about, resources, roles, details }: AccessChange): string {
  if (resources.length === 0) {
    const [only = ""] = details;
    return type === "changed" ? only : `${about} ${details.join("; ")}`;
  }
  const through = roles.length === 0 ? "" : ` through role ${listText(roles)}`;
  const verb = { added: "can now reach", removed: "can no longer reach", changed: "keeps" }[type];
  const rest = details.length === 0 ? "" : `: ${details.join("; ")}`;
  return `${about} ${verb} ${listText(resources, 8)}${through}${rest}`;
}
