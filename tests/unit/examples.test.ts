import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { stackConfig, stackNames } from "../../operations/base/stack-file";
import { parseSettings, readConfig } from "../../settings/load";

describe("the examples", () => {
  const root = "examples";
  for (const name of fs.readdirSync(root)) {
    const folder = path.join(root, name);
    for (const stack of stackNames(folder)) {
      it(`${folder}/Pulumi.${stack}.yaml is a valid stack`, () => {
        const config = readConfig(stackConfig(stack, folder));
        assert.deepEqual(config.problems, []);
        const { problems } = parseSettings(config.raw, folder);
        assert.deepEqual(problems ?? [], []);
      });
    }
  }

  it("show that a stack of agents takes less than 15 lines", () => {
    const text = fs.readFileSync("examples/remote-agent/Pulumi.remote-agent.yaml", "utf8");
    assert.ok(text.trimEnd().split("\n").length < 15);
  });
});
