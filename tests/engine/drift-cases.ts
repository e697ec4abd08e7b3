import * as assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";
import { EXIT } from "../../operations/base/exit-codes";
import type { CheckResult } from "../../operations/verify";
import { eventually } from "./eventually";
import type { EngineStack } from "./stack";

const NAMESPACE = "teleport";
const CHECKS = "cluster.deployments,agent.statefulset,release.objects";

/** Drift of a deployed plane that a preview misses: verify reports it, and `chart.reapply` reverts it. */
export function driftCases(plane: () => EngineStack): void {
  let stack: EngineStack;
  before(() => {
    stack = plane();
  });

  const verify = async (code: number) => {
    const { stdout, ...end } = await stack.accessPlane("verify", "--only", CHECKS, "--json");
    assert.equal(end.code, code, `${stdout}\n${end.stderr}`);
    const { results } = JSON.parse(stdout) as { results: CheckResult[] };
    return Object.fromEntries(results.map(({ id, seen }) => [id, seen]));
  };
  const scale = (plural: "deployments" | "statefulsets", name: string) =>
    stack.kube(k8s.CustomObjectsApi).patchNamespacedCustomObjectScale(
      {
        ...{ group: "apps", version: "v1", namespace: NAMESPACE, plural, name },
        body: { spec: { replicas: 0 } },
      },
      k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
    );

  it("do not exist after an update: every object matches Helm's record", async () => {
    const seen = await verify(EXIT.OK);
    assert.match(seen["release.objects"] ?? "", /^\d\d objects of 2 releases$/);
  });

  it("are reported if a ConfigMap is gone, another differs, and workloads are scaled to 0", async () => {
    const core = stack.kube(k8s.CoreV1Api);
    await core.deleteNamespacedConfigMap({ namespace: NAMESPACE, name: "teleport-proxy" });
    await core.patchNamespacedConfigMap(
      { namespace: NAMESPACE, name: "teleport-auth", body: { data: { "teleport.yaml": "{}" } } },
      k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
    );
    await scale("deployments", "teleport-proxy");
    await scale("statefulsets", "teleport-agent");
    await eventually(async () => {
      const seen = await verify(EXIT.VERIFY);
      assert.match(seen["agent.statefulset"] ?? "", /teleport-agent: is to have 0 pods, not \d/);
      assert.match(seen["cluster.deployments"] ?? "", /teleport-proxy: is to have 0 pods, not \d/);
      assert.equal(
        seen["release.objects"],
        "ConfigMap teleport-auth (data.teleport.yaml differs); ConfigMap teleport-proxy is missing",
      );
    });
  });

  it("do not show in a preview, and are reverted by a new `chart.reapply`", async () => {
    await stack.expect(0, "preview", "--refresh", "--expect-no-changes");
    stack.change((config) => {
      config["access-plane:chart"] = { ...(config["access-plane:chart"] as object), reapply: "1" };
    });
    await stack.up();
    assert.deepEqual(Object.keys(await stack.lastChanges()), ["update"]);
    await verify(EXIT.OK);
    await stack.expect(0, "preview", "--expect-no-changes");
  });
}
