import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { isNotFound, KubeClient, type Resource } from "../src/controllers/kube-client.ts";
import type { Condition, CustomObject, KubeObject } from "../src/controllers/objects.ts";
import type { TlsSecret } from "../src/controllers/certificates/secret.ts";
import { KINDS, resourceOf } from "../src/controllers/teleport/kinds.ts";
import {
  clusterAvailable,
  freePort,
  startCluster,
  type TestCluster,
} from "./controllers-cluster.ts";

const here = import.meta.dirname;
const crds = join(here, "../charts/teleport-cluster/crd-files");
const main = join(here, "../src/controllers/main.ts");
const core = (plural: string): Resource => ({ group: "", version: "v1", plural });
const SECRETS = core("secrets");
const DEPLOYMENTS: Resource = { group: "apps", version: "v1", plural: "deployments" };
const CRDS: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
};
const CERTIFICATES: Resource = { group: "cert-manager.io", version: "v1", plural: "certificates" };
const ISSUERS: Resource = { ...CERTIFICATES, plural: "clusterissuers" };
const kindOf = (name: string) => {
  const kind = KINDS.find(({ kind: candidate }) => candidate === name);
  assert.ok(kind, name);
  return kind;
};
const of = (name: string) => resourceOf(kindOf(name));

describe("controllers on a real API server", function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let stopCluster = (): Promise<void> => Promise.resolve();
  let client: KubeClient;
  let controllers: ChildProcess | undefined;
  let output = "";

  async function startControllers(): Promise<void> {
    const port = await freePort();
    controllers = spawn(
      process.execPath,
      [
        "--disable-warning=ExperimentalWarning",
        main,
        "--state-dir",
        join(cluster.directory, "state"),
      ],
      {
        env: {
          ...process.env,
          KUBECONFIG: cluster.kubeconfig,
          PORT: String(port),
          NODE_OPTIONS: "",
        },
      },
    );
    controllers.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    controllers.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    await eventually("controllers ready", async () => {
      const answer = await fetch(`http://127.0.0.1:${String(port)}/readyz`).catch(() => undefined);
      return answer?.status === 200;
    });
  }

  async function stopControllers(): Promise<void> {
    if (!controllers || controllers.exitCode !== null) return;
    const gone = new Promise((resolve) => controllers?.once("exit", resolve));
    controllers.kill("SIGTERM");
    await gone;
  }

  async function eventually<T>(
    what: string,
    look: () => Promise<T | undefined | false>,
    seconds = 20,
  ): Promise<T> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const found = await look();
      if (found) return found;
      if (Date.now() > deadline) {
        throw new Error(
          `${what}: not within ${String(seconds)} s; log of the controllers:\n${output}`,
        );
      }
      await sleep(50);
    }
  }

  const ns = "teleport";
  const read = (kind: string, name: string) => client.find<CustomObject>(of(kind), ns, name);
  const condition = (object: CustomObject | undefined, type: string): Condition | undefined =>
    object?.status?.conditions?.find((candidate) => candidate.type === type);
  const make = (kind: string, name: string, spec: object, extra: object = {}) =>
    client.create<CustomObject>(of(kind), {
      apiVersion: `resources.teleport.dev/${kindOf(kind).version}`,
      kind,
      metadata: { name, namespace: ns, ...extra },
      spec: spec as Record<string, unknown>,
    });
  const gone = (kind: string, name: string) =>
    eventually(`${kind} ${name} gone`, async () => !(await read(kind, name)));
  const remove = (kind: string, name: string) => client.remove(of(kind), ns, name);

  /** All three conditions True, twice with a pause between. */
  const settled = (kind: string, name: string) =>
    eventually(`${kind} ${name} reconciled`, async () => {
      const good = async () => {
        const conditions = (await read(kind, name))?.status?.conditions ?? [];
        return conditions.length === 3 && conditions.every(({ status }) => status === "True");
      };
      if (!(await good())) return false;
      await sleep(200);
      return good();
    });
  const refused = (kind: string, name: string, message: RegExp) =>
    eventually(`${kind} ${name} refused`, async () => {
      const found = condition(await read(kind, name), "SuccessfullyReconciled");
      return found?.status === "False" && message.test(found.message) ? found : undefined;
    });

  async function operator(ready: number, options: { enterprise?: boolean } = {}): Promise<void> {
    const labels = (component: string) => ({
      "app.kubernetes.io/component": component,
      "app.kubernetes.io/instance": "teleport",
    });
    const images = {
      auth: options.enterprise ? "r/teleport-ent-distroless:18" : "r/teleport-distroless:18",
      operator: "r/teleport-operator:18",
    };
    for (const [component, image] of Object.entries(images)) {
      const name = `teleport-${component}`;
      const existing = await client.find(DEPLOYMENTS, ns, name);
      const spec = {
        selector: { matchLabels: labels(component) },
        template: {
          metadata: { labels: labels(component) },
          spec: { containers: [{ name: component, image }] },
        },
      };
      const object = existing
        ? await client.patch(DEPLOYMENTS, existing, { spec })
        : await client.create(DEPLOYMENTS, {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name, namespace: ns, labels: labels(component) },
            spec,
          });
      const status = { replicas: ready, readyReplicas: ready, availableReplicas: ready };
      await client.patch(DEPLOYMENTS, object, { status }, "status");
    }
  }

  before(async function () {
    if (!clusterAvailable()) return this.skip();
    cluster = await startCluster();
    stopCluster = cluster.stop;
    client = new KubeClient(cluster.kubeconfig);
    for (const file of readdirSync(crds)) {
      await client.create(CRDS, parse(readFileSync(join(crds, file), "utf8")) as KubeObject);
    }
    await client.create(CRDS, stubCrd("certificates", "Certificate", "Namespaced"));
    await client.create(CRDS, stubCrd("issuers", "Issuer", "Namespaced"));
    await client.create(CRDS, stubCrd("clusterissuers", "ClusterIssuer", "Cluster"));
    await client.create(core("namespaces"), {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: ns },
    });
    await startControllers();
  });

  after(async () => {
    await stopControllers();
    await stopCluster();
  });

  describe("cert-manager", () => {
    const secret = (name: string) => client.find<TlsSecret>(SECRETS, ns, name);
    const certificate = (name: string) => client.find<CustomObject>(CERTIFICATES, ns, name);
    const spec = {
      secretName: "teleport-tls",
      dnsNames: ["lumie-infra.com", "*.lumie-infra.com"],
      issuerRef: { name: "letsencrypt", kind: "ClusterIssuer" },
      privateKey: { algorithm: "ECDSA", size: 256 },
      duration: "2160h",
      renewBefore: "720h",
    };
    const text = (found: TlsSecret, key: string) =>
      Buffer.from(found.data?.[key] ?? "", "base64").toString();
    const leaf = (found: TlsSecret) => new X509Certificate(text(found, "tls.crt"));
    const state = async (name: string, status: string) => {
      const found = await certificate(name);
      const ready = condition(found, "Ready");
      return ready?.status === status && ready.observedGeneration === found?.metadata.generation
        ? ready
        : undefined;
    };
    const patch = async (name: string, change: object) => {
      const found = await certificate(name);
      assert.ok(found);
      await client.patch(CERTIFICATES, found, { spec: change });
    };

    it("says why when the issuer is missing, and issues once it appears", async () => {
      await client.create<CustomObject>(CERTIFICATES, {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: { name: "teleport-tls", namespace: ns },
        spec,
      });
      const ready = await eventually("not ready", () => state("teleport-tls", "False"));
      assert.equal(ready.reason, "IssuerNotFound");
      assert.match(ready.message, /"letsencrypt" not found/);
      assert.equal(await secret("teleport-tls"), undefined);
      await client.create<CustomObject>(ISSUERS, {
        apiVersion: "cert-manager.io/v1",
        kind: "ClusterIssuer",
        metadata: { name: "letsencrypt" },
        spec: { acme: { server: "https://acme.invalid/directory" } },
      });
      await eventually("ready", () => state("teleport-tls", "True"));
      const issuer = await client.find<CustomObject>(ISSUERS, undefined, "letsencrypt");
      assert.equal(condition(issuer, "Ready")?.status, "True");
    });

    it("puts a chain that verifies, its key and the CA into the Secret", async () => {
      const found = await secret("teleport-tls");
      assert.ok(found);
      assert.equal(found.type, "kubernetes.io/tls");
      const annotations = found.metadata.annotations ?? {};
      assert.equal(annotations["cert-manager.io/issuer-name"], "letsencrypt");
      assert.equal(annotations["cert-manager.io/alt-names"], spec.dnsNames.join(","));
      const pems = text(found, "tls.crt").match(/-----BEGIN[^]+?-----END CERTIFICATE-----/g) ?? [];
      assert.equal(pems.length, 2);
      const [first, second] = pems.map((pem) => new X509Certificate(pem));
      const root = new X509Certificate(text(found, "ca.crt"));
      assert.ok(first && second);
      assert.ok(first.verify(second.publicKey) && first.checkIssued(second));
      assert.ok(second.verify(root.publicKey) && root.verify(root.publicKey));
      assert.equal(first.subjectAltName, "DNS:lumie-infra.com, DNS:*.lumie-infra.com");
      assert.match(text(found, "tls.key"), /BEGIN EC PRIVATE KEY/);
      const status = (await certificate("teleport-tls"))?.status;
      assert.equal(Date.parse(String(status?.notAfter)), Date.parse(first.validTo));
      const renewal = Date.parse(String(status?.renewalTime));
      assert.equal(Date.parse(first.validTo) - renewal, 720 * 3_600_000);
      assert.equal(status?.revision, 1);
    });

    it("issues again when the spec changes and when the Secret is deleted", async () => {
      const before = await secret("teleport-tls");
      assert.ok(before);
      await patch("teleport-tls", { dnsNames: [...spec.dnsNames, "extra.lumie-infra.com"] });
      const changed = await eventually("reissued", async () => {
        const found = await secret("teleport-tls");
        return found && leaf(found).subjectAltName?.includes("extra") ? found : undefined;
      });
      assert.notEqual(text(changed, "tls.key"), text(before, "tls.key"));
      await eventually("revision 2", async () => {
        return (await certificate("teleport-tls"))?.status?.revision === 2;
      });
      await client.remove(SECRETS, ns, "teleport-tls");
      const again = await eventually("made again", () => secret("teleport-tls"));
      assert.notEqual(leaf(again).serialNumber, leaf(changed).serialNumber);
      await eventually("revision 3", async () => {
        return (await certificate("teleport-tls"))?.status?.revision === 3;
      });
    });

    it("keeps the key with rotationPolicy Never, and follows algorithm and usages", async () => {
      const privateKey = { algorithm: "RSA", size: 2048, rotationPolicy: "Never" };
      await patch("teleport-tls", { privateKey, usages: ["digital signature", "server auth"] });
      const rsa = await eventually("RSA", async () => {
        const found = await secret("teleport-tls");
        return found && text(found, "tls.key").includes("BEGIN RSA PRIVATE KEY")
          ? found
          : undefined;
      });
      assert.deepEqual(leaf(rsa).keyUsage, ["1.3.6.1.5.5.7.3.1"]);
      await patch("teleport-tls", { commonName: "lumie-infra.com" });
      const next = await eventually("common name", async () => {
        const found = await secret("teleport-tls");
        return found && /CN=lumie-infra\.com/.test(leaf(found).subject) ? found : undefined;
      });
      assert.equal(text(next, "tls.key"), text(rsa, "tls.key"));
    });

    it("renews when renewal is due", async () => {
      const before = await secret("teleport-tls");
      assert.ok(before);
      // One hour of life, to be renewed a few seconds after the backdated start of a minute.
      await patch("teleport-tls", { duration: "1h", renewBefore: "58m56s" });
      const short = await eventually("short-lived", async () => {
        const found = await secret("teleport-tls");
        return found && leaf(found).serialNumber !== leaf(before).serialNumber ? found : undefined;
      });
      await eventually("renewed", async () => {
        const found = await secret("teleport-tls");
        return found && leaf(found).serialNumber !== leaf(short).serialNumber;
      });
      await patch("teleport-tls", { duration: "2160h", renewBefore: "720h" });
      await eventually("long-lived", async () => {
        const found = await secret("teleport-tls");
        return found && Date.parse(leaf(found).validTo) - Date.now() > 80 * 86_400_000;
      });
    });

    it("refuses an impossible spec with all its faults", async () => {
      await client.create<CustomObject>(CERTIFICATES, {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: { name: "bad", namespace: ns },
        spec: { ...spec, secretName: "bad", duration: "10m", privateKey: { size: 1 } },
      });
      const ready = await eventually("refused", () => state("bad", "False"));
      assert.match(ready.message, /spec\.duration/);
      assert.match(ready.message, /spec\.privateKey\.size/);
    });
  });

  describe("Teleport operator", () => {
    it("does nothing before its Deployment is ready", async () => {
      await make("TeleportRoleV7", "kube-admin", { allow: { kubernetes_labels: { "*": ["*"] } } });
      await operator(0);
      await sleep(500);
      const found = await read("TeleportRoleV7", "kube-admin");
      assert.equal(found?.status, undefined);
      assert.equal(found?.metadata.finalizers, undefined);
    });

    it("adds the finalizer and the three conditions once it runs", async () => {
      await operator(1);
      await settled("TeleportRoleV7", "kube-admin");
      const found = await read("TeleportRoleV7", "kube-admin");
      assert.deepEqual(found?.metadata.finalizers, ["resources.teleport.dev/deletion"]);
      assert.equal(condition(found, "TeleportResourceOwned")?.reason, "NewResource");
    });

    it("accepts one object of every kind of the community edition", async () => {
      const specs: Record<string, [string, object]> = {
        TeleportAppV3: ["grafana", { uri: "http://grafana.monitoring" }],
        TeleportAutoupdateConfigV1: ["autoupdate-config", {}],
        TeleportAutoupdateVersionV1: ["autoupdate-version", {}],
        TeleportBotV1: ["robot", { roles: ["access"] }],
        TeleportDatabaseV3: ["db", { protocol: "postgres", uri: "db:5432" }],
        TeleportGithubConnector: [
          "github",
          {
            client_id: "id",
            teams_to_roles: [{ organization: "o", team: "t", roles: ["access"] }],
          },
        ],
        TeleportOpenSSHEICEServerV2: ["eice", { addr: "h:22", hostname: "h" }],
        TeleportOpenSSHServerV2: ["ssh", { addr: "h:22", hostname: "h" }],
        TeleportProvisionToken: [
          "teleport-agent",
          {
            roles: ["App", "Kube"],
            join_method: "kubernetes",
            kubernetes: {
              type: "in_cluster",
              allow: [{ service_account: "teleport:teleport-agent" }],
            },
          },
        ],
        TeleportRole: ["five", {}],
        TeleportRoleV6: ["six", {}],
        TeleportRoleV7: ["seven", {}],
        TeleportRoleV8: ["eight", {}],
        TeleportTrustedClusterV2: ["leaf", { enabled: false }],
        TeleportUser: ["anna", { roles: ["access"] }],
        TeleportWorkloadIdentityV1: ["identity", { spiffe: { id: "/a" } }],
      };
      assert.equal(Object.keys(specs).length + 5, KINDS.length);
      for (const [kind, [name, spec]] of Object.entries(specs)) await make(kind, name, spec);
      for (const [kind, [name]] of Object.entries(specs)) await settled(kind, name);
      for (const [kind, [name]] of Object.entries(specs)) {
        await remove(kind, name);
        await gone(kind, name);
      }
    });

    it("says True before it says False, and lets a user in once the role exists", async () => {
      const seen: string[] = [];
      await make("TeleportUser", "bob", { roles: ["developer"] });
      await eventually("True, then False", async () => {
        const now = condition(await read("TeleportUser", "bob"), "SuccessfullyReconciled")?.status;
        if (now && seen.at(-1) !== now) seen.push(now);
        return seen.includes("False");
      });
      const fault = await refused("TeleportUser", "bob", /./);
      assert.equal(fault.message, "Teleport returned the error: role developer is not found");
      assert.equal(fault.reason, "TeleportError");
      await make("TeleportRoleV7", "developer", {});
      await settled("TeleportUser", "bob");
    });

    it("keeps a role that a user still holds", async () => {
      await remove("TeleportRoleV7", "developer");
      await refused("TeleportRoleV7", "developer", /still in use by user bob/);
      assert.ok(await read("TeleportRoleV7", "developer"));
      await remove("TeleportUser", "bob");
      await gone("TeleportUser", "bob");
      await gone("TeleportRoleV7", "developer");
    });

    it("does not take over a preset", async () => {
      await make("TeleportRoleV7", "access", {});
      const owned = await eventually("not owned", async () => {
        const found = condition(await read("TeleportRoleV7", "access"), "TeleportResourceOwned");
        return found?.status === "False" ? found : undefined;
      });
      assert.equal(owned.reason, "OriginLabelNotMatching");
      await remove("TeleportRoleV7", "access");
      await gone("TeleportRoleV7", "access");
      await make("TeleportUser", "carl", { roles: ["access"] });
      await settled("TeleportUser", "carl");
      await remove("TeleportUser", "carl");
    });

    it("refuses kubernetes_resources of the other role version", async () => {
      const rule = (extra: object) => ({
        allow: { kubernetes_resources: [{ name: "*", namespace: "*", verbs: ["*"], ...extra }] },
      });
      await make("TeleportRoleV7", "v7-plural", rule({ kind: "pods" }));
      await make("TeleportRoleV7", "v7-group", rule({ kind: "deployment", api_group: "apps" }));
      await make("TeleportRoleV8", "v8-singular", rule({ kind: "deployment", api_group: "apps" }));
      await make("TeleportRoleV8", "v8-no-group", rule({ kind: "deployments" }));
      await refused("TeleportRoleV7", "v7-plural", /"pods" is invalid or unsupported/);
      await refused("TeleportRoleV7", "v7-group", /not supported in role version "v7"/);
      await refused("TeleportRoleV8", "v8-singular", /use plural name/);
      await refused("TeleportRoleV8", "v8-no-group", /api_group is required/);
      await make("TeleportRoleV7", "v7-good", rule({ kind: "pod" }));
      await make("TeleportRoleV8", "v8-good", rule({ kind: "deployments", api_group: "apps" }));
      await make("TeleportRoleV8", "v8-core", rule({ kind: "pods" }));
      await settled("TeleportRoleV7", "v7-good");
      await settled("TeleportRoleV8", "v8-good");
      await settled("TeleportRoleV8", "v8-core");
    });

    it("keeps a role in Teleport with `keep`, and adopts it when made again", async () => {
      await make("TeleportRoleV7", "moved", {}, { annotations: { "teleport.dev/keep": "true" } });
      await settled("TeleportRoleV7", "moved");
      await make("TeleportUser", "dora", { roles: ["moved"] });
      await settled("TeleportUser", "dora");
      await remove("TeleportRoleV7", "moved");
      await gone("TeleportRoleV7", "moved");
      await make("TeleportRoleV8", "moved", {});
      await settled("TeleportRoleV8", "moved");
      const found = await read("TeleportRoleV8", "moved");
      assert.equal(condition(found, "TeleportResourceOwned")?.reason, "OriginLabelMatching");
    });

    it("leaves an ignored object alone", async () => {
      await make(
        "TeleportRoleV7",
        "ignored",
        {},
        { annotations: { "teleport.dev/ignore": "true" } },
      );
      await sleep(500);
      assert.equal((await read("TeleportRoleV7", "ignored"))?.status, undefined);
      await remove("TeleportRoleV7", "ignored");
    });

    it("follows a secret:// only where the Secret allows it", async () => {
      await client.create(SECRETS, {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "github", namespace: ns },
        stringData: { secret: "value" },
      });
      const teams = [{ organization: "o", team: "t", roles: ["access"] }];
      const spec = {
        client_id: "id",
        client_secret: "secret://github/secret",
        teams_to_roles: teams,
      };
      await make("TeleportGithubConnector", "sso", spec);
      await refused("TeleportGithubConnector", "sso", /does not allow a lookup/);
      const found = await client.find(SECRETS, ns, "github");
      assert.ok(found);
      const annotations = { "resources.teleport.dev/allow-lookup-from-cr": "sso" };
      await client.patch(SECRETS, found, { metadata: { annotations } });
      await settled("TeleportGithubConnector", "sso");
    });

    it("knows Enterprise kinds only with an Enterprise auth service", async () => {
      await make("TeleportLoginRule", "rule", {});
      await sleep(500);
      assert.equal((await read("TeleportLoginRule", "rule"))?.status, undefined);
      await operator(1, { enterprise: true });
      await settled("TeleportLoginRule", "rule");
      await operator(1);
    });

    it("watches only namespaces with an operator", async () => {
      const object = await client.create<CustomObject>(of("TeleportRoleV7"), {
        apiVersion: "resources.teleport.dev/v1",
        kind: "TeleportRoleV7",
        metadata: { name: "elsewhere", namespace: "default" },
        spec: {},
      });
      await sleep(500);
      const found = await client.find<CustomObject>(of("TeleportRoleV7"), "default", "elsewhere");
      assert.equal(found?.status, undefined);
      await client.remove(of("TeleportRoleV7"), "default", object.metadata.name);
    });

    it("remembers Teleport and the authority over a restart", async () => {
      const secret = () => client.find<TlsSecret>(SECRETS, ns, "teleport-tls");
      const before = await secret();
      await stopControllers();
      assert.ok(existsSync(join(cluster.directory, "state", "teleport.json")));
      await startControllers();
      await remove("TeleportRoleV8", "moved");
      await refused("TeleportRoleV8", "moved", /still in use by user dora/);
      await remove("TeleportUser", "dora");
      await gone("TeleportRoleV8", "moved");
      const after = await secret();
      assert.equal(after?.metadata.resourceVersion, before?.metadata.resourceVersion);
    });

    it("leaves finalizers hanging without its Deployment, and takes them off when it is back", async () => {
      await client.remove(DEPLOYMENTS, ns, "teleport-operator");
      await sleep(300);
      await remove("TeleportRoleV7", "kube-admin");
      await sleep(700);
      assert.ok((await read("TeleportRoleV7", "kube-admin"))?.metadata.deletionTimestamp);
      await operator(1);
      await gone("TeleportRoleV7", "kube-admin");
    });

    it("lives on when its definitions are deleted and made again", async () => {
      await client.remove(CRDS, undefined, "teleportusers.resources.teleport.dev");
      await eventually("definition gone", async () => {
        return !(await client.find(CRDS, undefined, "teleportusers.resources.teleport.dev"));
      });
      const file = join(crds, "teleportusers.yaml");
      await client.create(CRDS, parse(readFileSync(file, "utf8")) as KubeObject);
      await eventually("user made", async () => {
        try {
          return await make("TeleportUser", "eva", { roles: ["access"] });
        } catch (error) {
          if (isNotFound(error)) return undefined;
          throw error;
        }
      });
      await settled("TeleportUser", "eva");
    });
  });
});

function stubCrd(plural: string, kind: string, scope: string): KubeObject {
  const schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.cert-manager.io` },
    spec: {
      group: "cert-manager.io",
      names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
      scope,
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  };
}
