import * as assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import {
  failedObject,
  objectFaults,
  withObjectFaults,
} from "../../../../operations/deploy/object-faults";
import { CommandError } from "../../../../operations/base/exit-codes";
import type { KubeReader } from "../../../../operations/clients/kubernetes";
import { deletionFault, FINALIZER, type DeletedObject } from "../../../../teleport/deletion";

const role = (more: object = {}, status = {}): DeletedObject => ({
  kind: "TeleportRoleV8",
  metadata: { name: "dev", namespace: "teleport", finalizers: [FINALIZER], ...more },
  status,
});

describe("a Teleport resource that failed", () => {
  const refused = {
    conditions: [{ type: "SuccessfullyReconciled", status: "False", message: "in use by alice" }],
  };
  const accepted = {
    conditions: ["ValidStructure", "TeleportResourceOwned", "SuccessfullyReconciled"].map(
      (condition) => ({ type: condition, status: "True" }),
    ),
  };
  const cases: [string, DeletedObject, boolean, RegExp][] = [
    ["the operator is down", role(), false, /dev waits for .*does not run: start it again/],
    [
      "Teleport refuses, and no condition shows it",
      role({}, accepted),
      true,
      /only the operator's log says .*\(kubectl logs -n teleport .*Teleport keeps a role while somebody holds it/,
    ],
    [
      "Teleport refused its spec before, which does not explain the deletion",
      role({}, refused),
      true,
      /^(?!.*alice).*kubectl annotate TeleportRoleV8 dev -n teleport --overwrite access-plane\/wake=/,
    ],
    [
      "the operator ignores it by an annotation",
      role({ annotations: { "teleport.dev/ignore": "true" } }),
      true,
      /kubectl annotate TeleportRoleV8 dev -n teleport teleport\.dev\/ignore-/,
    ],
    [
      "somebody else holds it",
      role({ finalizers: ["example.com/hold"] }),
      true,
      /waits for example\.com\/hold: Teleport has released it; the owner of example\.com\/hold/,
    ],
  ];
  for (const [name, object, runs, expected] of cases) {
    it(`has a remedy for its deletion when ${name}`, () => {
      assert.match(deletionFault(object, runs), expected);
    });
  }

  const failure = (op: string, type: string) =>
    ({
      resOpFailedEvent: {
        metadata: {
          op,
          type,
          [op.startsWith("delete") ? "old" : "new"]: {
            inputs: { metadata: { name: "dev", namespace: "teleport" } },
          },
        },
      },
    }) as unknown as EngineEvent;
  const type = "kubernetes:resources.teleport.dev/v1:TeleportRoleV8";

  it("is recognized in the engine's events", () => {
    assert.deepEqual(failedObject(failure("delete", type)), {
      apiVersion: "resources.teleport.dev/v1",
      kind: "TeleportRoleV8",
      namespace: "teleport",
      name: "dev",
    });
    assert.equal(failedObject(failure("create", type))?.name, "dev");
    const certificate = failure("create", "kubernetes:cert-manager.io/v1:Certificate");
    assert.equal(failedObject(certificate)?.kind, "Certificate");
    assert.equal(failedObject(failure("delete", "kubernetes:core/v1:Namespace")), undefined);
    assert.equal(failedObject({} as EngineEvent), undefined);
  });

  it("is not reported if it has gone or been accepted since", async () => {
    const deleted = role({ deletionTimestamp: "2026-01-01T00:00:00Z" });
    for (const [object, found] of [
      [undefined, 0],
      [role({}, accepted), 0],
      [deleted, 1],
    ] as const) {
      const kubernetes = {
        get: () => Promise.resolve(object),
        list: () => Promise.resolve([{ status: { readyReplicas: 1 } }]),
      } as unknown as KubeReader;
      const failed = failedObject(failure("delete-replaced", type));
      assert.ok(failed !== undefined);
      assert.equal((await objectFaults([failed], kubernetes)).length, found);
    }
  });

  it("is reported with the operator's refusal or silence instead of a timeout only", async () => {
    const kubernetes = (object: DeletedObject) =>
      ({ get: () => Promise.resolve(object) }) as unknown as KubeReader;
    const denied = { conditions: [...accepted.conditions.slice(0, 2), ...refused.conditions] };
    const rule = "kubernetes:resources.teleport.dev/v1:TeleportLoginRule";
    for (const [of, object, expected] of [
      [type, role({}, denied), /^TeleportRoleV8 dev: SuccessfullyReconciled is False: in use by/],
      [type, role(), /^TeleportRoleV8 dev: the operator has not processed it: check that it runs/],
      [
        rule,
        role(),
        /^TeleportLoginRule dev: .*this kind needs the Enterprise edition with its licence/,
      ],
    ] as const) {
      const failed = failedObject(failure("create", of));
      assert.ok(failed !== undefined);
      const faults = await objectFaults([failed], kubernetes(object));
      assert.match(faults.join("\n"), expected);
    }
  });

  it("does not hide the error if the cluster cannot be reached", async () => {
    const failed = failedObject(failure("delete", type));
    assert.ok(failed !== undefined);
    const kubernetes = { kubernetes: { kubeconfig: "/nowhere" } } as const;
    const error = await withObjectFaults(
      new CommandError("FAILED", "timed out"),
      [failed],
      kubernetes,
    );
    assert.match((error as Error).message, /cannot be seen: .*\/nowhere.*\ntimed out/);
  });
});
