import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { inTurn } from "../../../../components/support/in-turn";
import { recordProgram } from "../../../../operations/plan/record-program";

class Thing extends pulumi.CustomResource {
  constructor(name: string, inputs: pulumi.Inputs = {}) {
    super("test:index:Thing", name, inputs);
  }
}

/** Registers this many things in turn. Returns the largest number that waited, and the results. */
async function register(count: number, preview: boolean) {
  let [made, registered, most] = [0, 0, 0];
  let results: number[] = [];
  const recorded = await recordProgram(
    async () => {
      results = await inTurn(
        Array.from({ length: count }, (_, index) => index),
        (index) => {
          most = Math.max(most, ++made - registered);
          return { resource: new Thing(`thing-${index}`), result: index };
        },
      );
    },
    { outputs: () => ({ count: ++registered }), call: () => ({}) },
    { project: "access-plane", stack: "test", preview },
  );
  return { most, results, names: recorded.map(({ name }) => name) };
}

describe("resources created in turn", () => {
  for (const [preview, bound] of [
    [true, 16],
    [false, 100],
  ] as const) {
    it(`have at most ${bound} waiting in ${preview ? "a preview" : "an update"}`, async () => {
      const { most, results, names } = await register(300, preview);
      assert.equal(most, bound);
      assert.deepEqual(
        results,
        Array.from({ length: 300 }, (_, index) => index),
      );
      assert.equal(names.filter((name) => name.startsWith("thing-")).length, 300);
    });
  }

  it("follow those whose registration failed", async () => {
    let made = 0;
    const program = () => {
      const refused = pulumi.output(Promise.reject<string>(new Error("refused")));
      return inTurn(Array.from({ length: 40 }), () => {
        const inputs = made < 30 ? { of: refused } : {};
        return { resource: new Thing(`thing-${made++}`, inputs), result: made };
      });
    };
    const answers = { outputs: () => ({}), call: () => ({}) };
    const options = { project: "access-plane", stack: "test", preview: true };
    await assert.rejects(recordProgram(program, answers, options), /refused/);
    assert.equal(made, 40);
  });

  it("may be an empty list", async () => {
    assert.deepEqual((await register(0, true)).results, []);
  });
});
