import type { Collection } from "./kinds";

/**
 * Fields of specs that name another resource: `[]` after a list, `.` between fields. Roles that may
 * be requested are left out, because Teleport does not check that they exist, and two roles may name
 * each other. Source: the operator's CRDs.
 */
const REFERENCES: Partial<Record<Collection, Partial<Record<string, Collection>>>> = {
  githubConnectors: { "teams_to_roles[].roles[]": "roles" },
  oidcConnectors: { "claims_to_roles[].roles[]": "roles" },
  samlConnectors: { "attributes_to_roles[].roles[]": "roles" },
  users: { "roles[]": "roles" },
  accessLists: {
    "grants.roles[]": "roles",
    "owner_grants.roles[]": "roles",
    "membership_requires.roles[]": "roles",
    "ownership_requires.roles[]": "roles",
    "owners[].name": "users",
  },
  bots: { "roles[]": "roles" },
  provisionTokens: { bot_name: "bots" },
  trustedClusters: { "role_map[].local[]": "roles" },
};

/** A place where one resource names another. */
export interface Reference {
  /** From the spec down. */
  path: (string | number)[];
  collection: Collection;
  name: string;
}

function walk(
  value: unknown,
  [step, ...rest]: string[],
  visit: (text: string) => unknown,
): unknown {
  if (step === undefined) return typeof value === "string" ? visit(value) : value;
  if (step === "[]") {
    return Array.isArray(value) ? value.map((item) => walk(item, rest, visit)) : value;
  }
  if (typeof value !== "object" || value === null || !(step in value)) return value;
  const fields = value as Record<string, unknown>;
  return { ...fields, [step]: walk(fields[step], rest, visit) };
}

const steps = (pattern: string) => pattern.replaceAll("[]", ".[]").split(".");

/** Replaces each name of another resource in a spec by the result of `resolve`. */
export function resolveReferences<Spec>(
  collection: Collection,
  spec: Spec,
  resolve: (target: Collection, name: string) => unknown,
): Spec {
  return Object.entries(REFERENCES[collection] ?? {}).reduce<Spec>(
    (result, [pattern, target]) =>
      target === undefined
        ? result
        : (walk(result, steps(pattern), (name) => resolve(target, name)) as Spec),
    spec,
  );
}
