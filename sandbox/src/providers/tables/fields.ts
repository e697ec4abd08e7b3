/** Describes each property of a resource with a `Field`, as in the official schema. */
import type { Value } from "../framework.ts";
import { word } from "./plain.ts";

export interface Field {
  kind: "text" | "number" | "flag" | "any" | "list" | "set" | "map" | "block";
  /** Element of a list, set or map. */
  of?: Field;
  /** Members of a block. */
  fields?: Fields;
  required?: boolean;
  /** An output that is not an input. */
  output?: boolean;
  /** An input that the server fills in if it is missing. */
  computed?: boolean;
  default?: Value;
  /** A change replaces the resource. */
  replace?: boolean;
  secret?: boolean;
  /** The API does not return it, so the state keeps the program's value. */
  kept?: boolean;
  /** Sent, but neither kept in the state nor compared. */
  writeOnly?: boolean;
  /** Custom equality of known values. */
  same?: (old: Value, now: Value) => boolean;
}
export type Fields = Record<string, Field>;
export type Options = Omit<Field, "kind" | "of" | "fields">;

const make =
  (kind: Field["kind"]) =>
  (options: Options = {}): Field => ({ kind, ...options });

export const text = make("text");
export const number = make("number");
export const flag = make("flag");
export const any = make("any");
export const list = (of: Field, options: Options = {}): Field => ({ kind: "list", of, ...options });
export const set = (of: Field, options: Options = {}): Field => ({ kind: "set", of, ...options });
export const map = (options: Options = {}): Field => ({ kind: "map", of: text(), ...options });
export const block = (fields: Fields, options: Options = {}): Field => ({
  kind: "block",
  fields,
  ...options,
});

export const required = { required: true } as const;
export const computed = { computed: true } as const;
export const output = { output: true } as const;
export const replace = { replace: true } as const;
export const kept = { kept: true } as const;
export const secret = { secret: true } as const;

/** Equality of JSON documents by content. */
export function sameJson(old: Value, now: Value): boolean {
  try {
    return canonical(JSON.parse(word(old))) === canonical(JSON.parse(word(now)));
  } catch {
    return old === now;
  }
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

export const anyCase = (old: Value, now: Value): boolean =>
  word(old).toLowerCase() === word(now).toLowerCase();
