import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { parse } from "yaml";
import { generate, stripSchema } from "../charts/generate-crds.ts";
import { ApiError, type Resource } from "../src/controllers/kube-client.ts";
import type { KubeObject } from "../src/controllers/objects.ts";
import { KINDS } from "../src/controllers/teleport/kinds.ts";
import {
  charts,
  compare,
  documents,
  helmAvailable,
  plannedRelease,
  render,
  renderPlanned,
  valuesDir,
  valuesFiles,
} from "./charts-render.ts";
import { ns, useCluster } from "./controllers-cluster.ts";

const { version } = parse(readFileSync(join(charts, "teleport-cluster/Chart.yaml"), "utf8")) as {
  version: string;
};

const CHARTS = [
  { chart: "teleport-cluster", release: "teleport", prefix: "cluster-" },
  { chart: "teleport-kube-agent", release: "teleport-agent", prefix: "agent-" },
  {
    chart: "teleport-plugin-event-handler",
    release: "teleport-event-handler",
    prefix: "handler-",
  },
];
const ours = (chart: string) => join(charts, chart);
const theirs = process.env.TELEPORT_CHARTS_DIR;
const facts = join(import.meta.dirname, "../../../shared/teleport");

interface Pod {
  initContainers?: Container[];
  containers: Container[];
  volumes?: { name: string }[];
}
interface Container {
  name: string;
  args?: string[];
  env?: { name: string; value?: string }[];
  resources?: object;
  securityContext?: object;
  volumeMounts?: { name: string; mountPath: string }[];
}
interface Workload extends KubeObject {
  spec: {
    replicas?: number;
    ports?: { name: string; port: number; nodePort?: number }[];
    template: { metadata: { annotations: Record<string, string> }; spec: Pod };
    volumeClaimTemplates?: { metadata: { name: string } }[];
  };
}

const pick = (objects: KubeObject[], kind: string, name: string): Workload => {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  assert.ok(found, `${kind}/${name} is not rendered`);
  return found as Workload;
};
const config = (objects: KubeObject[], name: string) => {
  const data = pick(objects, "ConfigMap", name).data as Record<string, string>;
  return parse(data["teleport.yaml"] ?? "") as Record<string, Record<string, unknown>>;
};

describe("stand-in charts", function () {
  this.timeout(60_000);
  before(function () {
    if (!helmAvailable()) this.skip();
  });

  const cluster = (values: string, set?: Record<string, unknown>) =>
    render(ours("teleport-cluster"), "teleport", values, set);
  const agent = (values: string, set?: Record<string, unknown>) =>
    render(ours("teleport-kube-agent"), "teleport-agent", values, set);
  const handler = (set?: Record<string, unknown>) =>
    render(
      ours("teleport-plugin-event-handler"),
      "teleport-event-handler",
      "handler-reference.yaml",
      set,
    );

  describe("teleport-cluster", () => {
    it("renders the objects of the reference deployment by name", () => {
      const names = cluster("cluster-reference.yaml")
        .filter(({ kind }) => kind !== "CustomResourceDefinition")
        .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
        .sort();
      assert.deepEqual(names, [
        "ClusterRole/teleport",
        "ClusterRoleBinding/teleport-teleport",
        "ClusterRoleBinding/teleport-teleport-auth",
        "ConfigMap/teleport-auth",
        "ConfigMap/teleport-auth-test",
        "ConfigMap/teleport-proxy",
        "ConfigMap/teleport-proxy-test",
        "Deployment/teleport-auth",
        "Deployment/teleport-operator",
        "Deployment/teleport-proxy",
        "Job/teleport-auth-test",
        "Job/teleport-proxy-test",
        "PodDisruptionBudget/teleport-auth",
        "PodDisruptionBudget/teleport-proxy",
        "Role/teleport-operator",
        "RoleBinding/teleport-operator",
        "Service/teleport",
        "Service/teleport-auth",
        "Service/teleport-auth-v17",
        "Service/teleport-auth-v18",
        "ServiceAccount/teleport",
        "ServiceAccount/teleport-hook",
        "ServiceAccount/teleport-operator",
        "ServiceAccount/teleport-proxy",
        "ServiceAccount/teleport-proxy-hook",
      ]);
    });

    it("merges teleportConfig of each part over the defaults", () => {
      const objects = cluster("cluster-reference.yaml");
      const auth = config(objects, "teleport-auth");
      assert.equal((auth.teleport?.storage as Record<string, unknown>).type, "postgresql");
      assert.equal(auth.auth_service?.cluster_name, "lumie-infra.com");
      assert.equal(auth.teleport?.auth_server, "127.0.0.1:3025");
      const proxy = config(objects, "teleport-proxy").proxy_service;
      assert.equal(proxy?.https_keypairs_reload_interval, "1h");
      assert.equal(proxy.proxy_protocol, "off");
      assert.equal(proxy.listen_addr, undefined);
      assert.deepEqual(proxy.public_addr, [
        "lumie-infra.com:443",
        "teleport.teleport.svc.cluster.local:443",
      ]);
    });

    it("has no value for a node port, and repeats proxies once there is a certificate", () => {
      const set = { "service.spec": { ports: [{ name: "tls", port: 443, nodePort: 30443 }] } };
      const [port] =
        pick(cluster("cluster-reference.yaml", set), "Service", "teleport").spec.ports ?? [];
      assert.equal(port?.port, 443);
      assert.equal(port.nodePort, undefined);
      const proxies = (set: Record<string, unknown>) =>
        pick(cluster("cluster-minimal.yaml", set), "Deployment", "teleport-proxy").spec.replicas;
      assert.equal(proxies({}), 1);
      assert.equal(proxies({ "tls.existingSecretName": "teleport-tls" }), 2);
    });

    it("renders 21 definitions with the operator, always, or never, by its value", () => {
      const count = (set: Record<string, unknown>) =>
        cluster("cluster-minimal.yaml", set).filter(
          ({ kind }) => kind === "CustomResourceDefinition",
        ).length;
      assert.equal(count({}), 0);
      assert.equal(count({ "operator.enabled": true }), KINDS.length);
      assert.equal(count({ "operator.enabled": true, "operator.installCRDs": "never" }), 0);
      assert.equal(count({ "operator.installCRDs": "always" }), KINDS.length);
      assert.throws(
        () => count({ "operator.installCRDs": "maybe" }),
        /none of always, never, dynamic/,
      );
    });

    it("refuses values that it does not support", () => {
      const refuses = (set: Record<string, unknown>, message: RegExp) => {
        assert.throws(() => cluster("cluster-minimal.yaml", set), message);
      };
      refuses({ "ingress.enabled": true }, /ingress\.enabled: not played/);
      refuses({ "highAvailability.certManager.enabled": true }, /use tls\.existingSecretName/);
      refuses({ chartMode: "aws" }, /plays standalone and scratch, not "aws"/);
      refuses({ clusterName: "" }, /clusterName: empty/);
      refuses({ clusterName: "a:443" }, /holds a colon/);
    });
  });

  describe("teleport-kube-agent", () => {
    it("gives resources, security context and mounts only to the last init container", () => {
      const spec = pick(agent("agent-apps.yaml"), "StatefulSet", "teleport-agent").spec.template
        .spec;
      const [first, last] = spec.initContainers ?? [];
      assert.ok(first && last);
      assert.equal(first.resources, undefined);
      assert.deepEqual(first.securityContext, { runAsUser: 1 });
      assert.deepEqual(
        first.volumeMounts?.map(({ name }) => name),
        ["rendered"],
      );
      assert.deepEqual(last.resources, { requests: { cpu: "50m" } });
      assert.equal((last.securityContext as { runAsUser: number }).runAsUser, 9807);
      assert.deepEqual(
        last.volumeMounts?.map(({ name }) => name),
        ["config", "auth-token", "teleport-agent-teleport-data", "rendered"],
      );
    });

    it("mounts a join token for the cluster's audience if the cluster has a name", () => {
      const spec = pick(agent("agent-apps.yaml"), "StatefulSet", "teleport-agent").spec.template
        .spec;
      const volume = spec.volumes?.find(({ name }) => name === "join-sa-token");
      assert.match(JSON.stringify(volume), /"audience":"lumie-infra.com"/);
      const [main] = spec.containers;
      assert.ok(main?.args?.includes("--insecure"));
      assert.ok(main?.env?.some(({ name }) => name === "KUBERNETES_TOKEN_PATH"));
      const bare = pick(agent("agent-minimal.yaml"), "StatefulSet", "teleport-agent");
      assert.doesNotMatch(JSON.stringify(bare), /join-sa-token/);
    });

    it("restarts the pods on every change of the apps", () => {
      const sum = (set: Record<string, unknown>) =>
        pick(agent("agent-apps.yaml", set), "StatefulSet", "teleport-agent").spec.template.metadata
          .annotations["checksum/config"];
      assert.equal(sum({}), sum({}));
      assert.notEqual(sum({}), sum({ "apps[0].uri": "http://elsewhere" }));
      assert.equal(sum({}), sum({ "annotations.pod": { any: "thing" } }));
    });

    it("refuses values that Teleport would refuse or that it does not support", () => {
      const refuses = (set: Record<string, unknown>, message: RegExp) => {
        assert.throws(() => agent("agent-minimal.yaml", set), message);
      };
      refuses({ roles: "app" }, /neither an app, nor appResources/);
      refuses({ apps: [{ name: "a", uri: "u" }] }, /add the role app/);
      refuses({ roles: "app", apps: [{ name: "a" }] }, /apps\[0\]: "uri" is missing/);
      refuses({ "updater.enabled": true }, /updater\.enabled: not played/);
      refuses({ proxyAddr: "" }, /proxyAddr: empty/);
    });
  });

  describe("teleport-plugin-event-handler", () => {
    it("renders the handler, and the bot whose identity it uses", () => {
      const objects = handler();
      assert.deepEqual(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort(), [
        "ConfigMap/teleport-event-handler",
        "ConfigMap/teleport-event-handler-tbot",
        "Deployment/teleport-event-handler",
        "Deployment/teleport-event-handler-tbot",
        "PersistentVolumeClaim/teleport-event-handler",
        "Role/teleport-event-handler-tbot",
        "RoleBinding/teleport-event-handler-tbot",
        "ServiceAccount/teleport-event-handler-tbot",
      ]);
      const account = pick(objects, "ServiceAccount", "teleport-event-handler-tbot");
      assert.deepEqual(account.metadata.annotations, {
        "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/events",
      });
      const text = (name: string, key: string) =>
        (pick(objects, "ConfigMap", name).data as Record<string, string>)[key] ?? "";
      const toml = text("teleport-event-handler", "teleport-event-handler.toml");
      assert.match(toml, /^skip-event-types = \["session.upload"\]$/m);
      assert.doesNotMatch(toml, /^types =/m);
      const bot = text("teleport-event-handler-tbot", "tbot.yaml");
      assert.match(bot, /join_method: iam, token: teleport-event-handler-iam/);
      const { volumes = [] } = pick(objects, "Deployment", "teleport-event-handler").spec.template
        .spec;
      const identity = volumes.find(({ name }) => name === "teleport-identity");
      assert.match(JSON.stringify(identity), /"secretName":"teleport-event-handler-tbot-out"/);
    });

    it("refuses values with which no event could be sent", () => {
      const refuses = (set: Record<string, unknown>, message: RegExp) => {
        assert.throws(() => handler(set), message);
      };
      refuses({ "fluentd.url": "" }, /fluentd\.url: empty/);
      refuses({ "fluentd.certificate.secretName": "" }, /the collector wants mutual TLS/);
      refuses({ "tbot.token": "" }, /tbot\.token: empty/);
      refuses({ "tbot.teleportAuthAddress": "a:3025" }, /set one of teleportProxyAddress/);
      const nowhere = { "teleport.address": "", "tbot.teleportProxyAddress": "" };
      refuses({ ...nowhere, "tbot.enabled": false }, /teleport\.address: empty/);
    });
  });

  describe("definitions", () => {
    it("include every kind of the operator, without descriptions", () => {
      const directory = join(ours("teleport-cluster"), "crd-files");
      const files = readdirSync(directory);
      assert.deepEqual(files.sort(), KINDS.map(({ plural }) => `${plural}.yaml`).sort());
      for (const file of files) {
        const crd = parse(readFileSync(join(directory, file), "utf8")) as {
          spec: { versions: { schema: { openAPIV3Schema: unknown } }[] };
        };
        for (const { schema } of crd.spec.versions) {
          assert.deepEqual(stripSchema(schema.openAPIV3Schema), schema.openAPIV3Schema, file);
        }
      }
    });

    it("keep a property with the name description", () => {
      const schema = {
        description: "prose",
        properties: { description: { type: "string", description: "prose" } },
        "x-kubernetes-preserve-unknown-fields": true,
        required: ["description"],
      };
      assert.deepEqual(stripSchema(schema), {
        properties: { description: { type: "string" } },
        "x-kubernetes-preserve-unknown-fields": true,
        required: ["description"],
      });
    });

    it("are the generator's output for the vendor's definitions", function () {
      const full = join(facts, "crds");
      if (!existsSync(full)) this.skip();
      const directory = mkdtempSync(join(tmpdir(), "crds-"));
      try {
        for (const file of generate(full, directory)) {
          const committed = join(ours("teleport-cluster"), "crd-files", file);
          assert.equal(
            readFileSync(join(directory, file), "utf8"),
            readFileSync(committed, "utf8"),
            `${file} is out of date: run sandbox/charts/generate-crds.ts`,
          );
        }
      } finally {
        rmSync(directory, { recursive: true });
      }
    });
  });

  for (const { chart, release, prefix } of CHARTS) {
    describe(`${chart} compared with the vendor's`, () => {
      const schemaFile = join(facts, `${chart}-${version}.values.schema.json`);
      // Its `$id`s name the same place several times; nothing refers to them.
      const schema = () =>
        JSON.parse(readFileSync(schemaFile, "utf8"), (key, value: unknown) =>
          key === "$id" || key === "$schema" ? undefined : value,
        ) as Record<string, unknown>;
      const ajv = new Ajv({ strict: false, allErrors: true });
      let validate: ValidateFunction | undefined;
      for (const values of valuesFiles(prefix)) {
        it(`accepts the values of ${values} like the vendor's schema`, function () {
          if (!existsSync(schemaFile)) this.skip();
          validate ??= ajv.compile(schema());
          const defaults = parse(readFileSync(join(ours(chart), "values.yaml"), "utf8")) as object;
          const own = parse(readFileSync(join(valuesDir, values), "utf8")) as object;
          const valid = validate(merge(defaults, own));
          assert.ok(valid, ajv.errorsText(validate.errors, { dataVar: "values" }));
        });

        it(`renders ${values} to the same objects`, function () {
          if (!theirs || !existsSync(join(theirs, chart))) this.skip();
          const found = compare(
            render(ours(chart), release, values),
            render(join(theirs, chart), release, values),
          );
          assert.deepEqual(found, []);
        });
      }

      it("renders the program's own values for production to the same objects", function () {
        if (!theirs || !existsSync(join(theirs, chart)) || !plannedRelease(release)) this.skip();
        const found = compare(
          renderPlanned(charts, release, chart),
          renderPlanned(theirs, release, chart),
        );
        assert.deepEqual(found, []);
      });
    });
  }

  describe("on a real API server", () => {
    const made: KubeObject[] = [];
    const server = useCluster(async () => {
      for (const object of made.reverse()) {
        const { namespace, name } = object.metadata;
        await server().client.remove(resourceFor(object), namespace, name);
      }
    });
    const create = async (objects: KubeObject[]) => {
      for (const object of objects) {
        await server().client.create(resourceFor(object), object);
        if (object.kind !== "CustomResourceDefinition") made.push(object);
      }
    };

    it("creates every object of the reference deployment", async () => {
      await create(cluster("cluster-reference.yaml"));
      await create(agent("agent-apps.yaml"));
      // Its templates name no namespace: Helm puts them into the release's.
      const inNamespace = (object: KubeObject) => ({
        ...object,
        metadata: { namespace: ns, ...object.metadata },
      });
      await create(handler().map(inNamespace));
    });

    it("refuses an agent with init containers and no data volume", async () => {
      const set = { "extraVolumes[1].name": "something-else" };
      const objects = agent("agent-apps.yaml", set);
      const statefulSet = pick(objects, "StatefulSet", "teleport-agent");
      statefulSet.metadata.name = "trap";
      await assert.rejects(
        create([statefulSet]),
        (error) =>
          error instanceof ApiError &&
          error.status === 422 &&
          error.message.includes('Not found: "teleport-agent-teleport-data"'),
      );
    });
  });

  it("writes the configuration as one YAML document", () => {
    for (const { chart, release, prefix } of CHARTS) {
      for (const values of valuesFiles(prefix)) {
        for (const object of render(ours(chart), release, values)) {
          const data = (object.data ?? {}) as Record<string, string>;
          if (data["teleport.yaml"]) assert.equal(documents(data["teleport.yaml"]).length, 1);
        }
      }
    }
  });
});

/** Lays values over defaults as Helm does: maps are merged, all else is replaced. */
function merge(base: unknown, over: unknown): unknown {
  const isMap = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isMap(base) || !isMap(over)) return over === undefined ? base : over;
  const keys = [...new Set([...Object.keys(base), ...Object.keys(over)])];
  return Object.fromEntries(keys.map((key) => [key, merge(base[key], over[key])]));
}

function resourceFor({ apiVersion, kind }: KubeObject): Resource {
  const [group = "", version = ""] = apiVersion.includes("/")
    ? apiVersion.split("/")
    : ["", apiVersion];
  const lower = kind.toLowerCase();
  return { group, version, plural: lower.endsWith("s") ? `${lower}es` : `${lower}s` };
}
