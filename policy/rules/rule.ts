/** A resource as a policy sees it: the inputs that its provider gets. */
export interface Inspected {
  /** Pulumi's type token, such as `aws:lb/loadBalancer:LoadBalancer`. */
  type: string;
  name: string;
  props: Record<string, unknown>;
  /** Pulumi's own option `protect`. */
  protect: boolean;
}

/** One guardrail. Pure: it needs no engine. */
export interface Rule {
  name: string;
  description: string;
  /** `mandatory` stops an update, `advisory` only warns; a configuration of the pack changes it. */
  level: "mandatory" | "advisory";
  /** What is wrong with a resource, and what to do; nothing when it is fine. */
  violations(resource: Inspected): string[];
}

type Mapping = Record<string, unknown>;

/** A mapping, or an empty one for anything else, such as a value that only an update knows. */
export const mapping = (value: unknown): Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Mapping) : {};

/** A list, or an empty one for anything else. */
export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** A text, or an empty one for anything else. */
export const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Text of every scalar below a value. */
export function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(texts);
}
