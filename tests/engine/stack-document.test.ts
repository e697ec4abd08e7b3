import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as fc from "fast-check";
import { NoStackDocument, readStackDocument } from "../../settings/stack-document";
import { TinyProject } from "./tiny-project";

/** Plain scalars that YAML parsers interpret differently. */
const ODD = fc.constantFrom(
  ..."030443 08 0x1F 0o17 0b101 -0b11 1_000 +5 -0 -0.0 1.10 .5 1e3 1e400 1e-7 12345678901234567890".split(
    " ",
  ),
  ..."true True TRUE yes on y N ~ null Null nULL .nan .inf -.Inf 012345678901 12:30:45 0_7 1__0".split(
    " ",
  ),
  ..."2024-01-01 2024-1-2 2024-02-30 2001-12-14t21:59:43.10-05:00 2001-12-14T21:59:43Z".split(" "),
  "2024-1-2 3:04:05",
  "2024-01-01 10:00:00.5",
  "'030443'",
  '"2024-01-01"',
  "!!str 5",
  '!!int "7"',
  "!!float 7",
  "!!binary aGVsbG8=",
  "!!int x",
  "!own 5",
  "<<",
  "",
);
const NUMBERISH = fc
  .string({
    unit: fc.constantFrom(..."0 1 2 3 7 8 9 . - _ + e E x o b T Z :".split(" ")),
    minLength: 1,
    maxLength: 12,
  })
  .filter((text) => /^[\d.+]/.test(text) && !text.endsWith(":"));
const SCALAR = fc.oneof(ODD, ODD, NUMBERISH);
const KEY = fc.constantFrom("a", "b", "c", "'1'", "1", "0x1", "true", "~", "1.50", "2024-01-01");

/** A value in flow style, with aliases and merge keys. */
const { value: VALUE } = fc.letrec<{ value: string; mapping: string; list: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, SCALAR, tie("mapping"), tie("list"), fc.constant("*base")),
  mapping: fc
    .tuple(
      fc.uniqueArray(KEY, { maxLength: 3 }),
      fc.array(tie("value"), { minLength: 3, maxLength: 3 }),
      fc.constantFrom("", "<<: *base, ", "<<: [*base, *more], "),
    )
    .map(
      ([keys, values, merge]) =>
        `{ ${merge}${keys.map((key, i) => `${key}: ${values[i] ?? ""}`).join(", ")} }`,
    ),
  list: fc.array(tie("value"), { maxLength: 3 }).map((items) => `[ ${items.join(", ")} ]`),
}));

interface Printed {
  value: string;
  objectValue?: unknown;
}

describe("a stack file, read by the engine's command line and by the program", () => {
  let project: TinyProject;
  const pulumi = (...args: string[]) =>
    spawnSync("pulumi", args, { cwd: project.cwd, env: project.env, encoding: "utf8" });

  before(async () => {
    project = await TinyProject.make();
    const made = pulumi("stack", "init", "dev", "--non-interactive");
    assert.equal(made.status, 0, made.stderr);
  });
  after(() => project.remove());

  const compare = (settings: readonly string[]) => {
    const file = path.join(project.cwd, "Pulumi.dev.yaml");
    const text = [
      "base: &base { x: 1, y: 030, a: base }",
      "more: &more { y: 2024-01-01, z: ~ }",
      "config:",
      ...settings.map((value, i) => `  access-plane:s${i}: ${value}`),
      "",
    ].join("\n");
    fs.writeFileSync(file, text);
    const printed = pulumi("config", "--json", "--stack", "dev", "--non-interactive");
    let ours: ReturnType<typeof readStackDocument> | undefined;
    try {
      ours = readStackDocument(text);
    } catch (error) {
      if (!(error instanceof NoStackDocument)) throw error;
    }
    const refused = ours === undefined || ours.problems.length > 0;
    assert.equal(refused, printed.status !== 0, `${text}\n${printed.stderr}`);
    if (refused || ours === undefined) return false;
    const theirs = JSON.parse(printed.stdout) as Record<string, Printed>;
    assert.deepEqual(Object.keys(ours.config).sort(), Object.keys(theirs).sort());
    for (const [key, { value, objectValue }] of Object.entries(theirs)) {
      const own: string = ours.config[key] ?? "";
      if (objectValue === undefined) assert.equal(own, value, text);
      else assert.deepEqual(JSON.parse(own), JSON.parse(value), text);
    }
    return true;
  };

  it("has the same meaning for all values", () => {
    let read = 0;
    fc.assert(
      fc.property(fc.array(VALUE, { minLength: 1, maxLength: 4 }), (settings) => {
        if (compare(settings)) read++;
      }),
      { numRuns: Number(process.env["ACCESS_PLANE_CASES"] ?? 60), seed: 15 },
    );
    assert.ok(read > 20, `only ${read} files were read`);
  });

  it("may have 130 aliases of one mapping, but not exponentially many nested ones", () => {
    assert.ok(compare([`[ ${Array(130).fill("*base").join(", ")} ]`]));
    const levels = ["a", "b", "c", "d", "e", "f"].map((name, i, all) => {
      const inner = i === 0 ? "x" : `*${all[i - 1] ?? ""}`;
      return `&${name} [ ${Array(10).fill(inner).join(", ")} ]`;
    });
    assert.equal(compare(levels), false);
  });
});
