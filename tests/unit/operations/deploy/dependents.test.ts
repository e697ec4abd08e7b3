import * as assert from "node:assert/strict";
import { stringify } from "yaml";
import { EXIT } from "../../../../operations/base/exit-codes";
import { FakeEngine } from "./fake-engine";

describe("a plane that other stacks depend on", () => {
  let engine: FakeEngine;
  before(() => {
    engine = new FakeEngine();
    const config = { "access-plane:plane": { stack: "organization/access-plane/prod" } };
    for (const name of ["apps", "agents"]) {
      engine.file(`Pulumi.${name}.yaml`, stringify({ config }));
    }
    engine.stacks([
      { name: "prod", resourceCount: 20 },
      { name: "apps", resourceCount: 3 },
      { name: "agents", resourceCount: 0 },
    ]);
  });
  after(() => engine.remove());

  const destroy = (...stacks: string[]) =>
    engine.run(["destroy", ...stacks, "--yes", "--allow", "all"]);

  it("is not destroyed before them, even with --allow; nothing changes", async () => {
    const { code, stdout, engine: asked } = await destroy("--stack", "prod");
    assert.equal(code, EXIT.PROTECTED, stdout);
    assert.match(stdout, /apps still deployed, and it belongs to plane prod\./);
    assert.match(stdout, /access-plane destroy --stacks 'apps,prod'/);
    assert.deepEqual(
      asked.filter((line) => /^(destroy|refresh|stack import)/.test(line)),
      [],
    );
  });

  it("is destroyed together with them, or if none of them is deployed", async () => {
    for (const [flags, stacks] of [
      [["--stacks", "apps,prod"], [{ name: "apps", resourceCount: 3 }]],
      [["--stack", "prod"], [{ name: "apps", resourceCount: 0 }]],
    ] as const) {
      engine.stacks(stacks);
      assert.doesNotMatch((await destroy(...flags)).stdout, /belongs? to plane/);
    }
  });
});
