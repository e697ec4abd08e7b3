// Configuration of mocha for `npm run test:engine`, which `make test` runs, and, with ENGINE_TESTS=more,
// for `npm run test:engine:more`. A new file belongs to the first; see CONTRIBUTING.md.
const { readdirSync } = require("node:fs");

/** Not in `make test`: they take longest. */
const more = [
  ...["adopt", "delivery", "disaster", "first-deployment", "majors", "orphans", "pipeline"],
  ...[
    "pipeline-rights",
    "plane",
    "remedies",
    "restore",
    "recordings-bucket",
    "rotation",
    "targets",
    "update-errors",
  ],
];
/** Run first, so that no long one is left alone at the end; the longest first. */
const longest = ["canaries", "apps", "resources", "cli", "access", "fleet", "exit-codes"];

/** The small size of the faults; `make faults` runs all of them. */
const FAULTS = ["small", "fault-proxy"].map((name) => `tests/faults/${name}.test.ts`);

const file = (name) => `tests/engine/${name}.test.ts`;
const all = readdirSync(__dirname)
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => name.slice(0, -".test.ts".length));
const gone = [...more, ...longest].find((name) => !all.includes(name));
if (gone !== undefined)
  throw new Error(`tests/engine/suite.cjs names ${file(gone)}: no such file.`);
const first = longest.filter((name) => !more.includes(name));
const rest = all.filter((name) => !more.includes(name) && !first.includes(name)).sort();
const wantsMore = process.env.ENGINE_TESTS === "more";

const mocharc = require("../../.mocharc.json");
/** Three processes, each with one sandbox for all its files: they wait for controllers half of their time. */
const sideBySide = {
  parallel: true,
  jobs: 3,
  require: [...mocharc.require, "./tests/engine/kept-sandbox.ts"],
};

module.exports = {
  ...mocharc,
  timeout: 900_000,
  ...(wantsMore ? {} : sideBySide),
  spec: wantsMore ? more.map(file) : [...[...first, ...rest].map(file), ...FAULTS],
};
