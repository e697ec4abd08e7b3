/** The controllers as a process against an API server of their own, and words to talk about both. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { KubeClient, type Resource } from "../src/controllers/kube-client.ts";
import type { Condition, CustomObject, KubeObject } from "../src/controllers/objects.ts";
import { KINDS, resourceOf } from "../src/controllers/teleport/kinds.ts";
import {
  clusterAvailable,
  freePort,
  startCluster,
  type TestCluster,
} from "./controllers-cluster.ts";

const here = import.meta.dirname;
export const crds = join(here, "../charts/teleport-cluster/crd-files");
const main = join(here, "../src/controllers/main.ts");
export const core = (plural: string): Resource => ({ group: "", version: "v1", plural });
export const SECRETS = core("secrets");
export const DEPLOYMENTS: Resource = { group: "apps", version: "v1", plural: "deployments" };
export const CRDS: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
};
export const CERTIFICATES: Resource = {
  group: "cert-manager.io",
  version: "v1",
  plural: "certificates",
};
export const ISSUERS: Resource = { ...CERTIFICATES, plural: "clusterissuers" };
const kindOf = (name: string) => {
  const kind = KINDS.find(({ kind: candidate }) => candidate === name);
  assert.ok(kind, name);
  return kind;
};
export const of = (name: string) => resourceOf(kindOf(name));

export const ns = "teleport";

/** One condition of an object. */
export const condition = (object: CustomObject | undefined, type: string): Condition | undefined =>
  object?.status?.conditions?.find((candidate) => candidate.type === type);

/** Registers the hooks of a suite and returns what its tests work with. */
export function useControllers() {
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

  const read = (kind: string, name: string) => client.find<CustomObject>(of(kind), ns, name);
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
    this.timeout(120_000);
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

  return {
    get client() {
      return client;
    },
    get stateDir() {
      return join(cluster.directory, "state");
    },
    /** What the controllers have logged so far. */
    get log() {
      return output;
    },
    startControllers,
    stopControllers,
    eventually,
    read,
    make,
    remove,
    gone,
    settled,
    refused,
    operator,
  };
}

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
