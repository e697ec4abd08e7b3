import { list } from "../../teleport/values";

/** Settings, by section or by field. */
export type Sections = Record<string, unknown>;

/** Stands where nobody but a person knows; the settings check refuses it by name. */
export const MISSING = "FILL-IN";

/** Fields without those that say nothing. */
export const set = (fields: Sections): Sections =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== ""),
  );

/** A section, or undefined when nothing is in it. */
export function section(fields: Sections): Sections | undefined {
  const filled = set(fields);
  return Object.keys(filled).length === 0 ? undefined : filled;
}

/** A list, or undefined when it is empty or missing. */
export function some(value: unknown): unknown[] | undefined {
  const items = list(value);
  return items.length === 0 ? undefined : items;
}
