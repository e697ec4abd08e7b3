import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { ROLE_VERSIONS, type RoleVersion } from "../../../../teleport/resources/kinds";
import { roleStep, type DeployedRole } from "../../../../teleport/resources/role-migration";

/** The object of one role, and its copy in Teleport. */
interface World {
  object?: DeployedRole | undefined;
  /** False after the role was deleted in Teleport while it was declared. */
  role: boolean;
  outputs?: DeployedRole | undefined;
}

/** The end of an update: success, or an interruption, after which the outputs are the old ones. */
const ENDS = ["well", "before", "after the old object went", "after the new one came"] as const;

/** An update in the engine's order. */
function update(
  world: World,
  wanted: RoleVersion,
  keep: boolean,
  end: (typeof ENDS)[number],
): World {
  if (end === "before") return world;
  const step = roleStep(wanted, keep, world.outputs);
  const replaced = world.object !== undefined && world.object.version !== step.version;
  const role = world.role && (!replaced || world.object?.keep === true);
  const { outputs } = world;
  if (end === "after the old object went" && replaced) return { role, outputs };
  const object = { version: step.version, keep: step.keep };
  return { role, object, outputs: end === "well" ? step.leaves : outputs };
}

describe("a role that changes its version", () => {
  it("takes three updates: mark, replace, unmark", () => {
    const first = roleStep("v8", false, { version: "v7", keep: false });
    assert.deepEqual([first.version, first.keep, first.holdSpec], ["v7", true, true]);
    assert.match(first.next ?? "", /^moves from v7 to v8: .*two more/);
    const second = roleStep("v8", false, first.leaves);
    assert.deepEqual([second.version, second.keep, second.holdSpec], ["v8", true, false]);
    assert.match(second.next ?? "", /one more/);
    const third = roleStep("v8", false, second.leaves);
    assert.deepEqual([third.version, third.keep, third.next], ["v8", false, undefined]);
    assert.deepEqual(third.leaves, { version: "v8", keep: false });
  });

  it("takes one update if it has the mark anyway", () => {
    const { version, keep, next } = roleStep("v8", true, { version: "v7", keep: true });
    assert.deepEqual([version, keep, next], ["v8", true, undefined]);
  });

  it("is created as declared if nothing is deployed", () => {
    const { version, keep, next } = roleStep("v7", false, undefined);
    assert.deepEqual([version, keep, next], ["v7", false, undefined]);
  });

  it("is never deleted in Teleport, for any wanted role and any interrupted update", () => {
    const wish = fc.record({
      wanted: fc.constantFrom(...ROLE_VERSIONS),
      keep: fc.boolean(),
      end: fc.constantFrom(...ENDS),
    });
    fc.assert(
      fc.property(fc.constantFrom(...ROLE_VERSIONS), fc.array(wish), (start, wishes) => {
        let world: World = update({ role: true }, start, false, "well");
        for (const { wanted, keep, end } of wishes) {
          world = update(world, wanted, keep, end);
          assert.ok(world.role, JSON.stringify(world));
        }
        // After successful updates the role has its final version.
        for (let i = 0; i < 4; i++) world = update(world, "v8", false, "well");
        const { next } = roleStep("v8", false, world.outputs);
        assert.deepEqual([world.object, next], [{ version: "v8", keep: false }, undefined]);
      }),
      { numRuns: 2000 },
    );
  });
});
