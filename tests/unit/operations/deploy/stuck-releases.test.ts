import * as assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";
import { CommandError } from "../../../../operations/base/exit-codes";
import {
  deleteReleaseRecords,
  judge,
  releasesIn,
  stuckReleases,
  stuckText,
  type HelmRecord,
  type ReleaseName,
} from "../../../../operations/deploy/stuck-releases";

const release = (inState: boolean, cutOff: boolean): ReleaseName => ({
  ...{ urn: "urn:release", namespace: "teleport", name: "teleport", inState, cutOff },
});

const records = (...statuses: string[]): HelmRecord[] =>
  statuses.map((status, index) => ({
    secret: `sh.helm.release.v1.teleport.v${index + 1}`,
    uid: `uid-${index + 1}`,
    resourceVersion: String(index + 1),
    revision: index + 1,
    status,
  }));

/**
 * Records of a release, whether the state has the release and an operation on it, the action, and the deleted
 * revisions.
 */
const CASES: [string, string[], boolean, boolean, string | undefined, number[]?][] = [
  ["deployed", ["superseded", "deployed"], true, false, undefined],
  ["a creation that never began", [], false, true, undefined],
  ["a failure that the engine has recorded", ["deployed", "failed"], true, false, undefined],
  ["a failure that the engine has not recorded", ["deployed", "failed"], true, true, "forget", [2]],
  ["a failed installation", ["failed"], false, true, "forget", [1]],
  ["a cut-off installation", ["pending-install"], false, true, "forget", [1]],
  ["a cut-off upgrade", ["superseded", "deployed", "pending-upgrade"], true, true, "forget", [3]],
  [
    "a cut-off upgrade that is in no operation",
    ["deployed", "pending-upgrade"],
    true,
    false,
    "forget",
    [2],
  ],
  ["a cut-off rollback", ["superseded", "deployed", "pending-rollback"], true, true, "forget", [3]],
  ["no deployed revision", ["superseded", "superseded"], true, false, "forget", [1, 2]],
  ["an unknown status", ["unknown"], true, false, "forget", [1]],
  ["an uninstall that keeps its history", ["uninstalled"], true, false, "forget", [1]],
  ["a cut-off uninstall", ["uninstalling"], true, true, "uninstall", []],
  [
    "a release that is created again after an uninstall",
    ["uninstalling"],
    false,
    true,
    "forget",
    [1],
  ],
  ["no record", [], true, false, "read", []],
];

describe("a Helm release after a crash", () => {
  for (const [name, statuses, inState, cutOff, action, gone = []] of CASES) {
    it(`${name}: ${action ?? "nothing to do"}`, () => {
      const stuck = judge(release(inState, cutOff), records(...statuses));
      assert.equal(stuck?.action, action);
      assert.deepEqual(stuck?.records.map(({ revision }) => revision) ?? [], gone);
      if (stuck !== undefined) assert.match(stuckText(stuck), /^Release teleport/);
    });
  }

  it("is found in the state, also if its creation did not finish", () => {
    const resource = (name: string) => ({
      urn: `urn:${name}`,
      type: "kubernetes:helm.sh/v3:Release",
      inputs: { name, namespace: "teleport" },
    });
    const [made, begun] = [resource("made"), resource("begun")];
    const pending_operations = [begun, made].map((one) => ({
      ...{ type: "creating" as const, resource: one },
    }));
    const found = releasesIn({ deployment: { resources: [made], pending_operations } });
    assert.deepEqual(
      found.map(({ name, inState, cutOff }) => [name, inState, cutOff]),
      [
        ["made", true, true],
        ["begun", false, true],
      ],
    );
  });

  it("is read without its old revisions, unless nothing else is left", async () => {
    const asked: string[] = [];
    const list = (kept: HelmRecord[]) =>
      ({
        listNamespacedSecret: ({ labelSelector }: { labelSelector: string }) => {
          asked.push(labelSelector);
          const current = labelSelector.endsWith("status!=superseded");
          const items = kept
            .filter(({ status }) => !current || status !== "superseded")
            .map(({ secret, uid, resourceVersion, revision, status }) => ({
              metadata: {
                ...{ name: secret, uid, resourceVersion },
                labels: { version: String(revision), status },
              },
            }));
          return Promise.resolve({ items });
        },
      }) as unknown as k8s.CoreV1Api;
    const of = (...statuses: string[]) =>
      stuckReleases(list(records(...statuses)), [release(true, false)]);
    assert.deepEqual(await of("superseded", "deployed"), []);
    assert.deepEqual(asked, ["owner=helm,name=teleport,status!=superseded"]);
    const [stuck] = await of("superseded", "superseded");
    assert.equal(stuck?.records.length, 2);
  });

  it("is deleted only while its records do not change", async () => {
    const stuck = judge(release(true, true), records("superseded", "superseded"));
    assert.ok(stuck !== undefined);
    const deleted: unknown[] = [];
    const core = (code?: number) =>
      ({
        deleteNamespacedSecret: (request: unknown) => {
          deleted.push(request);
          return code === undefined
            ? Promise.resolve()
            : Promise.reject(new k8s.ApiException(code, "conflict", {}, {}));
        },
      }) as unknown as k8s.CoreV1Api;
    await deleteReleaseRecords(core(), stuck);
    assert.deepEqual(
      deleted.map((request) => (request as { body: unknown }).body),
      [2, 1].map((n) => ({ preconditions: { uid: `uid-${n}`, resourceVersion: String(n) } })),
    );
    await assert.rejects(deleteReleaseRecords(core(409), stuck), (error) => {
      assert.ok(error instanceof CommandError);
      assert.equal(error.reason, "LOCKED");
      return /Helm still works on release teleport/.test(error.message);
    });
  });
});
