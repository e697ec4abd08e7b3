import { isRegExp, matchesPattern, patternRegex } from "../access/pattern";
import { ENTERPRISE_PRESET_ROLES, isPresetRole, PRESET_ROLES } from "../preset-roles";
import {
  type At,
  type Check,
  type Declared,
  entries,
  type Fault,
  faultAt,
  type PlaneFacts,
  texts,
  when,
} from "./fault";
import { didYouMean } from "../did-you-mean";
import { quoted } from "../quoted";
import { mapping, list, text } from "../values";

/** Resources that name roles or bots: what they name has to exist. */

/** A reference to a role. */
interface Reference {
  at: At;
  role: string;
  /** Teleport takes patterns here, and does not ask whether a role exists. */
  matcher?: boolean;
}

const named = (at: At, value: unknown): Reference[] =>
  texts(value).map(([i, role]) => ({ at: [...at, i], role }));

/** Roles in the mappings of a list, such as `teams_to_roles`. */
const mapped = (at: At, value: unknown, key = "roles"): Reference[] =>
  list(value).flatMap((item, i) => named([...at, i, key], mapping(item)[key]));

/** Fields of each kind that reference roles, from the spec down. */
const PLACES: Record<string, (spec: Readonly<Record<string, unknown>>, at: At) => Reference[]> = {
  users: (spec, at) => named([...at, "roles"], spec["roles"]),
  bots: (spec, at) => named([...at, "roles"], spec["roles"]),
  githubConnectors: (spec, at) => mapped([...at, "teams_to_roles"], spec["teams_to_roles"]),
  oidcConnectors: (spec, at) => mapped([...at, "claims_to_roles"], spec["claims_to_roles"]),
  samlConnectors: (spec, at) => mapped([...at, "attributes_to_roles"], spec["attributes_to_roles"]),
  trustedClusters: (spec, at) => mapped([...at, "role_map"], spec["role_map"], "local"),
  accessLists: (spec, at) =>
    ["grants", "owner_grants", "membership_requires", "ownership_requires"].flatMap((key) =>
      named([...at, key, "roles"], mapping(spec[key])["roles"]),
    ),
  roles: (spec, at) => inRole(mapping(spec["allow"]), [...at, "allow"]),
};

function inRole(allow: Readonly<Record<string, unknown>>, at: At): Reference[] {
  const matchers: [string, string][] = [
    ["request", "roles"],
    ["request", "search_as_roles"],
    ["review_requests", "roles"],
    ["review_requests", "preview_as_roles"],
    ["impersonate", "roles"],
  ];
  return [
    ...matchers.flatMap(([key, field]) => named([...at, key, field], mapping(allow[key])[field])),
    ...["request", "review_requests"].flatMap((key) =>
      mapped([...at, key, "claims_to_roles"], mapping(allow[key])["claims_to_roles"]),
    ),
    ...mapped([...at, "join_sessions"], allow["join_sessions"]),
  ].map((reference) => ({ ...reference, matcher: true }));
}

/** True for templates and captures, which only a login fills in. */
const isTemplate = (role: string) => /\{\{|\$(\d|\{)/.test(role);
const isPattern = (role: string) => role.includes("*") || /^\^.*\$$/.test(role);
const isSound = (pattern: string) => isRegExp(patternRegex(pattern));

function roleFault(
  { at, role, matcher = false }: Reference,
  declared: readonly string[],
  { edition, ownRoles }: PlaneFacts,
): Fault[] {
  if (isTemplate(role)) return [];
  if (matcher && isPattern(role)) {
    const message = `is ${quoted(role)}, which is not a regular expression of Go (RE2): correct it.`;
    return when(!isSound(role), at, message);
  }
  if ([...declared, ...ownRoles, ...PRESET_ROLES].includes(role)) return [];
  const verdict = matcher ? { warning: true } : {};
  if (isPresetRole(role)) {
    if (edition === "enterprise") return [];
    return faultAt(
      at,
      `is ${quoted(role)}, a preset of the enterprise edition only: name another role.`,
      verdict,
    );
  }
  const meant = didYouMean(role, [
    ...declared,
    ...ownRoles,
    ...PRESET_ROLES,
    ...ENTERPRISE_PRESET_ROLES,
  ]);
  const hint = meant === undefined ? "" : ` (did you mean ${meant}?)`;
  return faultAt(
    at,
    matcher
      ? `is ${quoted(role)}, which is neither declared here nor a preset${hint}: unless it exists elsewhere, this matches nothing.`
      : `is ${quoted(role)}, which is neither declared here nor a preset of Teleport${hint}: declare it under resources.roles, or correct it.`,
    { involves: [["roles", role], ["presets"]], ...verdict },
  );
}

/** Roles that users, connectors, access lists, bots, trusted clusters and other roles name. */
export const roleReferences: Check = (resources, around) => {
  const declared = Object.keys(mapping(resources["roles"]));
  return Object.entries(PLACES).flatMap(([collection, places]) =>
    entries(resources, collection).flatMap(({ at, spec }) =>
      places(spec, [...at, "spec"]).flatMap((reference) => roleFault(reference, declared, around)),
    ),
  );
};

/** True if a name or a pattern matches a role. */
function meansRole(pattern: string, role: string): boolean {
  return isTemplate(pattern) || !isSound(pattern) || matchesPattern(role, pattern);
}

/** All references to a role: collection, entry, and whether it is a name or a pattern. */
const mentions = (resources: Declared) =>
  Object.entries(PLACES).flatMap(([collection, places]) =>
    entries(resources, collection).flatMap(({ name, at, spec }) =>
      places(spec, [...at, "spec"])
        // A reference to itself does not count as a holder.
        .filter(({ role }) => collection !== "roles" || role !== name)
        .map(({ role }) => ({ collection, role })),
    ),
  );

/** Declared roles that no user, connector, list, bot or other role names, in whichever way. */
export function unheldRoles(resources: Declared): string[] {
  const named = mentions(resources);
  return Object.keys(mapping(resources["roles"])).filter(
    (role) => !named.some((mention) => meansRole(mention.role, role)),
  );
}

/**
 * Tells which roles somebody can hold who logs in through an OIDC or SAML connector: those that anything but
 * local users and bots names.
 */
export function heldThroughSingleSignOn(resources: Declared): (role: string) => boolean {
  const connectors = ["oidcConnectors", "samlConnectors"];
  if (connectors.every((name) => Object.keys(mapping(resources[name])).length === 0)) {
    return () => false;
  }
  const named = mentions(resources).filter(
    ({ collection }) => collection !== "users" && collection !== "bots",
  );
  return (role) => named.some((mention) => meansRole(mention.role, role));
}

/** Users and bots that could do nothing at all, and bots that tokens name. */
export const holders: Check = (resources) => {
  const bots = Object.keys(mapping(resources["bots"]));
  return [
    ...["users", "bots"].flatMap((collection) =>
      entries(resources, collection)
        .filter(({ spec }) => list(spec["roles"]).length === 0)
        .map(({ at }) => ({
          at: [...at, "spec", "roles"],
          message:
            collection === "users"
              ? "names no role, but Teleport refuses logins without one: name at least one."
              : "names no role, so the bot's certificates would give no access: name at least one.",
          warning: true,
        })),
    ),
    ...entries(resources, "provisionTokens").flatMap(({ at, spec }): Fault[] => {
      const bot = text(spec["bot_name"]);
      if (bot === "" || bots.includes(bot)) return [];
      return faultAt(
        [...at, "spec", "bot_name"],
        `is ${quoted(bot)}, which is not declared here: declare it under resources.bots, unless it exists elsewhere.`,
        { warning: true, involves: [["bots", bot]] },
      );
    }),
  ];
};
