/** Settings, by section or by field. */
export type Sections = Record<string, unknown>;

/** Stands where nobody but a person knows; the settings check refuses it by name. */
export const MISSING = "FILL-IN";

/** Fields without those that say nothing. */
export const set = (fields: Sections): Sections =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== ""),
  );
