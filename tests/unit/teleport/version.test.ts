import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { STAMPED } from "../../../teleport/generate/version-stamps";
import { CHART_VERSION } from "../../../teleport/versions";

/** The one line that a person edits, and what `npm run generate` and `UPDATE_GOLDEN=1` write. */
const EXPECTED = [
  "teleport/versions.ts",
  ...STAMPED,
  "docs/settings.md",
  "settings/stack.schema.json",
  "tests/unit/golden/prod.json",
  "tests/unit/golden/sandbox.json",
];

/** Past versions, and versions of other things. */
const OTHERS = /^CHANGELOG\.md$|package(-lock)?\.json$|go\.(mod|sum)$/;

describe("the version of Teleport's charts", () => {
  it("is in one place, and in generated files", () => {
    const files = execFileSync("git", ["ls-files", "-z"], { encoding: "utf8" }).split("\0");
    const version = new RegExp(CHART_VERSION.replaceAll(".", String.raw`\\?\.`));
    const holding = files.filter(
      (file) =>
        !OTHERS.test(file) &&
        fs.existsSync(file) &&
        fs.statSync(file).isFile() &&
        version.test(fs.readFileSync(file, "utf8")),
    );
    assert.deepEqual(holding.sort(), EXPECTED.sort());
  });
});
