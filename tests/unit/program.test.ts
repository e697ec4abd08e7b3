import * as assert from "node:assert/strict";
import deploy from "../../index";
import { planAnswers } from "../../operations/plan/answers";
import { recordProgram } from "../../operations/plan/record-program";
import { GUARD_VARIABLE } from "../../settings/guard";
import { goodSettings } from "./settings/fixture";

/** Runs the program with these settings. */
async function run(settings: Record<string, unknown>) {
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
  const answers = planAnswers(() => []);
  return { resources: await recordProgram(program, answers, options), outputs };
}

describe("outputs of the program", () => {
  it("all have a value: the engine would warn of the others at every update", async () => {
    const { loadBalancer, aws, ...without } = goodSettings();
    assert.ok(loadBalancer !== undefined && aws !== undefined);
    const { outputs: whole } = await run(goodSettings());
    const { outputs: less } = await run(without);
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

describe("the program in an update that guards its Teleport resources", () => {
  after(() => Reflect.deleteProperty(process.env, GUARD_VARIABLE));

  it("protects them, but not those that the update replaces", async () => {
    const user = { spec: { roles: ["looker", "kube-admin"] } };
    const looker = { version: "v8", spec: {} };
    const resources = { roles: { looker }, users: { alice: user, bob: user } };
    const guarded = async () => {
      const { resources: made } = await run({ ...goodSettings(), resources });
      const kinds = /:Teleport(User|Role)/;
      return made
        .filter(({ type, protect }) => protect && kinds.test(type))
        .map(({ name }) => name);
    };
    assert.deepEqual(await guarded(), []);
    process.env[GUARD_VARIABLE] = "role-looker,certificate";
    assert.deepEqual(await guarded(), ["role-kube-admin", "user-alice", "user-bob"]);
    process.env[GUARD_VARIABLE] = "";
    assert.equal((await guarded()).length, 4);
  });
});
