import { checkAccess } from "./check";
import { unique } from "./decision";
import { findings, type AccessFinding } from "./findings";
import type { Grant, PrincipalAccess, TeleportRule } from "./grant";
import { refText, type AccessInput, type Principal, type Role } from "./input";
import type { ResourceRef } from "./input";
import { requestableRoles } from "./requests";

/** Who can reach what, as far as settings show. */
export interface AccessModel {
  principals: PrincipalAccess[];
  resources: ResourceRef[];
  /** Names of the declared roles. */
  roles: string[];
  /** What a reviewer should check, the most dangerous first. */
  findings: AccessFinding[];
  /** What the model does not take into account. */
  notes: string[];
}

function teleportRules(roles: readonly Role[]): TeleportRule[] {
  return roles.flatMap((role) => role.allow.rules.map((rule) => ({ role: role.name, ...rule })));
}

function principalAccess(principal: Principal, input: AccessInput): PrincipalAccess {
  const known = (names: readonly string[]) => names.flatMap((name) => input.roles.get(name) ?? []);
  const standing = known(principal.roles);
  const requestable = requestableRoles(standing, principal, input.roles);
  const reach = (roles: readonly Role[], how: Grant["how"]): Grant[] =>
    input.resources.flatMap((resource) => {
      const found = checkAccess(roles, principal.traits, resource, input.bindings);
      if (found === undefined) return [];
      const { uncertain = [] } = principal;
      if (uncertain.length === 0) return [{ ...found, how }];
      return [{ ...found, how, verdict: "undecided", why: unique([...found.why, ...uncertain]) }];
    });
  const now = reach(standing, "standing");
  // Each requested role alone, because one role may deny what another allows.
  const asked = known(requestable).flatMap((role) =>
    reach([...standing, role], "request").filter((grant) => grant.roles.includes(role.name)),
  );
  return {
    kind: principal.kind,
    name: principal.name,
    roles: principal.roles,
    unknownRoles: unique([...principal.roles, ...requestable]).filter(
      (name) => !input.roles.has(name),
    ),
    requestable,
    grants: [...now, ...onRequestOnly(now, asked)],
    teleport: teleportRules(standing),
    notes: principal.notes,
  };
}

/** Grants that only a request gives. Clusters and databases stay, because their rights may differ. */
function onRequestOnly(now: readonly Grant[], asked: readonly Grant[]): Grant[] {
  const same = (a: Grant, b: Grant) =>
    refText(a.resource) === refText(b.resource) && a.verdict === b.verdict;
  return asked.filter(
    (grant) => grant.resource.kind !== "app" || !now.some((other) => same(other, grant)),
  );
}

/** Computes who can reach what. */
export function accessModel(input: AccessInput): AccessModel {
  const principals = input.principals.map((principal) => principalAccess(principal, input));
  const resources = input.resources.map(({ kind, name }) => ({ kind, name }));
  return {
    principals,
    resources,
    roles: [...input.roles.keys()],
    findings: findings(principals, input),
    notes: input.notes,
  };
}
