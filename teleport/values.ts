/** Reads unchecked values: settings, resource inputs, API answers. */

/** A mapping of unknown values. */
export type Mapping = Record<string, unknown>;

/** True for a mapping, false for a list, a scalar or nothing. */
export const isMapping = (value: unknown): value is Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The value if it is a mapping, else an empty one. */
export const mapping = (value: unknown): Mapping => (isMapping(value) ? value : {});

/** The value if it is a list, else an empty one. */
export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** The mappings of a list, empty ones for its other items. */
export const mappings = (value: unknown): Mapping[] => list(value).map(mapping);

/** The value if it is a text, else an empty one. */
export const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** The value at a path of keys and indices. Undefined if there is none. */
export function get(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (part, key) =>
      typeof part === "object" && part !== null
        ? (part as Record<string | number, unknown>)[key]
        : undefined,
    value,
  );
}

/** The text or number at a path, as text. Empty if there is none. */
export function getText(value: unknown, ...path: (string | number)[]): string {
  const found = get(value, ...path);
  return typeof found === "string" || typeof found === "number" ? String(found) : "";
}

/**
 * Merges two mappings as Helm merges values: mappings recursively, otherwise `extra` wins.
 * `choose` can decide otherwise. It gets both values and their path, joined by dots.
 */
export function merged(
  base: Mapping,
  extra: Mapping,
  choose: (below: unknown, value: unknown, path: string) => unknown = (_, value) => value,
  at = "",
): Mapping {
  const result: Mapping = { ...base };
  for (const [key, value] of Object.entries(extra)) {
    const below = base[key];
    const path = `${at}${key}`;
    result[key] =
      isMapping(below) && isMapping(value)
        ? merged(below, value, choose, `${path}.`)
        : choose(below, value, path);
  }
  return result;
}
