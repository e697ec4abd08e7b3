import type { z } from "zod";
import type { Path } from "./problem";
import { KINDS, type Kind, type Settings } from "./schema";

/**
 * Rules between fields also run if some fields are invalid, so that all problems are reported at once. This
 * removes invalid values until the rest passes the schema.
 */

/** Replacements for invalid sections that have no default, so that the rest can be checked. */
const STAND_INS = {
  clusterName: "unset.invalid",
  certificate: { issuer: { name: "unset" } },
  plane: { clusterName: "unset.invalid" },
  database: { host: "unset", credentials: { source: "static-role", connection: "unset" } },
};

/** The valid part of invalid settings. */
export interface Repaired {
  settings: Settings;
  /** Sections that were replaced as a whole; their content has no meaning. */
  absent: ReadonlySet<string>;
  /** Turns a path in these settings into a path in the settings that were read. */
  original(path: Path): Path;
}

type Container = Record<string | number, unknown>;
const isContainer = (value: unknown): value is Container =>
  typeof value === "object" && value !== null;

/** Removes the value at a path, or the closest existing one above it. Returns the item to remove from a list. */
function cut(
  data: Container,
  path: Path,
): { list: unknown[]; at: Path; index: number } | undefined {
  let holder: unknown = data;
  const chain: { holder: Container; part: string | number; at: Path }[] = [];
  for (const [i, part] of path.entries()) {
    if (!isContainer(holder)) break;
    chain.push({ holder, part, at: path.slice(0, i) });
    holder = Object.hasOwn(holder, part) ? holder[part] : undefined;
  }
  const hit = chain.findLast((link) => Object.hasOwn(link.holder, link.part));
  if (hit === undefined) return undefined;
  if (Array.isArray(hit.holder)) return { list: hit.holder, at: hit.at, index: Number(hit.part) };
  Reflect.deleteProperty(hit.holder, hit.part);
  return undefined;
}

/** The valid part of settings that do not pass the schema. Undefined if it cannot be found. */
export function repair(raw: Record<string, unknown>, kind: Kind): Repaired | undefined {
  const data = structuredClone(raw) as Container;
  const removed = new Map<string, number[]>();
  const absent = new Set<string>();

  const original = (path: Path): Path => {
    const found: (string | number)[] = [];
    for (const part of path) {
      let index = part;
      if (typeof index === "number") {
        for (const gone of removed.get(JSON.stringify(found)) ?? []) if (gone <= index) index++;
      }
      found.push(index);
    }
    return found;
  };

  const cutAll = (issues: readonly z.core.$ZodIssue[]) => {
    const splices = new Map<unknown[], { at: Path; indices: Set<number> }>();
    for (const issue of issues) {
      const path = issue.path.map((part) => (typeof part === "symbol" ? "?" : part));
      const targets =
        issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...path, key]) : [path];
      for (const target of targets) {
        const section = target[0];
        if (
          target.length === 1 &&
          typeof section === "string" &&
          Object.hasOwn(STAND_INS, section) &&
          Object.hasOwn(KINDS[kind].shape, section)
        ) {
          absent.add(section);
          data[section] = structuredClone(STAND_INS[section as keyof typeof STAND_INS]);
          continue;
        }
        const splice = cut(data, target);
        if (splice === undefined) continue;
        const entry = splices.get(splice.list) ?? { at: splice.at, indices: new Set() };
        entry.indices.add(splice.index);
        splices.set(splice.list, entry);
      }
    }
    // Inner lists first, and from the end, so that `original` stays correct.
    const inOrder = [...splices].toSorted(([, a], [, b]) => b.at.length - a.at.length);
    const recorded = inOrder.map(([list, { at, indices }]) => ({
      list,
      indices: [...indices].toSorted((a, b) => a - b),
      key: JSON.stringify(original(at)),
      originals: [...indices].map((index) => Number(original([...at, index]).at(-1))),
    }));
    for (const { list, indices, key, originals } of recorded) {
      for (const index of indices.toReversed()) list.splice(index, 1);
      removed.set(
        key,
        [...(removed.get(key) ?? []), ...originals].toSorted((a, b) => a - b),
      );
    }
  };

  for (let round = 0; round < 30; round++) {
    const result = KINDS[kind].safeParse(data);
    if (result.success) return { settings: result.data, absent, original };
    cutAll(result.error.issues);
  }
  return undefined;
}
