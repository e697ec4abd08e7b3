import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { facts, kindOf, KINDS } from "../../../../operations/kinds";
import type { PlannedResource } from "../../../../operations/plan/plan-stack";
import { ALL_KINDS, apiVersion } from "../../../../teleport/resources/kinds";

const golden = (stack: string) =>
  JSON.parse(fs.readFileSync(`tests/unit/golden/${stack}.json`, "utf8")) as PlannedResource[];
const planned = [...golden("prod"), ...golden("sandbox")];

describe("kinds of resources", () => {
  it("include every resource of the reference plane that needs a decision", () => {
    const unknown = planned.filter(({ type, inputs }) => kindOf({ type, inputs }) === undefined);
    assert.deepEqual([...new Set(unknown.map(({ type }) => type))], []);
  });

  it("protect every resource whose loss affects users", () => {
    const open = KINDS.filter(({ lost }) => lost?.level === "outage" && lost.allow === undefined);
    assert.deepEqual(open, []);
  });

  it("match exactly one pattern, for every version of a Teleport resource", () => {
    for (const kind of ALL_KINDS) {
      const type = `kubernetes:${apiVersion(kind)}:${kind}`;
      const found = KINDS.filter((candidate) => candidate.type.test(type));
      assert.ok(found.length <= 1, type);
    }
  });

  it("have the facts of a role of any version", () => {
    const inputs = { spec: { allow: { kubernetes_groups: ["viewers"] } } };
    for (const version of ["", "V6", "V7", "V8"]) {
      const type = `kubernetes:resources.teleport.dev/v1:TeleportRole${version}`;
      assert.deepEqual(facts({ type, inputs }), ["kubernetes groups viewers"]);
    }
  });
});
