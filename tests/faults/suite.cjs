// mocha configuration of `npm run faults`, which `make faults` runs.
const { readdirSync } = require("node:fs");

/** The longest files first, so that no long file runs alone at the end. */
const longest = ["crashes", "servers", "parts", "together", "day-of-life", "rotation"];

const file = (name) => `tests/faults/${name}.test.ts`;
const all = readdirSync(__dirname)
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => name.slice(0, -".test.ts".length));
const gone = longest.find((name) => !all.includes(name));
if (gone !== undefined)
  throw new Error(`tests/faults/suite.cjs lists ${file(gone)}, which does not exist.`);
const rest = all.filter((name) => !longest.includes(name)).sort();

module.exports = {
  ...require("../../.mocharc.json"),
  timeout: 1_800_000,
  parallel: true,
  jobs: 2,
  spec: [...longest, ...rest].map(file),
};
