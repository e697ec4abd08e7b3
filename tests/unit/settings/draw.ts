import * as fc from "fast-check";
import * as path from "node:path";
import { kindJsonSchema, type JsonSchema } from "../../../settings/json-schema";
import type { Kind } from "../../../settings/schema";
import { sectionsOf, type Sections } from "./fixture";

/** Draws settings from the schema, and breaks them. Both depend on a seed. */

/** Seed of every draw. */
export const SEED = Number(process.env["ACCESS_PLANE_SEED"] ?? 15);

const WORDS = ["a", "web", "team-1", "example.com", "teleport/agent", "30m", "1Gi", "x"];

/** Texts that match a pattern, created once for each pattern. */
const fitting = new Map<string, string[]>();
function textsFor(pattern: string): string[] {
  const known = fitting.get(pattern);
  if (known !== undefined) return known;
  const plain = new RegExp(pattern.replaceAll("\\P{Cc}", "[ -~]"));
  const made = fc.sample(fc.stringMatching(plain), { numRuns: 20, seed: SEED });
  fitting.set(pattern, made);
  return made;
}

/** Draws values that a schema allows by its keywords. */
export class Drawer {
  private state: number;

  constructor(
    private readonly root: JsonSchema,
    seed: number,
  ) {
    this.state = seed;
  }

  /** A whole number below a bound (mulberry32). */
  private below(bound: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  }

  private one<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  draw(schema: JsonSchema, depth = 0): unknown {
    if (schema.$ref !== undefined) return this.draw(this.resolve(schema), depth + 1);
    const branches = schema.oneOf ?? schema.anyOf;
    if (branches !== undefined) return this.draw(this.one(branches), depth);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum !== undefined) return this.one(schema.enum);
    if (schema.pattern !== undefined) return this.one(textsFor(schema.pattern));
    switch (schema.type) {
      case "string":
        return this.one(WORDS);
      case "integer":
      case "number": {
        const { minimum = 0, maximum = Infinity } = schema;
        const inside = [1, 2, 5, 443, 3600, 30443].filter((n) => n >= minimum && n <= maximum);
        return inside.length === 0 ? minimum : this.one(inside);
      }
      case "boolean":
        return this.below(2) === 1;
      case "array":
        return Array.from({ length: Math.max(schema.minItems ?? 0, this.below(3)) }, () =>
          this.draw(schema.items ?? {}, depth + 1),
        );
      case "object":
        return this.mapping(schema, depth);
      default:
        return this.one([null, "x", 1, true, [], {}]);
    }
  }

  /** Draws one value into settings, at a place of the schema. Returns the path. */
  drawInto(settings: Record<string, unknown>, schema: JsonSchema = this.root): string[] {
    const resolved = this.resolve(schema);
    const { properties, additionalProperties: values } = resolved;
    const names = properties === undefined ? Object.keys(settings) : Object.keys(properties);
    const key = this.one(names.filter((name) => name !== "kind"));
    const inner = properties?.[key] ?? (typeof values === "object" ? values : undefined);
    if (inner === undefined) return [];
    const present = settings[key];
    const descends =
      typeof present === "object" &&
      present !== null &&
      !Array.isArray(present) &&
      this.below(8) > 0;
    if (descends) return [key, ...this.drawInto(present as Record<string, unknown>, inner)];
    settings[key] = this.draw(inner, 1);
    return [key];
  }

  private resolve(schema: JsonSchema): JsonSchema {
    return this.root.$defs?.[schema.$ref?.split("/").at(-1) ?? ""] ?? schema;
  }

  private mapping(
    { properties, required = [], additionalProperties: values }: JsonSchema,
    depth: number,
  ) {
    if (properties !== undefined) {
      // Fewer optional keys at deeper levels, because a role alone has some two hundred.
      const share = depth > 1 ? 4 : 2;
      const keys = Object.keys(properties).filter(
        (key) => required.includes(key) || this.below(share) === 0,
      );
      return Object.fromEntries(
        keys.map((key) => [key, this.draw(properties[key] ?? {}, depth + 1)]),
      );
    }
    if (typeof values !== "object") return {};
    const keys = Array.from({ length: this.below(3) }, () => this.one(WORDS));
    return Object.fromEntries(keys.map((key) => [key, this.draw(values, depth + 1)]));
  }
}

/** A valid stack of each kind, by its file. */
const FILES: Record<Kind, string> = {
  plane: "Pulumi.prod.yaml",
  agent: "examples/remote-agent/Pulumi.remote-agent.yaml",
  apps: "examples/apps/Pulumi.apps.yaml",
  "event-handler": "examples/event-handler/Pulumi.event-handler.yaml",
};

/** Valid settings of a kind with a few drawn values, and the folder of their files. */
export function drawnInto(kind: Kind, seed: number): { data: Sections; folder: string } {
  const schema = kindJsonSchema(kind);
  const data = { ...sectionsOf(FILES[kind]), kind };
  const drawer = new Drawer(schema, seed);
  for (let i = 0; i <= seed % 3; i++) drawer.drawInto(data);
  return { data, folder: path.dirname(FILES[kind]) };
}

/** Replaces one value by another, at a place that numbers select. */
export function mutated(
  data: Record<string, unknown>,
  picks: readonly number[],
  value: unknown,
): void {
  let holder: Record<string, unknown> = data;
  for (const [i, pick] of picks.entries()) {
    const keys = Object.keys(holder);
    const key = keys[pick % Math.max(keys.length, 1)];
    if (key === undefined) return;
    const next = holder[key];
    if (i === picks.length - 1 || typeof next !== "object" || next === null) {
      holder[key] = value;
      return;
    }
    holder = next as Record<string, unknown>;
  }
}

/** Values that fit few places or none. Those that fit many places come most often. */
export const BAD = fc.oneof(
  { arbitrary: fc.constantFrom<unknown>(...WORDS, true, false, 3600), weight: 3 },
  fc.constantFrom<unknown>(
    null,
    "",
    0,
    -1,
    1.5,
    true,
    "030443",
    "wéb",
    "a".repeat(300),
    [],
    {},
    Number.NaN,
  ),
  fc.jsonValue({ maxDepth: 1 }),
);
/** A path into settings, selected by numbers. */
export const PICKS = fc.array(fc.nat(200), { minLength: 1, maxLength: 9 });
