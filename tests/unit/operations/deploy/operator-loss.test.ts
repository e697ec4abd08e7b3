import * as assert from "node:assert/strict";
import {
  operatorLoss,
  orphans,
  refusal,
  refuseOrphans,
} from "../../../../operations/deploy/operator-loss";
import type { Step } from "../../../../operations/engine/steps";
import type { KubeReader } from "../../../../operations/clients/kubernetes";

const step = (kind: Step["kind"], type: string, before: object, after?: object): Step => ({
  kind,
  type,
  urn: `urn:pulumi:prod::access-plane::access-plane:components:TeleportCluster$${type}::teleport`,
  name: "teleport",
  changed: [],
  replaceBecause: [],
  before: before as Record<string, unknown>,
  ...(after === undefined ? {} : { after: after as Record<string, unknown> }),
});
const release = (kind: Step["kind"], before: boolean, after?: boolean) =>
  step(
    kind,
    "kubernetes:helm.sh/v3:Release",
    { namespace: "teleport", values: { enterprise: before } },
    after === undefined ? undefined : { namespace: "teleport", values: { enterprise: after } },
  );
const user = step("delete", "kubernetes:resources.teleport.dev/v2:TeleportUser", {
  kind: "TeleportUser",
  metadata: { name: "alice" },
});

/** A cluster with a user and a login rule. */
const kubernetes = {
  list: (_version: string, kind: string) => {
    const found: Record<string, object[]> = {
      CustomResourceDefinition: ["TeleportUser", "TeleportLoginRule"].map((name) => ({
        spec: { group: "resources.teleport.dev", names: { kind: name } },
      })),
      TeleportUser: [{ metadata: { name: "alice" } }],
      TeleportLoginRule: [{ metadata: { name: "lower" } }],
    };
    return Promise.resolve(found[kind] ?? []);
  },
} as unknown as KubeReader;

const left = async (...steps: Step[]) => {
  const loss = operatorLoss(steps);
  return loss === undefined ? undefined : orphans(loss, steps, kubernetes);
};

describe("an operation that removes the operator", () => {
  it("is one that deletes the release, or removes the edition that kinds need", async () => {
    assert.equal(await left(user, release("update", true, true)), undefined);
    assert.equal(await left(release("update", false, true)), undefined);
    assert.deepEqual(await left(release("update", true, false)), ["TeleportLoginRule/lower"]);
  });

  it("does not count objects that it deletes first", async () => {
    assert.deepEqual(await left(user, release("delete", true)), ["TeleportLoginRule/lower"]);
    const rule = { kind: "TeleportLoginRule", metadata: { name: "lower" } };
    const gone = step("delete", "kubernetes:resources.teleport.dev/v1:TeleportLoginRule", rule);
    assert.deepEqual(await left(user, gone, release("delete", true)), []);
    // The engine deletes after the release has lost its licence.
    assert.deepEqual(await left(gone, release("update", true, false)), ["TeleportLoginRule/lower"]);
  });

  it("names the command that removes all of what would stay behind", () => {
    const loss = operatorLoss([release("delete", false)]);
    assert.ok(loss !== undefined);
    assert.match(
      refusal(loss, ["TeleportAppV3/wiki", "TeleportUser/alice"]),
      /kubectl delete -n teleport TeleportAppV3\/wiki TeleportUser\/alice$/,
    );
  });

  it("continues with a warning if the cluster cannot be reached", async () => {
    const warnings: string[] = [];
    const settings = { kubernetes: { kubeconfig: "/nowhere" } };
    await refuseOrphans([release("delete", false)], settings, (text) => warnings.push(text));
    assert.match(warnings.join(), /whether custom resources stay behind cannot be seen: .*nowhere/);
  });
});
