import { isRegExp, matchesPattern, patternRegex } from "../access/pattern";
import { ENTERPRISE_PRESET_ROLES, isPresetRole, PRESET_ROLES } from "../preset-roles";
import {
  entries,
  type Check,
  type Declared,
  type Fault,
  type Field,
  type PlaneFacts,
} from "./fault";
import { didYouMean } from "../did-you-mean";
import { quoted } from "../quoted";
import { mapping } from "../values";

/** Resources that name roles or bots: what they name has to exist. */

/** A reference to a role. */
interface Reference {
  field: Field;
  role: string;
  /** Teleport takes patterns here, and does not ask whether a role exists. */
  matcher?: boolean;
}

const named = (names: Field): Reference[] =>
  names.texts().map((field) => ({ field, role: field.text }));

/** Roles in the mappings of a list, such as `teams_to_roles`. */
const mapped = (mappings: Field, key = "roles"): Reference[] =>
  mappings.items().flatMap((item) => named(item.get(key)));

const LISTS = ["grants", "owner_grants", "membership_requires", "ownership_requires"];

/** Fields of each kind that reference roles, from the spec down. */
const PLACES: Record<string, (spec: Field) => Reference[]> = {
  users: (spec) => named(spec.get("roles")),
  bots: (spec) => named(spec.get("roles")),
  githubConnectors: (spec) => mapped(spec.get("teams_to_roles")),
  oidcConnectors: (spec) => mapped(spec.get("claims_to_roles")),
  samlConnectors: (spec) => mapped(spec.get("attributes_to_roles")),
  trustedClusters: (spec) => mapped(spec.get("role_map"), "local"),
  accessLists: (spec) => LISTS.flatMap((key) => named(spec.get(key, "roles"))),
  roles: (spec) => inRole(spec.get("allow")),
};

const inRole = (allow: Field): Reference[] =>
  [
    ...named(allow.get("request", "roles")),
    ...named(allow.get("request", "search_as_roles")),
    ...named(allow.get("review_requests", "roles")),
    ...named(allow.get("review_requests", "preview_as_roles")),
    ...named(allow.get("impersonate", "roles")),
    ...mapped(allow.get("request", "claims_to_roles")),
    ...mapped(allow.get("review_requests", "claims_to_roles")),
    ...mapped(allow.get("join_sessions")),
  ].map((reference) => ({ ...reference, matcher: true }));

/** True for templates and captures, which only a login fills in. */
const isTemplate = (role: string) => /\{\{|\$(\d|\{)/.test(role);
const isPattern = (role: string) => role.includes("*") || /^\^.*\$$/.test(role);
const isSound = (pattern: string) => isRegExp(patternRegex(pattern));

function roleFault(
  { field, role, matcher = false }: Reference,
  declared: readonly string[],
  { edition, ownRoles }: PlaneFacts,
): Fault[] {
  if (isTemplate(role)) return [];
  if (matcher && isPattern(role)) {
    return field.when(
      !isSound(role),
      `is ${quoted(role)}, which is not a regular expression of Go (RE2): correct it.`,
    );
  }
  const known = [...declared, ...ownRoles, ...PRESET_ROLES];
  if (known.includes(role)) return [];
  const verdict = matcher ? { warning: true } : {};
  if (isPresetRole(role)) {
    return field.when(
      edition !== "enterprise",
      `is ${quoted(role)}, a preset of the enterprise edition only: name another role.`,
      verdict,
    );
  }
  const meant = didYouMean(role, [...known, ...ENTERPRISE_PRESET_ROLES]);
  const hint = meant === undefined ? "" : ` (did you mean ${meant}?)`;
  return field.fault(
    matcher
      ? `is ${quoted(role)}, which is neither declared here nor a preset${hint}: unless it exists elsewhere, this matches nothing.`
      : `is ${quoted(role)}, which is neither declared here nor a preset of Teleport${hint}: declare it under resources.roles, or correct it.`,
    { involves: [["roles", role], ["presets"]], ...verdict },
  );
}

/** Every reference to a role. */
const references = (resources: Declared) =>
  Object.entries(PLACES).flatMap(([collection, places]) =>
    entries(resources, collection).flatMap(({ name, spec }) =>
      places(spec).map((reference) => ({ ...reference, collection, name })),
    ),
  );

/** Roles that users, connectors, access lists, bots, trusted clusters and other roles name. */
export const roleReferences: Check = (resources, around) => {
  const declared = Object.keys(mapping(resources["roles"]));
  return references(resources).flatMap((reference) => roleFault(reference, declared, around));
};

/** True if a pattern matches a role, or may match it after a login. */
function meansRole(pattern: string, role: string): boolean {
  return isTemplate(pattern) || !isSound(pattern) || matchesPattern(role, pattern);
}

/** Tells whether one of the references names a role or matches it. */
function namesRole(found: readonly Reference[]): (role: string) => boolean {
  const texts = new Set(found.map(({ role }) => role));
  // Thousands of references are names: only the others are compared one by one.
  const patterns = [...texts].filter((text) => isTemplate(text) || /[*^]/.test(text));
  return (role) => texts.has(role) || patterns.some((pattern) => meansRole(pattern, role));
}

/** References that make somebody a holder: all but those of a role to itself. */
const mentions = (resources: Declared) =>
  references(resources).filter(
    ({ collection, name, role }) => collection !== "roles" || role !== name,
  );

/** Declared roles that no user, connector, list, bot or other role names, in whichever way. */
export function unheldRoles(resources: Declared): string[] {
  const isNamed = namesRole(mentions(resources));
  return Object.keys(mapping(resources["roles"])).filter((role) => !isNamed(role));
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
  return namesRole(
    mentions(resources).filter(({ collection }) => collection !== "users" && collection !== "bots"),
  );
}

/** Users and bots that could do nothing at all, and bots that tokens name. */
export const holders: Check = (resources) => {
  const bots = Object.keys(mapping(resources["bots"]));
  const without = (collection: string, message: string) =>
    entries(resources, collection)
      .map(({ spec }) => spec.get("roles"))
      .flatMap((roles) => roles.when(roles.items().length === 0, message, { warning: true }));
  return [
    ...without(
      "users",
      "names no role, but Teleport refuses logins without one: name at least one.",
    ),
    ...without(
      "bots",
      "names no role, so the bot's certificates would give no access: name at least one.",
    ),
    ...entries(resources, "provisionTokens").flatMap(({ spec }) => {
      const bot = spec.get("bot_name");
      return bot.when(
        bot.text !== "" && !bots.includes(bot.text),
        `is ${quoted(bot.text)}, which is not declared here: declare it under resources.bots, unless it exists elsewhere.`,
        { warning: true, involves: [["bots", bot.text]] },
      );
    }),
  ];
};
