import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as path from "node:path";

const ROOT = path.resolve(__dirname, "../../../..");

/** One failed output keeps a resource, the one after it, the component and the stack from their values. */
const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const { recordProgram } = require("./operations/plan/record-program");
const program = async () => {
  const parent = new pulumi.ComponentResource("test:index:Component", "component", {});
  const value = pulumi.output(1).apply(() => { throw new Error("not admitted"); });
  const first = new pulumi.CustomResource("test:index:Thing", "first", { value }, { parent });
  const next = new pulumi.CustomResource("test:index:Thing", "next", { value: first.urn }, { parent });
  parent.registerOutputs({ value });
  return { value, id: next.id };
};
recordProgram(program, { outputs: () => ({}), call: () => ({}) }, { project: "p", stack: "s" })
  .catch((error) => console.error("refused: " + error.message));
`;

describe("a program that is recorded", () => {
  it("reports once what several of its resources fail for", () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ["--require", "./bin/typescript.cjs", "--eval", PROGRAM],
      { cwd: ROOT, encoding: "utf8", timeout: 15_000 },
    );
    assert.match(stderr, /^refused: .*not admitted\n$/);
    assert.equal(status, 0);
  });
});
