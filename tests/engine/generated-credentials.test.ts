import * as assert from "node:assert/strict";
import { Bootstrap, generate, GENERATED_PATH, generatedCases } from "./generated-cases";
import { needsPsql } from "./needs-psql";
import { skipAfterFailure } from "./skip-after-failure";
import { EngineStack } from "./stack";

/** `credentials.source: generated` with delivery by Pulumi. canaries.test.ts has delivery by the operator. */
describe("generated credentials on the sandbox, with delivery pulumi", function () {
  skipAfterFailure(this);
  let stack: EngineStack;
  let bootstrap: Bootstrap;

  before(async function () {
    needsPsql(this);
    stack = await EngineStack.start();
    stack.change((config) => {
      config["access-plane:vault"] = { delivery: "pulumi", refreshAfter: "5s" };
      config["access-plane:agents"] = {};
      generate(config);
      delete config["access-plane:loadBalancer"];
      delete config["access-plane:aws"];
    });
    stack.liftProtection();
    bootstrap = await Bootstrap.play(stack);
  });
  after(async () => {
    // Nothing was started if the suite is skipped.
    await (bootstrap as Bootstrap | undefined)?.stop();
    await (stack as EngineStack | undefined)?.stop();
  });

  generatedCases(
    () => ({
      stack,
      up: () => stack.up(),
      rotate: (rotation) => {
        stack.change((config) => {
          generate(config, rotation);
        });
        return stack.up();
      },
      unchanged: () => stack.expect(0, "preview", "--expect-no-changes"),
    }),
    () => bootstrap,
  );

  it("are destroyed completely", async () => {
    await stack.expect(0, "destroy", "--yes", "--skip-preview");
    await assert.rejects(stack.vault(`secret/data/${GENERATED_PATH}`));
  });
});
