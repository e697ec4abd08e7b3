/** Values as resource code sees them: JSON, with no secret wrappers and (outside previews) no unknowns. */
export type PlainValue =
  | null
  | boolean
  | number
  | string
  | PlainValue[]
  | { [key: string]: PlainValue };
export type Plain = { [key: string]: PlainValue };

export function isPlainMap(value: unknown): value is Plain {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A scalar as text. Undefined without a value. */
export function word(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : JSON.stringify(value);
}
