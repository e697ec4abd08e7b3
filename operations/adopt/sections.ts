import { list } from "../../teleport/values";

/** Settings, by section or by field. */
export type Sections = Record<string, unknown>;

/** Placeholder for a value that only a person knows. The settings check refuses it by name. */
export const MISSING = "FILL-IN";

/** Fields without undefined values. */
export const set = (fields: Sections): Sections =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== ""),
  );

/** A section. Undefined if it is empty. */
export function section(fields: Sections): Sections | undefined {
  const filled = set(fields);
  return Object.keys(filled).length === 0 ? undefined : filled;
}

/** A list. Undefined if it is empty or missing. */
export function some(value: unknown): unknown[] | undefined {
  const items = list(value);
  return items.length === 0 ? undefined : items;
}
