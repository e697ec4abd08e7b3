import { list, mapping } from "../values";

/** Resources by name. */
export type Named<T> = Readonly<Record<string, T | undefined>>;

/** A resource as settings declare it. */
export interface Declared {
  spec?: unknown;
  labels?: Readonly<Record<string, string>>;
  /** The operator does not reconcile it, so Teleport's own copy may differ. */
  ignore?: boolean;
}

export type Raw = Readonly<Record<string, unknown>>;

/** The value as a mapping, empty if it is none. */
export const raw = (value: unknown): Raw => mapping(value);
export const rawList = (value: unknown): Raw[] => list(value).map(raw);

/** Entries of a collection. */
export function entries<T>(map: Named<T> | undefined): [string, T][] {
  return Object.entries(map ?? {}).flatMap(([name, value]): [string, T][] =>
    value === undefined ? [] : [[name, value]],
  );
}
