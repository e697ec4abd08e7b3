import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as k8s from "@kubernetes/client-node";
import { parse } from "yaml";
import { EXIT } from "../../operations/base/exit-codes";
import { EngineStack, type Config } from "./stack";

/** The settings in an example's stack file. */
const example = (name: string) =>
  (
    parse(fs.readFileSync(`examples/${name}/Pulumi.${name}.yaml`, "utf8")) as {
      config: Config;
    }
  ).config;
const EXAMPLES = [
  "remote-agent",
  "agent-pools",
  "capsule-proxy",
  "kubeconfig",
  "iam-join",
  "token-join",
];

/** Deploys the agents of all examples in one stack of kind `agent`, and reads them back. */
describe("agents of every shape on the sandbox", () => {
  let stack: EngineStack;
  let core: k8s.CoreV1Api;
  let apps: k8s.AppsV1Api;

  before(async () => {
    stack = await EngineStack.start();
    core = stack.kube(k8s.CoreV1Api);
    apps = stack.kube(k8s.AppsV1Api);
    const agents = EXAMPLES.map((name) => example(name)["access-plane:agents"] as object);
    stack.change((config) => {
      for (const key of Object.keys(config)) {
        const kept = ["kubernetes", "chart", "namespace"].some((own) => key.endsWith(`:${own}`));
        if (key.startsWith("access-plane:") && !kept) Reflect.deleteProperty(config, key);
      }
      Object.assign(config, {
        ...example("remote-agent"),
        "access-plane:kubernetes": { context: "sandbox" },
        "access-plane:agents": Object.assign({}, ...agents) as object,
      });
    });
    stack.liftProtection();
    await core.createNamespace({ body: { metadata: { name: "capsule-system" } } });
    // The sandbox has no volume provisioner.
    await core.createPersistentVolume({
      body: {
        metadata: { name: "pool-b" },
        spec: {
          capacity: { storage: "1Gi" },
          accessModes: ["ReadWriteOnce"],
          hostPath: { path: "/data" },
        },
      },
    });
    await stack.vault("secret/data/teleport/kubeconfig", { data: { kubeconfig: "a: kubeconfig" } });
    await stack.vault("secret/data/teleport/join-token", { data: { "auth-token": "joins-once" } });
  });
  after(() => stack.stop());

  const capsuleSecret = (data: Record<string, string>) => ({
    namespace: "capsule-system",
    body: { metadata: { name: "capsule-proxy" }, stringData: data },
  });

  it("are not installed while Capsule Proxy's Secret has no CA", async () => {
    await core.createNamespacedSecret(capsuleSecret({ "tls.crt": "x" }));
    const { code, output } = await stack.accessPlane("up", "--yes");
    assert.equal(code, EXIT.PREFLIGHT, output);
    assert.match(output, /Secret capsule-system\/capsule-proxy \(\S+\) has no key ca/);
    assert.deepEqual((await apps.listStatefulSetForAllNamespaces()).items, []);
  });

  it("are deployed in one update, and a second one changes nothing", async () => {
    await core.replaceNamespacedSecret({
      ...capsuleSecret({ ca: "certificate", "tls.key": "hidden-from-state" }),
      name: "capsule-proxy",
    });
    await stack.up();
    const { items } = await apps.listStatefulSetForAllNamespaces();
    const ready = items.map(({ metadata, status }) => [
      `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`,
      status?.readyReplicas,
    ]);
    assert.deepEqual(Object.fromEntries(ready), {
      "capsule-system/tenants": 2,
      "teleport/teleport-agent": 2,
      "teleport/pool-a": 3,
      "teleport/pool-b": 1,
      "teleport/outside": 2,
      "teleport/eks": 2,
      "teleport/finder": 2,
    });
    await stack.expect(0, "preview", "--expect-no-changes");
  });

  const pod = async (name: string, namespace = "teleport") => {
    const { spec } = await apps.readNamespacedStatefulSet({ name, namespace });
    return spec?.template.spec;
  };
  const config = async (name: string) => {
    const { data = {} } = await core.readNamespacedConfigMap({ name, namespace: "teleport" });
    return parse(data["teleport.yaml"] ?? "") as Record<string, Record<string, unknown>>;
  };

  it("join and serve according to their settings", async () => {
    const main = await config("teleport-agent");
    assert.equal(main["teleport"]?.["proxy_server"], "lumie-infra.com:443");
    assert.equal(main["kubernetes_service"]?.["kube_cluster_name"], "west");
    assert.deepEqual((await config("outside"))["kubernetes_service"], {
      enabled: true,
      kube_cluster_name: "outside",
      kubeconfig_file: "/var/run/secrets/teleport-kubeconfig/kubeconfig",
      resources: [{ labels: { team: ["shop", "search"] } }],
    });
    const joins = async (name: string) =>
      ((await config(name))["teleport"]?.["join_params"] as { method: string }).method;
    assert.deepEqual(
      [await joins("pool-a"), await joins("eks"), await joins("finder")],
      ["kubernetes", "iam", "token"],
    );
    const account = await core.readNamespacedServiceAccount({ name: "eks", namespace: "teleport" });
    assert.deepEqual(
      Object.keys(account.metadata?.annotations ?? {}).filter((a) => a.includes("eks")),
      ["eks.amazonaws.com/role-arn"],
    );
  });

  it("mount Capsule Proxy's CA in place of the service account's default mount", async () => {
    const spec = await pod("tenants", "capsule-system");
    const env = spec?.containers[0]?.env?.filter(({ name }) =>
      name.startsWith("KUBERNETES_SERVICE"),
    );
    assert.deepEqual(
      env?.map(({ value }) => value),
      ["capsule-proxy.capsule-system.svc", "9001"],
    );
    const { items } = await core.listNamespacedPod({ namespace: "capsule-system" });
    const mounts = items[0]?.spec?.containers[0]?.volumeMounts?.filter(
      ({ mountPath }) => mountPath === "/var/run/secrets/kubernetes.io/serviceaccount",
    );
    // The API server adds no mount of its own.
    assert.deepEqual(
      mounts?.map(({ name }) => name),
      ["kube-api-access-capsule"],
    );
  });

  it("are spread over nodes, and have a disruption budget", async () => {
    const policy = stack.kube(k8s.PolicyV1Api);
    const budget = await policy.readNamespacedPodDisruptionBudget({
      name: "pool-a",
      namespace: "teleport",
    });
    assert.equal(budget.spec?.minAvailable, 2);
    const rules = (await pod("pool-a"))?.affinity?.podAntiAffinity;
    assert.deepEqual(
      rules?.preferredDuringSchedulingIgnoredDuringExecution?.map(
        ({ podAffinityTerm }) => podAffinityTerm.topologyKey,
      ),
      ["kubernetes.io/hostname", "topology.kubernetes.io/zone"],
    );
    const { spec } = await apps.readNamespacedStatefulSet({
      name: "pool-b",
      namespace: "teleport",
    });
    assert.equal(spec?.volumeClaimTemplates?.[0]?.metadata?.name, "pool-b-teleport-data");
  });

  it("get their secrets from Vault, and leave none in the state", async () => {
    const { data = {} } = await core.readNamespacedSecret({
      name: "finder-vault-token",
      namespace: "teleport",
    });
    assert.equal(Buffer.from(data["auth-token"] ?? "", "base64").toString(), "joins-once");
    const state = stack.state();
    for (const secret of ["joins-once", "a: kubeconfig", "hidden-from-state"]) {
      assert.ok(!state.includes(secret), secret);
      assert.ok(!state.includes(Buffer.from(secret).toString("base64")), secret);
    }
  });

  it("are destroyed together", async () => {
    await stack.expect(0, "destroy", "--yes", "--skip-preview");
    const { items } = await apps.listStatefulSetForAllNamespaces();
    assert.deepEqual(items, []);
    assert.ok(await core.readNamespace({ name: "capsule-system" }));
  });
});
