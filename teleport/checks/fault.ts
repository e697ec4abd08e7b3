import { list, mapping, text, type Mapping } from "../values";

/** Keys and indices of a value. */
export type At = readonly (string | number)[];

/** Something that Teleport would refuse, or that has another effect than it seems to. */
export interface Fault {
  /** From the declared resources down, such as ["roles", "dev", "spec", "allow"], or from the app down. */
  at: At;
  /** Completes "<place> …": what is there, what is wrong with it, what to do. Shows no secret. */
  message: string;
  /** True if Teleport accepts it. */
  warning?: boolean;
  /** Other places that the finding depends on. */
  involves?: readonly At[];
}

/** The declared resources of settings, by collection and name. */
export type Declared = Readonly<Record<string, unknown>>;

/** Facts about the plane that the checks need. */
export interface PlaneFacts {
  edition: "community" | "enterprise";
  /** Teleport cluster name, which is also the proxy's domain. */
  clusterName: string;
  /** All names of the proxy. */
  proxies: readonly string[];
  /** Ports of the proxy's public addresses. Default: 443. */
  ports?: readonly number[];
  /** Roles that the plane creates in addition to the declared ones. */
  ownRoles: readonly string[];
}

/** Checks one subject. Pure. */
export type Check = (resources: Declared, around: PlaneFacts) => Fault[];

/** The texts of a list, each with its index. */
export const texts = (value: unknown): [number, string][] =>
  [...list(value).entries()].filter(
    (pair): pair is [number, string] => typeof pair[1] === "string",
  );

/** True for a value that is set and not empty. */
export const isSet = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && !value.length);

/** A declared resource: place, name, spec, and its whole entry. */
export interface Entry {
  at: At;
  name: string;
  spec: Readonly<Mapping>;
  entry: Readonly<Mapping>;
}

/** The resources of a collection. */
export function entries(resources: Declared, collection: string): Entry[] {
  return Object.entries(mapping(resources[collection])).map(([name, value]) => ({
    at: [collection, name],
    name,
    spec: mapping(mapping(value)["spec"]),
    entry: mapping(value),
  }));
}

/** What one role allows or denies. */
export interface RoleSide {
  at: At;
  side: "allow" | "deny";
  conditions: Readonly<Mapping>;
  /** Version of the role in Teleport. */
  version: string;
}

/** What every role allows and denies. */
export const roleSides = (resources: Declared): RoleSide[] =>
  entries(resources, "roles").flatMap(({ at, spec, entry }) =>
    (["allow", "deny"] as const).map((side) => ({
      at: [...at, "spec", side],
      side,
      conditions: mapping(spec[side]),
      version: text(entry["version"]) || "v8",
    })),
  );

/** A part that has to be there, and what it is. */
export const missing = (at: At, what: string): Fault => ({ at, message: `is missing: ${what}.` });

/** The fault with this message, as a list. Empty without a message. */
export const faultAt = (at: At, message: string | undefined, more: Partial<Fault> = {}): Fault[] =>
  message === undefined ? [] : [{ at, message, ...more }];

/** The fault if the condition holds, as a list. */
export const when = (condition: boolean, at: At, message: string, more?: Partial<Fault>): Fault[] =>
  condition ? faultAt(at, message, more) : [];
