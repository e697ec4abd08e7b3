import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as path from "node:path";

const FILE = path.resolve(__dirname, "../../../../components/support/plain-errors.ts");

/** Prints an error as the SDK does. Its stack contains a module without a folder. */
const PROGRAM = `
const { inspect } = require("node:util");
require(${JSON.stringify(FILE)}).printErrorsPlainly();
const error = new AggregateError([new Error("inner")], "outer", { cause: new TypeError("why") });
error.stack += "\\n    at f (/app/node_modules/@pulumi/output.ts:519:31)";
process.stdout.write(inspect(error, { colors: true }));
`;

describe("errors of the program", () => {
  it("are printed at once and in full, without colours", () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--require", "tsx/cjs", "--eval", PROGRAM],
      { encoding: "utf8", timeout: 15_000 },
    );
    assert.equal(status, 0, `it did not end: ${stderr}`);
    assert.match(stdout, /^AggregateError: outer\n[^]*@pulumi\/output\.ts:519:31/);
    assert.match(stdout, /\[errors\]: \[\s+Error: inner/);
    assert.match(stdout, /\[cause\]: TypeError: why/);
    assert.ok(!stdout.includes("\u001b"));
  });
});
