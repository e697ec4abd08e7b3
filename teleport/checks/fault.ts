import { list, mapping, type Mapping } from "../values";

/** Keys and indices that lead to a value. */
export type At = readonly (string | number)[];

/** Something that Teleport would refuse, or that would not do what it seems to. */
export interface Fault {
  /** From the declared resources down, such as ["roles", "dev", "spec", "allow"]. */
  at: At;
  /** Completes "<place> …": what is there, what is wrong with it, what to do. Shows no secret. */
  message: string;
  /** True where Teleport accepts it. */
  warning?: boolean;
  /** Other places that the finding rests on. */
  involves?: readonly At[];
}

/** Resources by collection and Teleport name, as settings declare them. */
export type Declared = Readonly<Record<string, unknown>>;

/** What the checks must know about the plane around the resources. */
export interface PlaneFacts {
  edition: "community" | "enterprise";
  /** Teleport cluster name, which is also the proxy's domain. */
  clusterName: string;
  /** Every name of the proxy itself. */
  proxies: readonly string[];
  /** Roles that the plane makes besides those declared. */
  ownRoles: readonly string[];
}

/** Finds what Teleport would refuse about one subject. Pure. */
export type Check = (resources: Declared, around: PlaneFacts) => Fault[];

/** The texts of a list, each with its index. */
export const texts = (value: unknown): [number, string][] =>
  [...list(value).entries()].filter(
    (pair): pair is [number, string] => typeof pair[1] === "string",
  );

/** True for a value that somebody has set to something. */
export const isSet = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && !value.length);

/** A declared resource: its place, name, spec and everything else that is said of it. */
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

/** A part that has to be there, and what it is. */
export const missing = (at: At, what: string): Fault => ({ at, message: `is missing: ${what}.` });
