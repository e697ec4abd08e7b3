import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";
import { Client } from "pg";
import { inc } from "semver";
import { EXIT } from "../../operations/base/exit-codes";
import type { CheckResult } from "../../operations/verify/check";
import { CHART_VERSION } from "../../teleport/versions";
import { eventually } from "../engine/eventually";
import type { Config } from "../engine/stack";
import { DisturbedPlane, NAMESPACE } from "./disturbed-plane";

const CHARTS = path.resolve(__dirname, "../../sandbox/charts");
const NODE = "sandbox-node-0";
const VSO = { group: "secrets.hashicorp.com", version: "v1beta1" };
const NEXT_PATCH = inc(CHART_VERSION, "patch") ?? "";

/** Running pods of the plane: name → uid. */
type Pods = Map<string, string>;

/**
 * Events in the life of a plane, one after the other. After each event `verify` passes, and only the
 * pods that must restart have restarted.
 */
describe("a day in the life of a plane", function () {
  let plane: DisturbedPlane;
  let core: k8s.CoreV1Api;

  before(async function () {
    // `FAULTS=0` runs only the two crash sequences.
    if (Number(process.env["FAULTS"] ?? 0) === 0) this.skip();
    plane = await DisturbedPlane.start();
    core = plane.stack.kube(k8s.CoreV1Api);
    plane.stack.change((config) => {
      config["access-plane:vault"] = { refreshAfter: "5s" };
      config["access-plane:resources"] = {
        roles: { walker: { version: "v7", spec: { allow: { app_labels: { "*": "*" } } } } },
      };
    });
    await plane.command("up");
    await verifies();
  });
  after(() => (plane as DisturbedPlane | undefined)?.stop());

  const agent = (config: Config) =>
    (config["access-plane:agents"] as Record<string, Record<string, unknown>>)["teleport-agent"];
  /** Repeats `verify` until it passes, because an event may take effect with a delay. */
  const verifies = async (tries = 6): Promise<void> => {
    const { code, output, stdout } = await plane.stack.accessPlane("verify", "--json");
    if (code === EXIT.OK) return;
    if (tries > 1) return verifies(tries - 1);
    assert.equal(code, EXIT.VERIFY, output);
    const { results } = JSON.parse(stdout) as { results: CheckResult[] };
    const failed = results.filter(({ state }) => state === "failed");
    assert.fail(failed.map(({ id, seen }) => `${id}: ${seen}`).join("\n"));
  };
  const pods = async (): Promise<Pods> => {
    const { items } = await core.listNamespacedPod({ namespace: NAMESPACE });
    const running = items.filter(
      ({ metadata, status }) =>
        metadata?.deletionTimestamp === undefined && status?.phase === "Running",
    );
    return new Map(running.map(({ metadata }) => [metadata?.name ?? "", metadata?.uid ?? ""]));
  };
  /** Names of the pods of `before` that no longer run. */
  const ended = (before: Pods, after: Pods) =>
    [...before].filter(([name, uid]) => after.get(name) !== uid).map(([name]) => name);
  /** Runs `event`, and resolves to the names of the pods that it ended. */
  const restarted = async (event: () => Promise<unknown>): Promise<string[]> => {
    const before = await pods();
    await event();
    await verifies();
    return ended(before, await pods());
  };
  const secretData = async (name: string) => {
    const { data = {} } = await core.readNamespacedSecret({ name, namespace: NAMESPACE });
    return data;
  };

  const authPods = async () => [...(await pods()).keys()].filter((name) => /-auth-/.test(name));
  /** Asserts that none of these auth pods runs any more. */
  const replaced = async (old: string[]) => {
    const now = await pods();
    assert.ok(!old.some((name) => now.has(name)), "auth pods have not restarted");
  };
  /** Changes the password in PostgreSQL and Vault, and waits until the Secret has it. */
  const rotate = async () => {
    const password = randomBytes(24).toString("hex");
    const client = new Client({
      ...{ host: "127.0.0.1", port: plane.stack.ports["postgres"], user: "postgres" },
      ...{ password: plane.stack.postgresPassword, database: "postgres" },
      ssl: { rejectUnauthorized: false },
    });
    await client.connect();
    await client.query(`ALTER ROLE teleport PASSWORD '${password}'`);
    await client.end();
    const data = { username: "teleport", password };
    await plane.stack.vault("secret/data/infra-db/teleport", { data });
    await eventually(async () => {
      const { password: delivered = "" } = await secretData("infra-db-credentials");
      assert.equal(Buffer.from(delivered, "base64").toString(), password);
    });
  };

  it("the certificate is renewed: no pod restarts", async () => {
    const old = (await secretData("teleport-tls"))["tls.crt"];
    const gone = await restarted(async () => {
      // Like cert-manager's `renew`: the issuer creates another key pair.
      await core.patchNamespacedSecret(
        { name: "teleport-tls", namespace: NAMESPACE, body: { data: { "tls.crt": "" } } },
        k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
      );
      await eventually(async () => {
        const now = (await secretData("teleport-tls"))["tls.crt"];
        assert.ok(
          now !== undefined && now !== "" && now !== old,
          "the certificate has not changed",
        );
      });
    });
    assert.deepEqual(gone, []);
  });

  it("the database's password is rotated: only the auth pods restart", async () => {
    const gone = await restarted(async () => {
      // Lists the pods first: the operator restarts them within milliseconds after the delivery.
      const before = await authPods();
      await rotate();
      await eventually(() => replaced(before));
    });
    assert.ok(gone.length > 0);
    assert.deepEqual(
      gone.filter((name) => !/-auth-/.test(name)),
      [],
    );
  });

  it("a restart after a rotation fails: verify names the pods, and its remedy restarts them", async () => {
    const object = { namespace: NAMESPACE, name: "infra-db-credentials" };
    const custom = { ...VSO, ...object, plural: "vaultstaticsecrets" };
    /** Sets what the operator restarts after a change. The operator does not retry a failed restart. */
    const setRestartTarget = async (name: string) => {
      const body = [{ op: "replace", path: "/spec/rolloutRestartTargets/0/name", value: name }];
      await plane.stack.kube(k8s.CustomObjectsApi).patchNamespacedCustomObject({ ...custom, body });
    };
    const loaded = async () => {
      const only = ["verify", "--json", "--only", "secrets.loaded"];
      const { stdout } = await plane.stack.accessPlane(...only);
      const { results } = JSON.parse(stdout) as { results: CheckResult[] };
      return results.find(({ id }) => id === "secrets.loaded");
    };
    await setRestartTarget("not-there");
    const before = await authPods();
    await rotate();
    assert.equal((await loaded())?.state, "warning", "it is too early for a failure");
    let found = await loaded();
    for (let looks = 0; found?.state === "warning" && looks < 30; looks++) {
      await sleep(3000);
      found = await loaded();
    }
    assert.equal(found?.state, "failed", JSON.stringify(found));
    for (const name of before) assert.ok(found.seen.includes(name), found.seen);
    const [, command = ""] = /^`([^`]+)`$/.exec(found.remedy) ?? [];
    const done = spawnSync("sh", ["-c", command], { env: plane.stack.env, encoding: "utf8" });
    assert.equal(done.status, 0, done.stderr);
    await eventually(async () => {
      await replaced(before);
      assert.equal((await loaded())?.state, "ok");
    });
    // The operator restarts the pods for the new setting, too: one after the other, 15 seconds apart.
    const restartedByHand = await authPods();
    await setRestartTarget("teleport-auth");
    await eventually(() => replaced(restartedByHand));
    await verifies();
  });

  it("a node is replaced: its pods move, and other pods keep running", async () => {
    const onNode = async () => {
      const fieldSelector = `spec.nodeName=${NODE},status.phase=Running`;
      const { items } = await core.listNamespacedPod({ namespace: NAMESPACE, fieldSelector });
      return items.map(({ metadata }) => metadata?.name ?? "");
    };
    const there = await onNode();
    const gone = await restarted(async () => {
      const { metadata, spec } = await core.readNode({ name: NODE });
      const { labels, annotations } = metadata ?? {};
      const taints = spec?.taints;
      const label = { "kubernetes.io/hostname": "sandbox-node-new" };
      await core.createNode({
        body: {
          metadata: { name: "sandbox-node-new", labels: { ...labels, ...label }, annotations },
          spec: { taints },
        },
      });
      // Drains the node, as its replacement requires.
      await core.patchNode(
        { name: NODE, body: { spec: { unschedulable: true } } },
        k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
      );
      for (const name of there) await core.deleteNamespacedPod({ name, namespace: NAMESPACE });
      await eventually(async () => assert.deepEqual(await onNode(), []));
      await core.deleteNode({ name: NODE });
    });
    assert.deepEqual(gone.sort(), there.sort());
  });

  it("the Teleport operator restarts: no other pod restarts", async () => {
    const gone = await restarted(async () => {
      const operator = [...(await pods()).keys()].filter((name) => /-operator-/.test(name));
      assert.equal(operator.length, 1);
      for (const name of operator) await core.deleteNamespacedPod({ name, namespace: NAMESPACE });
    });
    assert.equal(gone.length, 1, gone.join(", "));
    assert.match(gone[0] ?? "", /-operator-/);
  });

  it("a role changes its version: the role always exists, and no pod restarts", async () => {
    let missing = 0;
    const seen = setInterval(() => {
      if (plane.stack.teleport("role")["walker"] === undefined) missing++;
    }, 200);
    const gone = await restarted(async () => {
      plane.stack.change((config) => {
        const { roles } = config["access-plane:resources"] as { roles: Record<string, object> };
        Object.assign(roles["walker"] ?? {}, { version: "v8" });
      });
      for (let updates = 1; updates <= 3; updates++) await plane.command("up");
      const same = await plane.stack.accessPlane("preview", "--expect-no-changes");
      assert.equal(same.code, EXIT.OK, same.output);
    }).finally(() => clearInterval(seen));
    assert.deepEqual(gone, []);
    assert.equal(missing, 0, "the role was gone for a moment");
    assert.equal(plane.stack.teleport("role")["walker"]?.version, "v8");
  });

  it("an agent gets more replicas: the existing ones keep running", async () => {
    const before = await pods();
    const gone = await restarted(async () => {
      plane.stack.change((config) => Object.assign(agent(config) ?? {}, { replicas: 4 }));
      await plane.command("up");
    });
    assert.deepEqual(gone, []);
    assert.equal((await pods()).size, before.size + 2);
  });

  it("the charts change to the next patch version: a rolling update replaces all of their pods", async () => {
    const folder = path.join(plane.project, "charts-next");
    fs.cpSync(CHARTS, folder, { recursive: true, filter: (name) => !name.endsWith(".ts") });
    for (const chart of fs.readdirSync(folder)) {
      const file = path.join(folder, chart, "Chart.yaml");
      if (!fs.existsSync(file)) continue;
      const text = fs.readFileSync(file, "utf8").replaceAll(CHART_VERSION, NEXT_PATCH);
      fs.writeFileSync(file, text);
    }
    const gone = await restarted(async () => {
      plane.stack.change((config) => {
        config["access-plane:chart"] = { path: "charts-next", version: NEXT_PATCH };
      });
      await plane.command("up");
    });
    assert.ok(gone.some((name) => /-auth-/.test(name)));
    assert.ok(gone.some((name) => name.startsWith("teleport-agent-")));
    const { code, output } = await plane.stack.accessPlane("preview", "--expect-no-changes");
    assert.equal(code, EXIT.OK, output);
  });
});
