import * as assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { previousOutputs } from "../../components/support/previous-outputs";
import deploy from "../../index";
import { goodSettings } from "./settings/fixture";

const READ = "pulumi:pulumi:readStackOutputs";

/** What the engine answers while it replaces the files of a state. */
const SAVING = `invocation of ${READ} returned an error: failed to load checkpoint: EOF`;

/** An error as the engine's connection reports it. */
const failed = (details: string) => Promise.reject(Object.assign(new Error(), { details }));

/** Plays an engine whose function of this name answers with `read`. Lists the types of registered resources. */
async function play(read: () => Promise<object>, preview = false): Promise<string[]> {
  const registered: string[] = [];
  const mocks: pulumi.runtime.Mocks = {
    call: ({ token }) => (token === READ ? read() : {}),
    newResource: ({ type, inputs }) => {
      registered.push(type);
      return { id: "an-id", state: inputs as object };
    },
  };
  await pulumi.runtime.setMocks(mocks, "access-plane", "prod", preview, "organization");
  return registered;
}

describe("the outputs of the last update", () => {
  for (const preview of [true, false]) {
    it(`are read in ${preview ? "a preview" : "an update"} while the plugins start`, async () => {
      const registered = await play(async () => {
        await sleep(200);
        // What follows is another test's subject.
        return failed("read");
      }, preview);
      pulumi.runtime.setAllConfig(
        Object.fromEntries(
          Object.entries(goodSettings()).map(([name, value]) => [
            `access-plane:${name}`,
            typeof value === "string" ? value : JSON.stringify(value),
          ]),
        ),
      );
      await assert.rejects(pulumi.runtime.runInPulumiStack(deploy), /read/);
      assert.deepEqual(registered, [
        "pulumi:pulumi:Stack",
        "pulumi:providers:vault",
        "pulumi:providers:aws",
      ]);
    });
  }

  it("are read again if the engine saved the state meanwhile", async () => {
    let reads = 0;
    await play(() =>
      ++reads < 3
        ? failed(SAVING)
        : Promise.resolve({
            name: "prod",
            outputs: { version: "18.0.0", remoteAgents: { a: {} } },
          }),
    );
    const { version, remoteAgents, roles } = await previousOutputs();
    assert.deepEqual([version, remoteAgents, roles, reads], ["18.0.0", { a: {} }, {}, 3]);
  });

  it("fail the update if they cannot be read", async () => {
    for (const message of ["AccessDenied", SAVING]) {
      await play(() => failed(message));
      await assert.rejects(previousOutputs(), new RegExp(message.slice(-12)));
    }
  });

  it("of a stack without any are empty", async () => {
    await play(() => Promise.resolve({ name: "prod", outputs: {} }));
    assert.deepEqual(await previousOutputs(), { remoteAgents: {}, roles: {} });
  });
});
