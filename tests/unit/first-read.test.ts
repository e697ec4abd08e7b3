import * as assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import deploy from "../../index";
import { goodSettings } from "./settings/fixture";

const REFERENCE = "pulumi:pulumi:StackReference";

/** Types of the resources that the program registers while the engine reads the last outputs. */
async function registeredMeanwhile(preview: boolean): Promise<string[]> {
  let reads = 0;
  const meanwhile: string[] = [];
  const mocks: pulumi.runtime.Mocks = {
    call: () => ({}),
    newResource: async ({ type, inputs }) => {
      if (type === REFERENCE) {
        reads++;
        await sleep(200);
        // What follows is another test's subject.
        throw new Error("read");
      }
      meanwhile.push(type);
      return { id: "an-id", state: inputs as object };
    },
  };
  await pulumi.runtime.setMocks(mocks, "access-plane", "prod", preview, "organization");
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(goodSettings()).map(([name, value]) => [
        `access-plane:${name}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
  );
  await assert.rejects(pulumi.runtime.runInPulumiStack(deploy), /read/);
  assert.equal(reads, 1);
  return meanwhile.filter((type) => type !== "pulumi:pulumi:Stack");
}

describe("the outputs of the last update", () => {
  it("are read before an update registers a resource, whose state would be saved meanwhile", async () => {
    assert.deepEqual(await registeredMeanwhile(false), []);
  });

  it("are read in a preview, which saves nothing, while the plugins start", async () => {
    assert.deepEqual(await registeredMeanwhile(true), [
      "pulumi:providers:vault",
      "pulumi:providers:aws",
    ]);
  });
});
