import Ajv from "ajv";
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { refuseJoinMethodChange } from "../../../components/support/join-tokens";
import { planeSchema } from "../../../settings/kinds/plane";
import type { PlaneSettings } from "../../../settings/schema";
import { get } from "../../../teleport/values";
import { recordAgentStack, recordPlane, type Plane } from "./mocked-plane";
import { CHART_VERSION } from "../../../teleport/versions";

const RELEASE = "kubernetes:helm.sh/v3:Release";
const TOKEN = "kubernetes:resources.teleport.dev/v2:TeleportProvisionToken";
const STATIC_SECRET = "kubernetes:secrets.hashicorp.com/v1beta1:VaultStaticSecret";
const app = { name: "grafana", uri: "http://grafana.monitoring:80" };
/** The vendor's schema of the chart's values, if it is beside the repository. */
const CHART_SCHEMA = path.resolve(
  `../shared/teleport/teleport-kube-agent-${CHART_VERSION}.values.schema.json`,
);

type Values = Record<string, unknown> & Record<"extraEnv" | "extraVolumes", { name: string }[]>;
const values = (plane: Plane, release: string) =>
  plane.one(RELEASE, release).inputs["values"] as Values;
const spec = (plane: Plane, name: string) => plane.one(TOKEN, name).inputs["spec"];

/** The reference plane with other agents. */
const withAgents = (agents: object, more: object = {}) =>
  recordPlane("prod", (settings) => {
    const { resources, certificate, database } = settings;
    const parsed = planeSchema.parse({
      clusterName: settings.clusterName,
      certificate,
      database,
      agents,
      ...more,
    });
    Object.assign(settings, parsed, { resources } satisfies Partial<PlaneSettings>);
    delete settings.loadBalancer;
  });

const SHAPES = {
  web: { apps: [app], replicas: 3, spread: { hosts: "required" }, minAvailable: 2 },
  pool: { apps: [{ ...app, name: "pooled" }], replicas: 1, storage: true },
  kube: { kubernetes: { clusterName: "lumie", labels: { env: "prod" } } },
  outside: {
    kubernetes: {
      clusterName: "outside",
      kubeconfig: { path: "teleport/kubeconfig" },
      resources: [{ team: ["a", "b"] }],
    },
  },
  db: {
    databases: [{ name: "orders", protocol: "postgres", uri: "orders.db:5432" }],
    databaseResources: [{ env: "prod" }],
  },
  finder: { discovery: { group: "lumie" } },
  seeker: {
    discovery: {
      group: "aws",
      aws: [
        { types: ["rds", "eks"], regions: ["eu-central-1"], tags: { team: ["a", "b"] } },
        { types: ["ec2"], regions: ["eu-west-1"], joinToken: "instances" },
      ],
    },
    awsRoleArn: "arn:aws:iam::123456789012:role/seeker",
  },
  tenants: { kubernetes: { clusterName: "tenants", capsule: {} } },
  aws: {
    apps: [{ ...app, name: "aws" }],
    join: { method: "iam", roleArn: "arn:aws:iam::123456789012:role/team/agent" },
  },
  secret: { apps: [{ ...app, name: "secret" }], join: { method: "token", path: "teleport/join" } },
};

describe("agents of every shape", function () {
  this.timeout(60_000);
  let plane: Plane;
  before(async () => {
    plane = await withAgents(SHAPES);
  });

  it("give the vendor's chart only values that its schema (in ../shared/teleport) accepts", function () {
    if (!fs.existsSync(CHART_SCHEMA)) return this.skip();
    const schema = JSON.parse(fs.readFileSync(CHART_SCHEMA, "utf8")) as { $schema?: string };
    delete schema.$schema;
    const validate = new Ajv({ strict: false }).compile(schema);
    const defaults = { roles: "", proxyAddr: "" };
    for (const release of Object.keys(SHAPES)) {
      validate({ ...defaults, ...values(plane, release) });
      const errors = (validate.errors ?? []).filter(({ keyword }) => keyword !== "required");
      assert.deepEqual(errors, [], release);
    }
  });

  it("join with exactly the services that they run", () => {
    const roles = (name: string) => (spec(plane, `${name}-token`) as { roles: string[] }).roles;
    const expected = {
      web: ["app", ["App"]],
      kube: ["kube", ["Kube"]],
      db: ["db", ["Db"]],
      finder: ["app,discovery", ["App", "Discovery"]],
    };
    for (const [name, [services, system]] of Object.entries(expected)) {
      assert.equal(values(plane, name)["roles"], services);
      assert.deepEqual(roles(name), system);
    }
  });

  it("discover AWS resources with the pods' role, and then create no apps from Services", () => {
    const { roles, kubernetesDiscovery, teleportConfig, annotations } = values(plane, "seeker");
    assert.equal(roles, "discovery");
    assert.deepEqual(kubernetesDiscovery, []);
    assert.deepEqual(get(annotations, "serviceAccount"), {
      "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/seeker",
    });
    assert.deepEqual(get(teleportConfig, "discovery_service"), {
      aws: [
        { types: ["rds", "eks"], regions: ["eu-central-1"], tags: { team: ["a", "b"] } },
        {
          types: ["ec2"],
          regions: ["eu-west-1"],
          tags: { "*": "*" },
          install: { join_params: { token_name: "instances", method: "iam" } },
          ssm: { document_name: "TeleportDiscoveryInstaller" },
        },
      ],
    });
    assert.deepEqual(get(values(plane, "finder"), "kubernetesDiscovery"), [
      { types: ["app"], namespaces: ["*"], labels: { "*": "*" } },
    ]);
  });

  it("run in their own namespaces, apart from the plane's Secrets", () => {
    const namespace = plane.one("kubernetes:core/v1:Namespace", "outside-namespace");
    assert.equal(get(namespace.inputs, "metadata", "name"), "teleport-outside");
    assert.equal(
      get(namespace.inputs, "metadata", "labels", "pod-security.kubernetes.io/enforce"),
      "restricted",
    );
    assert.equal(plane.one(RELEASE, "outside").inputs["namespace"], "teleport-outside");
    assert.deepEqual(get(spec(plane, "outside-token"), "kubernetes", "allow"), [
      { service_account: "teleport-outside:outside" },
    ]);
    const secret = plane.one(STATIC_SECRET, "outside-kubeconfig");
    assert.equal(get(secret.inputs, "metadata", "namespace"), "teleport-outside");
    const role = plane.one(
      "vault:kubernetes/authBackendRole:AuthBackendRole",
      "vault-access-teleport-outside",
    );
    assert.deepEqual(role.inputs["boundServiceAccountNamespaces"], ["teleport-outside"]);
    const before = plane.waitsFor(plane.one(RELEASE, "outside")).join();
    assert.match(before, /Namespace::outside-namespace/);
    // Capsule's namespace exists already.
    assert.equal(plane.one(RELEASE, "tenants").inputs["namespace"], "capsule-system");
  });

  it("stay in the plane's namespace if the settings say so, and then create none", async () => {
    const some = await withAgents({
      "teleport-agent": { apps: [app] },
      web: { apps: [{ ...app, name: "web" }], namespace: "web" },
    });
    assert.equal(some.one(RELEASE, "teleport-agent").inputs["namespace"], "teleport");
    assert.equal(some.one(RELEASE, "web").inputs["namespace"], "web");
    assert.equal(some.all("kubernetes:core/v1:Namespace").length, 1);
  });

  it("spread over nodes and zones, and leave a single pod to the scheduler", () => {
    const rules = (name: string) =>
      (values(plane, name)["affinity"] as { podAntiAffinity: Record<string, object[]> })
        .podAntiAffinity;
    const web = JSON.stringify(rules("web")["requiredDuringSchedulingIgnoredDuringExecution"]);
    assert.match(web, /kubernetes.io\/hostname/);
    assert.match(
      JSON.stringify(rules("web")["preferredDuringSchedulingIgnoredDuringExecution"]),
      /"topologyKey":"topology.kubernetes.io\/zone"},"weight":50/,
    );
    assert.deepEqual(values(plane, "web")["highAvailability"], {
      replicaCount: 3,
      podDisruptionBudget: { enabled: true, minAvailable: 2 },
    });
    assert.equal(values(plane, "pool")["affinity"], undefined);
  });

  it("reach the proxy inside the cluster by its public name, with verification", () => {
    const { hostAliases, proxyAddr, insecureSkipProxyTLSVerify, extraEnv } = values(plane, "web");
    assert.equal(proxyAddr, "lumie-infra.com:443");
    assert.deepEqual(hostAliases, [{ ip: "10.96.0.10", hostnames: ["lumie-infra.com"] }]);
    assert.equal(insecureSkipProxyTLSVerify, false);
    assert.equal(extraEnv, undefined);
  });

  it("serve other clusters by a kubeconfig from Vault, and restart when it changes", () => {
    const { teleportConfig, extraVolumes, kubeClusterName } = values(plane, "outside");
    assert.equal(kubeClusterName, "outside");
    assert.deepEqual(teleportConfig, {
      kubernetes_service: {
        kubeconfig_file: "/var/run/secrets/teleport-kubeconfig/kubeconfig",
        resources: [{ labels: { team: ["a", "b"] } }],
      },
    });
    assert.deepEqual(extraVolumes, [
      { name: "kubeconfig", secret: { secretName: "outside-kubeconfig", defaultMode: 0o440 } },
    ]);
    const synced = plane.one(STATIC_SECRET, "outside-kubeconfig").inputs["spec"];
    assert.match(JSON.stringify(synced), /"path":"teleport\/kubeconfig"/);
    assert.match(JSON.stringify(synced), /"kind":"StatefulSet","name":"outside"/);
  });

  it("join by the pods' AWS role, and have it on their service account", () => {
    assert.deepEqual(spec(plane, "aws-token"), {
      roles: ["App"],
      join_method: "iam",
      allow: [
        { aws_account: "123456789012", aws_arn: "arn:aws:sts::123456789012:assumed-role/agent/*" },
      ],
    });
    const { joinParams, annotations, teleportClusterName } = values(plane, "aws");
    assert.deepEqual(joinParams, { method: "iam", tokenName: "aws-iam" });
    assert.deepEqual(annotations, {
      serviceAccount: {
        "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/team/agent",
      },
    });
    assert.equal(teleportClusterName, undefined);
  });

  it("read a secret token from Vault, and no resource has its name", () => {
    assert.equal(
      plane.all(TOKEN).some(({ name }) => name === "secret-token"),
      false,
    );
    const { joinParams, joinTokenSecret } = values(plane, "secret");
    assert.deepEqual(joinParams, { method: "token", tokenName: "" });
    assert.deepEqual(joinTokenSecret, { create: false, name: "secret-vault-token" });
    const delivery = plane.one(STATIC_SECRET, "secret-vault-token").inputs["spec"] as object;
    const synced = JSON.stringify(delivery);
    assert.match(synced, /"templates":\{"auth-token"/);
    // Nothing restarts. The operator would drop an empty list, which would then always differ.
    assert.equal("rolloutRestartTargets" in delivery, false);
    const before = plane.waitsFor(plane.one(RELEASE, "secret"));
    assert.ok(before.some((end) => end.endsWith("VaultStaticSecret::secret-vault-token")));
  });

  it("use Capsule Proxy as the API server, exactly as its guide says", () => {
    const { extraEnv, extraVolumes, extraVolumeMounts, labels } = values(plane, "tenants");
    assert.deepEqual(extraEnv, [
      { name: "KUBERNETES_SERVICE_HOST", value: "capsule-proxy.capsule-system.svc" },
      { name: "KUBERNETES_SERVICE_PORT", value: "9001" },
    ]);
    const fieldRef = { apiVersion: "v1", fieldPath: "metadata.namespace" };
    assert.deepEqual(extraVolumes, [
      {
        name: "kube-api-access-capsule",
        projected: {
          sources: [
            { serviceAccountToken: { path: "token" } },
            { secret: { items: [{ key: "ca", path: "ca.crt" }], name: "capsule-proxy" } },
            { downwardAPI: { items: [{ fieldRef, path: "namespace" }] } },
          ],
        },
      },
    ]);
    assert.deepEqual(extraVolumeMounts, [
      {
        mountPath: "/var/run/secrets/kubernetes.io/serviceaccount",
        name: "kube-api-access-capsule",
        readOnly: true,
      },
    ]);
    assert.deepEqual(labels, { capsule: "true" });
    assert.equal(plane.one(RELEASE, "tenants").inputs["namespace"], "capsule-system");
    assert.match(JSON.stringify(spec(plane, "tenants-token")), /"capsule-system:tenants"/);
  });

  it("put no foreign Secret into the state", () => {
    assert.deepEqual(plane.all("kubernetes:core/v1:Secret"), []);
  });
});

describe("an agent that uses Capsule Proxy", () => {
  it("creates no namespace, because Capsule's exists", async () => {
    const kubernetes = { clusterName: "tenants", capsule: {} };
    const stack = await recordAgentStack({
      plane: { clusterName: "example.com" },
      agents: { tenants: { kubernetes } },
    });
    assert.deepEqual(stack.all("kubernetes:core/v1:Namespace"), []);
  });
});

describe("a change of an agent's token", () => {
  it("of its method creates another token and deletes the old one last", async () => {
    const apps = [app];
    const before = await withAgents({ web: { apps } });
    const after = await withAgents({
      web: { apps, join: { method: "iam", allow: [{ account: "123456789012" }] } },
    });
    const name = (plane: Plane) =>
      (plane.one(TOKEN, "web-token").inputs["metadata"] as { name: string }).name;
    assert.deepEqual([name(before), name(after)], ["web", "web-iam"]);
  });

  it("of its method is refused for agents of another stack, which could not join until their update", () => {
    const remote = (join: object) =>
      planeSchema.shape.remoteAgents.parse({ west: { join }, east: { join } });
    const iam = remote({ method: "iam", allow: [{ account: "123456789012" }] });
    const known = { namespace: "teleport", release: "teleport-agent", services: ["app" as const] };
    const west = { ...known, method: "kubernetes" };
    refuseJoinMethodChange(iam, {});
    refuseJoinMethodChange(iam, { west: { ...west, method: "iam" }, gone: west });
    assert.throws(
      () => refuseJoinMethodChange(iam, { west }),
      /^Error: access-plane:remoteAgents\.west\.join\.method is iam, and its agents join by kubernetes now.* add remoteAgents\.west-iam, deploy/,
    );
  });

  it("reaches Teleport before the pods that need it", async () => {
    const plane = await withAgents({ web: { apps: [app] } });
    const waits = plane.waitsFor(plane.one(RELEASE, "web"));
    assert.ok(waits.some((end) => end.endsWith("TeleportProvisionToken::web-token")));
  });
});

describe("a stack of agents", () => {
  const jwks = '{"keys":[{"kty":"RSA","n":"x","e":"AQAB"}]}';
  const remoteAgents = {
    west: { release: "web", services: ["app"], join: { type: "static_jwks", jwks } },
  };

  it("joins the plane in the settings, with verification, and changes nothing else", async () => {
    const stack = await recordAgentStack({
      plane: { clusterName: "example.com" },
      agents: { web: { apps: [app] } },
    });
    const release = values(stack, "web");
    assert.equal(release["proxyAddr"], "example.com:443");
    assert.equal(release["teleportClusterName"], "example.com");
    assert.equal(release["insecureSkipProxyTLSVerify"], false);
    assert.equal(release["hostAliases"], undefined);
    const types = stack.resources.map(({ type }) => type);
    assert.deepEqual(
      types.filter((type) => !type.startsWith("pulumi:")),
      [
        "access-plane:components:AgentStack",
        "kubernetes:core/v1:Namespace",
        "access-plane:components:NetworkPolicies",
        "kubernetes:networking.k8s.io/v1:NetworkPolicy",
        "access-plane:components:TeleportAgent",
        RELEASE,
      ],
    );
  });

  it("has the same token name as the plane", async () => {
    const join = { ...remoteAgents.west.join, method: "kubernetes" };
    const plane = await withAgents({}, { remoteAgents: { west: { ...remoteAgents.west, join } } });
    assert.deepEqual(spec(plane, "remote-west-token"), {
      roles: ["App"],
      join_method: "kubernetes",
      kubernetes: {
        type: "static_jwks",
        allow: [{ service_account: "teleport:web" }],
        static_jwks: { jwks },
      },
    });
  });

  const joined = (outputs: object, agents: object) =>
    recordAgentStack(
      { plane: { stack: "organization/access-plane/prod" }, agents },
      {
        outputs: (type) =>
          type === "pulumi:pulumi:StackReference"
            ? { outputs: { clusterName: "lumie-infra.com", ...outputs } }
            : {},
      },
    );
  const west = { namespace: "teleport", release: "web", method: "kubernetes", services: ["app"] };
  const join = { method: "kubernetes", token: "west" };

  it("joins the plane of another stack by that stack's outputs", async () => {
    const stack = await joined({ remoteAgents: { west } }, { web: { apps: [app], join } });
    assert.equal(values(stack, "web")["proxyAddr"], "lumie-infra.com:443");
    assert.deepEqual(values(stack, "web")["joinParams"], {
      method: "kubernetes",
      tokenName: "west",
    });
  });

  it("reports that the plane would not accept it", async () => {
    const web = { apps: [app], join };
    const refusals: [object, RegExp][] = [
      [{}, /agent web could not join: the plane's stack has no remoteAgents.west; make both/],
      [{ ...west, method: "iam" }, /join.method iam, and this agent joins by kubernetes/],
      [{ ...west, namespace: "agents" }, /namespace agents, and this agent lives in teleport/],
      [{ ...west, release: "other" }, /release other, and this agent's is web/],
      [{ ...west, services: ["kube"] }, /services kube, and this agent serves app/],
    ];
    for (const [token, message] of refusals) {
      const declared = Object.keys(token).length === 0 ? {} : { west: token };
      await assert.rejects(joined({ remoteAgents: declared }, { web }), message);
    }
  });

  it("has its own policy in Vault, even if another cluster has a namespace of the same name", async () => {
    const credentials = { path: "teleport/web", keys: ["token"] };
    const stack = await recordAgentStack({
      plane: { clusterName: "example.com" },
      agents: { web: { apps: [app], credentials } },
    });
    assert.equal(stack.one("vault:index/policy:Policy").inputs["name"], "teleport-remote");
  });
});
