// mocha configuration of `npm run test:engine`, which `make test` runs, and, with ENGINE_TESTS=more, of
// `npm run test:engine:more`. A new file belongs to the first (see CONTRIBUTING.md).
const { readdirSync } = require("node:fs");

/** Files that `make test` does not run, because they take longest. */
const more = [
  ...["access", "adopt", "delivery", "disaster", "first-deployment", "generated-credentials"],
  ...[
    "majors",
    "orphans",
    "pipeline",
    "pipeline-recordings",
    "pipeline-rights",
    "plane",
    "remedies",
    "remedies-more",
    "restore",
    "recordings-bucket",
    "rotation",
    "targets",
    "update-errors",
  ],
];
/** Files that run first, the longest one first, so that no long file runs alone at the end. */
const longest = ["canaries", "apps", "resources", "cli", "fleet", "exit-codes"];

/** The small fault tests. `make faults` runs all of them. */
const FAULTS = ["small", "fault-proxy"].map((name) => `tests/faults/${name}.test.ts`);

const file = (name) => `tests/engine/${name}.test.ts`;
const all = readdirSync(__dirname)
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => name.slice(0, -".test.ts".length));
const gone = [...more, ...longest].find((name) => !all.includes(name));
if (gone !== undefined)
  throw new Error(`tests/engine/suite.cjs lists ${file(gone)}, which does not exist.`);
const first = longest.filter((name) => !more.includes(name));
const rest = all.filter((name) => !more.includes(name) && !first.includes(name)).sort();
const wantsMore = process.env.ENGINE_TESTS === "more";

const mocharc = require("../../.mocharc.json");
/** Three processes, each with one sandbox for all its files: tests wait for controllers half of the time. */
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
