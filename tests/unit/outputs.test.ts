import * as assert from "node:assert/strict";
import deploy from "../../index";
import { planAnswers } from "../../operations/plan/answers";
import { recordProgram } from "../../operations/plan/record-program";
import { goodSettings } from "./settings/fixture";

/** Outputs of the program for these settings. */
async function outputsOf(settings: Record<string, unknown>): Promise<Record<string, unknown>> {
  const config = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      `access-plane:${name}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
  let outputs: Record<string, unknown> = {};
  const program = async () => {
    outputs = (await deploy()) as Record<string, unknown>;
    return outputs;
  };
  const options = { project: "access-plane", stack: "prod", config, preview: true };
  await recordProgram(
    program,
    planAnswers(() => []),
    options,
  );
  return outputs;
}

describe("outputs of the program", () => {
  it("all have a value: the engine would warn of the others at every update", async () => {
    const { loadBalancer, aws, ...without } = goodSettings();
    assert.ok(loadBalancer !== undefined && aws !== undefined);
    const [whole, less] = [await outputsOf(goodSettings()), await outputsOf(without)];
    assert.ok("loadBalancer" in whole);
    assert.deepEqual(
      Object.keys(less).filter((name) => less[name] === undefined),
      [],
    );
    assert.deepEqual(
      Object.keys(whole).filter((name) => !(name in less)),
      ["loadBalancer"],
    );
  });
});
