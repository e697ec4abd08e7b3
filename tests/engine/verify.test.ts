import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as path from "node:path";
import {
  DeleteListenerCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import * as k8s from "@kubernetes/client-node";
import type { CheckResult } from "../../operations/verify/check";
import { EngineStack } from "./stack";

const ROOT = path.resolve(__dirname, "../..");
const NAMESPACE = "teleport";
const AGENT_PATH = "secret/data/teleport/agent";

/** The real command on a real plane: sound, then broken in several places, then mended. */
describe("verify on the sandbox", () => {
  let stack: EngineStack;
  let core: k8s.CoreV1Api;
  let custom: k8s.CustomObjectsApi;

  before(async () => {
    stack = await EngineStack.start();
    core = stack.kube(k8s.CoreV1Api);
    custom = stack.kube(k8s.CustomObjectsApi);
  });
  after(async () => {
    await stack.stop();
  });

  const verify = (...args: string[]) =>
    new Promise<{ code: number; results: CheckResult[] }>((resolve, reject) => {
      execFile(
        process.execPath,
        [path.join(ROOT, "bin/access-plane"), "verify", "--stack", "sandbox", "--json", ...args],
        { cwd: ROOT, env: stack.env, maxBuffer: 1 << 24 },
        (error, stdout, stderr) => {
          try {
            const { results } = JSON.parse(stdout) as { results: CheckResult[] };
            resolve({ code: typeof error?.code === "number" ? error.code : 0, results });
          } catch {
            reject(new Error(`verify printed no results: ${stdout}\n${stderr}`));
          }
        },
      );
    });
  const failed = (results: CheckResult[]) =>
    results.filter(({ state }) => state === "failed").map(({ id, seen }) => `${id}: ${seen}`);
  const ids = (lines: string[]) => lines.map((line) => line.split(":")[0]).sort();

  const role = {
    group: "resources.teleport.dev",
    version: "v2",
    namespace: NAMESPACE,
    plural: "teleportusers",
  };
  const setNodePort = async (nodePort: number) => {
    const where = { name: "teleport", namespace: NAMESPACE };
    const { spec } = await core.readNamespacedService(where);
    const ports = spec?.ports?.map(({ name, port, targetPort }) => ({
      ...{ name, port, targetPort },
      nodePort,
    }));
    await core.patchNamespacedService(
      { ...where, body: { spec: { ports } } },
      k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
    );
  };

  it("finds nothing that hinders a first deployment", async () => {
    const { code, results } = await verify("--before");
    assert.deepEqual(failed(results), []);
    assert.equal(code, 0);
  });

  it("finds a deployed plane sound, and says what it cannot see", async () => {
    await stack.up();
    const { code, results } = await verify();
    assert.deepEqual(failed(results), []);
    assert.equal(code, 0);
    const skipped = results.filter(({ state }) => state === "skipped");
    for (const { id, seen } of skipped) assert.match(seen, /^pods are simulated/, id);
    assert.deepEqual([...new Set(skipped.map(({ group }) => group))].sort(), [
      "apps",
      "dns",
      "logs",
      "proxy",
    ]);
  });

  it("names each of several faults, and nothing beside them", async () => {
    const { data: keys } = (await stack.vault(AGENT_PATH)) as { data: Record<string, string> };
    const { "zot-basic-auth": secret = "", ...rest } = keys;
    const elb = new ElasticLoadBalancingV2Client({
      endpoint: stack.env["AWS_ENDPOINT_URL"] ?? "",
      region: "eu-central-1",
      credentials: {
        accessKeyId: stack.env["AWS_ACCESS_KEY_ID"] ?? "",
        secretAccessKey: stack.env["AWS_SECRET_ACCESS_KEY"] ?? "",
      },
    });
    const { LoadBalancers: [nlb] = [] } = await elb.send(
      new DescribeLoadBalancersCommand({ Names: ["teleport"] }),
    );
    const { Listeners: [listener] = [] } = await elb.send(
      new DescribeListenersCommand({ LoadBalancerArn: nlb?.LoadBalancerArn }),
    );
    await Promise.all([
      setNodePort(30444),
      stack.vault(AGENT_PATH, { data: rest }),
      elb.send(new DeleteListenerCommand({ ListenerArn: listener?.ListenerArn })),
      core.createNamespacedConfigMap({
        namespace: NAMESPACE,
        body: { metadata: { name: "notes" }, data: { header: `Basic ${secret}` } },
      }),
      custom.createNamespacedCustomObject({
        ...role,
        body: {
          apiVersion: "resources.teleport.dev/v2",
          kind: "TeleportUser",
          metadata: { name: "nobody" },
          spec: { roles: ["no-such-role"] },
        },
      }),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 5000));

    const { code, results } = await verify();
    const problems = failed(results);
    assert.equal(code, 10);
    assert.deepEqual(
      ids(problems),
      [
        "drift.none",
        "exposure.listener",
        "exposure.service",
        "resources.reconciled",
        "secrets.plain",
        "vault.keys",
      ],
      problems.join("\n"),
    );
    const text = problems.join("\n");
    assert.match(text, /NodePort 443:30444/);
    assert.match(text, /has no zot-basic-auth/);
    assert.match(text, /teleport-agent-credentials\/zot-basic-auth stands in ConfigMap notes/);
    assert.match(text, /TeleportUser nobody: .*no-such-role/);
    assert.match(text, /ServicePatch/);
    assert.ok(!JSON.stringify(results).includes(secret), "a secret is shown");

    await Promise.all([
      stack.vault(AGENT_PATH, { data: keys }),
      core.deleteNamespacedConfigMap({ name: "notes", namespace: NAMESPACE }),
      custom.deleteNamespacedCustomObject({ ...role, name: "nobody" }),
    ]);
    await stack.expect(0, "up", "--refresh", "--yes", "--skip-preview");
    const mended = await verify();
    assert.deepEqual(failed(mended.results), []);
  });
});
