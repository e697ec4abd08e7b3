/** Resources by name. */
export type Named<T> = Readonly<Record<string, T | undefined>>;

/** A resource as settings declare it. */
export interface Declared {
  spec?: unknown;
  labels?: Readonly<Record<string, string>>;
  /** The operator does not reconcile it, so Teleport's own copy may differ. */
  ignore?: boolean;
}

/** Entries of a collection. */
export function entries<T>(map: Named<T> | undefined): [string, T][] {
  return Object.entries(map ?? {}).flatMap(([name, value]): [string, T][] =>
    value === undefined ? [] : [[name, value]],
  );
}
