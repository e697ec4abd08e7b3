/** What an engine would do, or a comparison of two plans says it would have to. */
export type Operation = "create" | "update" | "replace" | "delete" | "import" | "forget";

/** One resource that a deployment changes. */
export interface Change {
  operation: Operation;
  /** Part of the plane. */
  part: string;
  type: string;
  /** Name in the program. */
  name: string;
  /** What the provider was given, absent for something new; secrets are masked. */
  before?: Record<string, unknown>;
  /** What the provider will be given, absent for something that goes; secrets are masked. */
  after?: Record<string, unknown>;
  /** Properties that cannot be changed in place. */
  replaceBecause: string[];
  /** Properties that differ from what the provider last saw, where the inputs do not tell. */
  drifted: string[];
  /** Pulumi refuses to delete it. */
  protect: boolean;
}

/** All changes of one deployment, and what was said on the way. */
export interface Changes {
  changes: Change[];
  /** Resources that stay as they are, where that was told. */
  unchanged?: number;
  warnings: string[];
  errors: string[];
}

/** A value deep in untyped inputs. */
export function get(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (part, key) =>
      typeof part === "object" && part !== null
        ? (part as Record<string | number, unknown>)[key]
        : undefined,
    value,
  );
}

/** A text or a number deep in untyped inputs, as text; empty when there is none. */
export function getText(value: unknown, ...path: (string | number)[]): string {
  const found = get(value, ...path);
  return typeof found === "string" || typeof found === "number" ? String(found) : "";
}

/** Short type: `ServicePatch` of `kubernetes:core/v1:ServicePatch`. */
export const shortType = (type: string): string => type.split(":").at(-1) ?? type;

/** What a resource is called where it lives: `teleport/teleport-tls`, or the program's name. */
export function objectName({ type, name, before, after }: Change): string {
  const inputs = after ?? before;
  const place = shortType(type) === "Release" ? inputs : get(inputs, "metadata");
  const own = get(place, "name");
  if (!type.startsWith("kubernetes:") || typeof own !== "string") return name;
  const namespace = get(place, "namespace");
  return typeof namespace === "string" ? `${namespace}/${own}` : own;
}
