import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";

/** Config of a stack file, by key. */
export type Config = Record<string, unknown>;

const FILE = path.resolve(__dirname, "../../../docs/access.md");

/** The setups of docs/access.md, by heading. */
export function documentedSetups(): Map<string, Config> {
  const setups = new Map<string, Config>();
  for (const section of fs.readFileSync(FILE, "utf8").split(/^## /m).slice(1)) {
    const [heading = ""] = section.split("\n");
    for (const [, block = ""] of section.matchAll(/^```yaml\n(.*?)^```$/gms)) {
      const { config } = parse(block) as { config: Config };
      setups.set(heading, { ...setups.get(heading), ...config });
    }
  }
  return setups;
}

const isMapping = (value: unknown): value is Config =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const union = (below: unknown[], above: unknown[]) =>
  [...below, ...above].filter(
    (item, at, all) =>
      all.findIndex((other) => JSON.stringify(other) === JSON.stringify(item)) === at,
  );

/** A config with a setup's settings merged into it. With `lists: "both"` lists are joined. */
export function overlay(base: Config, over: Config, lists: "over" | "both" = "over"): Config {
  const keys = [...new Set([...Object.keys(base), ...Object.keys(over)])];
  return Object.fromEntries(
    keys.map((key) => {
      const [below, above] = [base[key], over[key]];
      if (isMapping(below) && isMapping(above)) return [key, overlay(below, above, lists)];
      if (lists === "both" && Array.isArray(below) && Array.isArray(above)) {
        return [key, union(below, above)];
      }
      return [key, Object.hasOwn(over, key) ? above : below];
    }),
  );
}
