import * as assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import {
  failedDeletion,
  stuckDeletions,
  withStuckDeletions,
} from "../../operations/deploy/stuck-deletions";
import { CommandError } from "../../operations/cli/exit-codes";
import type { KubeReader } from "../../operations/verify/clients/kubernetes";
import { deletionFault, FINALIZER, type DeletedObject } from "../../teleport/deletion";

const role = (more: object = {}, status = {}): DeletedObject => ({
  kind: "TeleportRoleV8",
  metadata: { name: "dev", namespace: "teleport", finalizers: [FINALIZER], ...more },
  status,
});

describe("an object that hangs in deletion", () => {
  const refused = {
    conditions: [{ type: "SuccessfullyReconciled", status: "False", message: "in use by alice" }],
  };
  const cases: [string, DeletedObject, boolean, RegExp][] = [
    ["the operator is down", role(), false, /dev waits for .*does not run: bring it back/],
    ["Teleport refuses", role({}, refused), true, /: in use by alice; put that right/],
    ["nothing else is known", role(), true, /log says why \(kubectl logs -n teleport/],
    [
      "it was told to ignore it",
      role({ annotations: { "teleport.dev/ignore": "true" } }),
      true,
      /kubectl annotate TeleportRoleV8 dev -n teleport teleport\.dev\/ignore-/,
    ],
    [
      "somebody else holds it",
      role({ finalizers: ["example.com/hold"] }),
      true,
      /waits for example\.com\/hold: Teleport has let it go; whoever set example\.com\/hold/,
    ],
  ];
  for (const [name, object, runs, expected] of cases) {
    it(`says what to do when ${name}`, () => {
      assert.match(deletionFault(object, runs), expected);
    });
  }

  const failure = (op: string, type: string) =>
    ({ resOpFailedEvent: { metadata: { op, type, old: { id: "teleport/dev" } } } }) as EngineEvent;
  const type = "kubernetes:resources.teleport.dev/v1:TeleportRoleV8";

  it("is found among the engine's events", () => {
    assert.deepEqual(failedDeletion(failure("delete", type)), {
      apiVersion: "resources.teleport.dev/v1",
      kind: "TeleportRoleV8",
      namespace: "teleport",
      name: "dev",
    });
    assert.equal(failedDeletion(failure("create", type)), undefined);
    assert.equal(failedDeletion(failure("delete", "kubernetes:core/v1:Namespace")), undefined);
    assert.equal(failedDeletion({} as EngineEvent), undefined);
  });

  it("is left out when it has gone since, or is there to stay", async () => {
    const deleted = role({ deletionTimestamp: "2026-01-01T00:00:00Z" });
    for (const [object, found] of [
      [undefined, 0],
      [role(), 0],
      [deleted, 1],
    ] as const) {
      const kubernetes = {
        get: () => Promise.resolve(object),
        list: () => Promise.resolve([{ status: { readyReplicas: 1 } }]),
      } as unknown as KubeReader;
      const failed = failedDeletion(failure("delete-replaced", type));
      assert.ok(failed !== undefined);
      assert.equal((await stuckDeletions([failed], kubernetes)).length, found);
    }
  });

  it("does not hide the error when the cluster cannot be asked", async () => {
    const failed = failedDeletion(failure("delete", type));
    assert.ok(failed !== undefined);
    const kubernetes = { kubernetes: { kubeconfig: "/nowhere" } } as const;
    const error = await withStuckDeletions(
      new CommandError("FAILED", "timed out"),
      [failed],
      kubernetes,
    );
    assert.match((error as Error).message, /cannot be seen: .*\/nowhere.*\ntimed out/);
  });
});
