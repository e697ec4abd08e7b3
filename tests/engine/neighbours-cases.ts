import * as assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";
import { accepted, config, NAMESPACE, objects } from "./read-back";
import type { Config, EngineStack } from "./stack";

const HANDLER = "teleport-event-handler";

/** Deploys the example stacks of other kinds, which use the plane's outputs. */
export function neighbours(plane: () => EngineStack): void {
  let stack: EngineStack;
  let core: k8s.CoreV1Api;
  let apps: k8s.AppsV1Api;
  let catalogue: EngineStack;
  let handler: EngineStack;
  let remote: EngineStack;
  const everyOne = <T>(run: (stack: EngineStack) => Promise<T>) =>
    Promise.all([catalogue, handler, remote].map(run));

  before(async () => {
    stack = plane();
    core = stack.kube(k8s.CoreV1Api);
    apps = stack.kube(k8s.AppsV1Api);
    await stack.kube(k8s.CustomObjectsApi).createClusterCustomObject({
      ...{ group: "cert-manager.io", version: "v1", plural: "clusterissuers" },
      body: {
        apiVersion: "cert-manager.io/v1",
        kind: "ClusterIssuer",
        metadata: { name: "audit-ca" },
        spec: { ca: { secretName: "audit-ca" } },
      },
    });
    // The sandbox has no volume provisioner.
    await core.createPersistentVolume({
      body: {
        metadata: { name: "cursor" },
        spec: {
          capacity: { storage: "1Gi" },
          accessModes: ["ReadWriteOnce"],
          hostPath: { path: "/data" },
        },
      },
    });
    const chart = { path: `${process.cwd()}/sandbox/charts` };
    catalogue = await stack.beside("apps");
    handler = await stack.beside("event-handler", (config) => {
      config["access-plane:chart"] = chart;
    });
    remote = await stack.beside("remote-agent", (config) => {
      config["access-plane:chart"] = chart;
      // Stands for another cluster, where the plane's names are free.
      config["access-plane:namespace"] = { name: "west", protect: false };
      const { "teleport-agent": west } = config["access-plane:agents"] as Record<string, Config>;
      config["access-plane:agents"] = {
        west: { ...west, credentials: { path: "west/agent", keys: ["shop-token"] } },
      };
    });
    await stack.vault("secret/data/west/agent", { data: { "shop-token": "of the shop" } });
  });

  it("deploys a team's catalogue, whose apps the plane's agents serve", async () => {
    await everyOne((neighbour) => neighbour.up());
    const outputs = await catalogue.outputs();
    assert.deepEqual(outputs["apps"], {
      "orders-db": "https://orders-db.lumie-infra.com",
      wiki: "https://wiki.lumie-infra.com",
    });
    const wiki = await accepted(stack, "teleportappsv3", "wiki");
    assert.deepEqual(wiki.metadata.labels, {
      team: "docs",
      "access-plane/agent": "teleport-agent",
    });
    await accepted(stack, "teleportappsv3", "orders-db");
    assert.equal(stack.teleport("app")["wiki"]?.spec["public_addr"], "wiki.lumie-infra.com");
  });

  it("deploys an event handler with everything that its pods mount", async () => {
    await accepted(stack, "teleportrolesv8", HANDLER);
    assert.deepEqual((await accepted(stack, "teleportbotsv1", HANDLER)).spec["roles"], [HANDLER]);
    const token = await accepted(stack, "teleportprovisiontokens", HANDLER, "v2");
    assert.equal(token.spec["bot_name"], HANDLER);
    const place = { name: HANDLER, namespace: NAMESPACE };
    const { spec, status } = await apps.readNamespacedDeployment(place);
    assert.equal(status?.readyReplicas, 1);
    const bot = `${HANDLER}-tbot`;
    const allowed = JSON.stringify(token.spec["kubernetes"]);
    assert.ok(allowed.includes(`"${NAMESPACE}:${bot}"`), allowed);
    const tbot = await apps.readNamespacedDeployment({ ...place, name: bot });
    assert.equal(tbot.status?.readyReplicas, 1);
    assert.equal(tbot.spec?.template.spec?.serviceAccountName, bot);
    assert.match(await config(stack, bot, "tbot.yaml"), new RegExp(`token: ${HANDLER} `));

    const volumes = spec?.template.spec?.volumes ?? [];
    const secrets = volumes.flatMap(({ secret }) => secret?.secretName ?? []);
    assert.deepEqual(secrets.sort(), [`${bot}-out`, `${HANDLER}-tls`]);
    const { data } = await core.readNamespacedSecret({ ...place, name: `${HANDLER}-tls` });
    const items = volumes.flatMap(({ secret }) => secret?.items ?? []).map(({ key }) => key);
    assert.deepEqual(items.sort(), Object.keys(data ?? {}).sort());
    const claim = await core.readNamespacedPersistentVolumeClaim(place);
    assert.equal(claim.status?.phase, "Bound");
    assert.ok(volumes.some((v) => v.persistentVolumeClaim?.claimName === HANDLER));
    const settings = await config(stack, HANDLER, "teleport-event-handler.toml");
    assert.match(settings, /addr = "teleport-auth.teleport.svc.cluster.local:3025"/);
    assert.match(settings, /url = "https:\/\/fluentd.audit.svc.cluster.local:8888\/events.log"/);
  });

  it("deploys an agent in another cluster, which joins with the plane's token", async () => {
    const { spec, status } = await apps.readNamespacedStatefulSet({
      name: "west",
      namespace: "west",
    });
    assert.equal(status?.readyReplicas, spec?.replicas);
    const text = await config(stack, "west", "teleport.yaml", "west");
    const { data = {} } = await core.readNamespacedSecret({
      name: "west-join-token",
      namespace: "west",
    });
    assert.equal(
      Buffer.from(data["auth-token"] ?? "", "base64")
        .toString()
        .trim(),
      "west",
    );
    assert.match(text, /proxy_server: lumie-infra.com:443\n/);
    const token = await accepted(stack, "teleportprovisiontokens", "west", "v2");
    assert.deepEqual(token.spec["roles"], ["App", "Kube"]);
    assert.match(JSON.stringify(token.spec["kubernetes"]), /"service_account":"west:west"/);
  });

  it("uses an account of one Vault for each stack, which reads only its own paths", async () => {
    const custom = stack.kube(k8s.CustomObjectsApi);
    const specs = async <Spec>(plural: string, namespace: string): Promise<Spec[]> => {
      const kind = { group: "secrets.hashicorp.com", version: "v1beta1", plural };
      const list = (await custom.listNamespacedCustomObject({ ...kind, namespace })) as {
        items: { spec: Spec }[];
      };
      return list.items.map(({ spec }) => spec);
    };
    const call = async (at: string, token: string, body?: object) => {
      const url = `${stack.env["VAULT_ADDR"] ?? ""}/v1/${at}`;
      const method = body === undefined ? "GET" : "POST";
      const headers = { "X-Vault-Token": token };
      const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
      const json = (await response.json()) as { auth?: { client_token: string } };
      return { status: response.status, token: json.auth?.client_token ?? "" };
    };
    const accounts = await Promise.all(
      [NAMESPACE, "west"].map(async (namespace) => {
        const [auth = assert.fail()] = await specs<{ kubernetes: Record<string, string> }>(
          "vaultauths",
          namespace,
        );
        const { role = "", serviceAccount: name = "" } = auth.kubernetes;
        const { status } = await core.createNamespacedServiceAccountToken({
          ...{ namespace, name },
          body: { spec: { audiences: ["vault"], expirationSeconds: 600 } },
        });
        const secrets = await specs<{ mount: string; path: string }>(
          "vaultstaticsecrets",
          namespace,
        );
        const paths = secrets.map(({ mount, path }) => `${mount}/data/${path}`);
        return { role, jwt: status?.token, paths };
      }),
    );
    for (const one of accounts) {
      for (const other of accounts) {
        const { role, paths } = other;
        assert.ok(paths.length > 0, role);
        const login = await call("auth/kubernetes/login", "", { role, jwt: one.jwt });
        assert.equal(login.status, one === other ? 200 : 403, `as ${one.role} with ${role}`);
      }
      const { token } = await call("auth/kubernetes/login", "", { role: one.role, jwt: one.jwt });
      for (const at of accounts.flatMap(({ paths }) => paths)) {
        const { status } = await call(at, token);
        assert.equal(status, one.paths.includes(at) ? 200 : 403, `${one.role} reads ${at}`);
      }
    }
  });

  it("finds no changes in a preview, and refuses agents that the plane would not accept", async () => {
    await everyOne((neighbour) => neighbour.expect(0, "preview", "--expect-no-changes"));
    remote.change((config) => {
      const { west } = config["access-plane:agents"] as Record<string, Config>;
      Object.assign(west ?? {}, { discovery: { group: "west" } });
    });
    const { code, output } = await remote.run("preview");
    assert.notEqual(code, 0);
    assert.match(output, /remoteAgents.west.services app, kube, and this agent serves .*discov/);
  });

  it("destroys one stack after another, and keeps the other stacks and the plane", async () => {
    const workloads = async () => {
      const sets = await apps.listStatefulSetForAllNamespaces();
      const deployments = await apps.listDeploymentForAllNamespaces();
      const found = [...sets.items, ...deployments.items].map(({ metadata }) => metadata?.name);
      return found.map(String).sort();
    };
    const plane = ["teleport-agent", "teleport-auth", "teleport-operator", "teleport-proxy"];
    const destroy = (neighbour: EngineStack) =>
      neighbour.expect(0, "destroy", "--yes", "--skip-preview");
    await destroy(handler);
    assert.deepEqual(await workloads(), [...plane, "west"].sort());
    assert.ok((await objects(stack, "teleportrolesv7")).has("kube-admin"));
    assert.deepEqual([...(await objects(stack, "teleportbotsv1")).keys()], ["ci"]);
    await accepted(stack, "teleportappsv3", "wiki");
    await Promise.all([catalogue, remote].map(destroy));
    assert.deepEqual(await workloads(), plane);
    assert.deepEqual([...(await objects(stack, "teleportappsv3")).keys()], ["forum"]);
    await core.readNamespace({ name: NAMESPACE });
    await stack.expect(0, "preview", "--expect-no-changes");
  });
}
