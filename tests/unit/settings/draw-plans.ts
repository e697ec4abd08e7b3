import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { planStack, type PlannedResource } from "../../../operations/plan/plan-stack";
import { kindJsonSchema } from "../../../settings/json-schema";
import { parseSettings } from "../../../settings/load";
import { Drawer } from "./draw";
import type { Sections } from "./fixture";

/** Number of values that are tried in each case. */
const TRIES = 40;

/** A plane's settings with as many drawn values as are valid together, in one section or in all. */
export function accepted(
  seed: number,
  good: Sections,
  section?: string,
): { settings: Sections; changed: string[] } {
  const schema = kindJsonSchema("plane");
  const drawer = new Drawer(schema, seed);
  let settings = good;
  const changed: string[] = [];
  for (let i = 0; i < TRIES; i++) {
    const next = structuredClone(settings);
    const inner = section === undefined ? undefined : schema.properties?.[section];
    const at = drawer.drawInto(
      inner === undefined ? next : (next[section ?? ""] as Sections),
      inner,
    );
    if (parseSettings(structuredClone(next)).settings === undefined) continue;
    changed.push(at.join("."));
    settings = next;
  }
  return { settings, changed };
}

/** The program's plan for settings. */
export async function planned(settings: Sections): Promise<PlannedResource[]> {
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), "generated-"));
  try {
    const config = Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [`access-plane:${key}`, value as unknown]),
    );
    // As JSON, so that every text has quotes. Without them Pulumi reads 2027-01-31T00:00:00Z as a time.
    fs.writeFileSync(path.join(cwd, "Pulumi.prod.yaml"), JSON.stringify({ config }));
    fs.writeFileSync(path.join(cwd, "Pulumi.yaml"), "name: access-plane\nruntime: nodejs\n");
    const program = JSON.stringify(path.resolve("index"));
    fs.writeFileSync(path.join(cwd, "index.ts"), `module.exports = require(${program});`);
    return await planStack("prod", { cwd });
  } finally {
    fs.rmSync(cwd, { recursive: true });
  }
}
