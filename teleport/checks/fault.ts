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
export interface Surroundings {
  edition: "community" | "enterprise";
  /** Teleport cluster name, which is also the proxy's domain. */
  clusterName: string;
  /** Roles that the plane makes besides those declared. */
  ownRoles: readonly string[];
}

/** Finds what Teleport would refuse about one subject. Pure. */
export type Check = (resources: Declared, around: Surroundings) => Fault[];

type Fields = Readonly<Record<string, unknown>>;

/** The value as a mapping, empty if it is none. */
export const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/** The value as a list, empty if it is none. */
export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** The value as text, empty if it is none. */
export const text = (value: unknown): string => (typeof value === "string" ? value : "");

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
  spec: Fields;
  entry: Fields;
}

/** The resources of a collection. */
export function entries(resources: Declared, collection: string): Entry[] {
  return Object.entries(fields(resources[collection])).map(([name, value]) => ({
    at: [collection, name],
    name,
    spec: fields(fields(value)["spec"]),
    entry: fields(value),
  }));
}

const LONGEST = 80;

/** A text for a message, in quotes and cut when long. */
export function quoted(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a mapping";
  const json = value === undefined ? "nothing" : JSON.stringify(value);
  return json.length > LONGEST ? `${json.slice(0, LONGEST)}…` : json;
}
