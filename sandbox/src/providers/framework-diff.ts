import { isMap, Secret, UNKNOWN, type Props, type Value } from "./framework-values.ts";

export type ChangeKind = "add" | "delete" | "update";
/** One changed property: its path as the engine prints it, and as keys. */
export interface Change {
  path: string;
  keys: readonly (string | number)[];
  kind: ChangeKind;
}

/** A provider's response to Diff. */
export interface DiffResult {
  /** Default: true if `detailedDiff` or `replaces` is not empty. */
  changes?: boolean;
  /** Paths that force a replacement. */
  replaces?: readonly string[];
  detailedDiff?: readonly Change[];
  deleteBeforeReplace?: boolean;
  stables?: readonly string[];
}

/** A property path in the engine's notation: `spec.ports[0].name`, `metadata.labels["a.b/c"]`. */
export function formatPath(keys: readonly (string | number)[]): string {
  let path = "";
  for (const key of keys) {
    if (typeof key === "number") path += `[${key}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(key)) path += path ? `.${key}` : key;
    else path += `[${JSON.stringify(key)}]`;
  }
  return path;
}

/** Parses the engine's path notation (`a.b[0]["c.d"]`). `*` is a key of its own. */
export function parsePath(path: string): (string | number)[] {
  const keys: (string | number)[] = [];
  const token = /\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\[(\*)\]|\.?([^.[\]]+)/g;
  for (const match of path.matchAll(token)) {
    if (match[1] !== undefined) keys.push(Number(match[1]));
    else if (match[2] !== undefined) keys.push(JSON.parse(`"${match[2]}"`) as string);
    else keys.push(match[3] ?? match[4] ?? "");
  }
  return keys;
}

/** True if `keys` is at or below the pattern. `*` matches any one key. */
export function underPath(keys: readonly (string | number)[], pattern: string): boolean {
  const parts = parsePath(pattern);
  return parts.length <= keys.length && parts.every((p, i) => p === "*" || p === keys[i]);
}

/**
 * The changes of leaves from `olds` to `news`. Compares secrets by content. An unknown is always a
 * change, and null means absent. Skips the paths in `ignore` (engine notation).
 */
export function deepDiff(olds: Props, news: Props, ignore: readonly string[] = []): Change[] {
  const changes: Change[] = [];
  walk(olds, news, [], changes);
  return changes.filter((change) => !ignore.some((pattern) => underPath(change.keys, pattern)));
}

function walk(
  a: Value | undefined,
  b: Value | undefined,
  keys: (string | number)[],
  out: Change[],
) {
  const left = peel(a);
  const right = peel(b);
  if (left === undefined && right === undefined) return;
  if (isMap(left) && isMap(right)) {
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      walk(left[key], right[key], [...keys, key], out);
    }
    return;
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    for (let i = 0; i < Math.max(left.length, right.length); i++) {
      walk(left[i], right[i], [...keys, i], out);
    }
    return;
  }
  if (left === right && left !== UNKNOWN) return;
  out.push({ path: formatPath(keys), keys, kind: changeKind(left, right) });
}

/** The kind of change between two different values. */
export function changeKind(before: unknown, after: unknown): ChangeKind {
  if (before === undefined) return "add";
  return after === undefined ? "delete" : "update";
}

function peel(value: Value | undefined): Value | undefined {
  const bare = value instanceof Secret ? value.value : value;
  return bare === null ? undefined : bare;
}

/**
 * The usual Diff: every changed input. A change under a path of `replaceOn` forces a replacement.
 */
export function diffInputs(
  olds: Props,
  news: Props,
  options: {
    ignore?: readonly string[];
    replaceOn?: readonly string[];
    deleteBeforeReplace?: boolean;
  } = {},
): DiffResult {
  const detailedDiff = deepDiff(olds, news, options.ignore);
  const replaces = detailedDiff
    .filter((c) => (options.replaceOn ?? []).some((pattern) => underPath(c.keys, pattern)))
    .map((c) => c.path);
  return {
    changes: detailedDiff.length > 0,
    replaces,
    detailedDiff,
    deleteBeforeReplace: replaces.length > 0 && (options.deleteBeforeReplace ?? false),
  };
}
