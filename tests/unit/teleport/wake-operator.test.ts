import * as assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { FINALIZER, WAKE, type DeletedObject } from "../../../teleport/deletion";
import type { TeleportKind } from "../../../teleport/resources/kinds";
import { pauseAfter, waits, wakeOnce, wakeOperator } from "../../../teleport/wake-operator";

const NOW = Date.parse("2026-01-01T00:01:00Z");
const deleted = (secondsAgo: number, more: object = {}): DeletedObject => ({
  kind: "TeleportRoleV8",
  metadata: {
    name: "dev",
    deletionTimestamp: new Date(NOW - secondsAgo * 1000).toISOString(),
    finalizers: [FINALIZER],
    ...more,
  },
});

describe("waking the Teleport operator", () => {
  it("affects objects that have waited for some seconds", () => {
    assert.ok(waits(deleted(5), NOW));
    assert.ok(!waits(deleted(1), NOW));
    assert.ok(!waits({ kind: "TeleportRoleV8", metadata: { finalizers: [FINALIZER] } }, NOW));
    assert.ok(!waits(deleted(5, { finalizers: ["example.com/hold"] }), NOW));
    assert.ok(!waits(deleted(5, { annotations: { "teleport.dev/ignore": "true" } }), NOW));
  });

  it("touches each object, and lists only kinds that have objects", async () => {
    const objects: Partial<Record<TeleportKind, DeletedObject[]>> = {
      TeleportRoleV8: [deleted(5)],
      TeleportUser: [],
      TeleportProvisionToken: [{ kind: "TeleportProvisionToken", metadata: { name: "agent" } }],
    };
    const touched: string[] = [];
    const client = {
      list: (kind: TeleportKind) => Promise.resolve(objects[kind]),
      annotate: (kind: TeleportKind, name: string, annotation: string) => {
        touched.push(`${kind} ${name} ${annotation}`);
        return Promise.resolve();
      },
    };
    const kinds: TeleportKind[] = ["TeleportRoleV8", "TeleportUser", "TeleportProvisionToken"];
    const there = await wakeOnce(client, [...kinds, "TeleportBotV1"], NOW);
    assert.deepEqual(there, ["TeleportRoleV8", "TeleportProvisionToken"]);
    assert.deepEqual(touched, [`TeleportRoleV8 dev ${WAKE}`]);
  });

  it("repeats during an update, however slow the cluster is", () => {
    assert.deepEqual([10, 1000, 60_000].map(pauseAfter), [5000, 10_000, 15_000]);
  });

  it("reports once that the cluster cannot be reached, and fails nothing", async () => {
    const said: string[] = [];
    await wakeOperator({
      kubernetes: { kubeconfig: "/nowhere" },
      namespace: "teleport",
      onProblem: (text) => said.push(text),
    });
    assert.equal(said.length, 1);
    assert.match(said[0] ?? "", /\/nowhere/);
  }).timeout(10_000);

  it("looks at no cluster in an update that ends at once", async () => {
    const said: string[] = [];
    const ending = new AbortController();
    const woken = wakeOperator(
      {
        kubernetes: { kubeconfig: "/nowhere" },
        namespace: "teleport",
        onProblem: (text) => said.push(text),
      },
      ending.signal,
    );
    await sleep(500);
    assert.deepEqual(said, []);
    ending.abort();
    await woken;
    assert.deepEqual(said, []);
  });
});
