/** The controllers as a process against an API server, and words to talk about both. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { isConflict, type Resource } from "../src/controllers/kube-client.ts";
import type { Condition, CustomObject, KubeObject } from "../src/controllers/objects.ts";
import { KINDS, resourceOf } from "../src/controllers/teleport/kinds.ts";
import { freePort, ns, useCluster } from "./controllers-cluster.ts";

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

export { ns };

/** One condition of an object. */
export const condition = (object: CustomObject | undefined, type: string): Condition | undefined =>
  object?.status?.conditions?.find((candidate) => candidate.type === type);

/** Registers the hooks of a suite and returns what its tests work with. */
export function useControllers() {
  const cluster = useCluster(async (othersFollow) => {
    await stopControllers();
    rmSync(stateDir, { recursive: true });
    if (othersFollow) await removeAll();
  });
  let stateDir = "";
  let controllers: ChildProcess | undefined;
  let output = "";

  async function startControllers(): Promise<void> {
    const port = await freePort();
    controllers = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", main, "--state-dir", stateDir],
      {
        env: {
          ...process.env,
          KUBECONFIG: cluster().kubeconfig,
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

  const read = (kind: string, name: string) =>
    cluster().client.find<CustomObject>(of(kind), ns, name);
  const make = (kind: string, name: string, spec: object, extra: object = {}) =>
    cluster().client.create<CustomObject>(of(kind), {
      apiVersion: `resources.teleport.dev/${kindOf(kind).version}`,
      kind,
      metadata: { name, namespace: ns, ...extra },
      spec: spec as Record<string, unknown>,
    });
  const gone = (kind: string, name: string) =>
    eventually(`${kind} ${name} gone`, async () => !(await read(kind, name)));
  const remove = (kind: string, name: string) => cluster().client.remove(of(kind), ns, name);

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
    const { client } = cluster();
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

  before(async () => {
    stateDir = mkdtempSync(join(tmpdir(), "controllers-state-"));
    const definitions = [
      ...readdirSync(crds).map(
        (file) => parse(readFileSync(join(crds, file), "utf8")) as KubeObject,
      ),
      stubCrd("certificates", "Certificate", "Namespaced"),
      stubCrd("issuers", "Issuer", "Namespaced"),
      stubCrd("clusterissuers", "ClusterIssuer", "Cluster"),
    ];
    for (const definition of definitions) {
      // Another suite may have created it.
      await cluster()
        .client.create(CRDS, definition)
        .catch((error: unknown) => {
          if (!isConflict(error)) throw error;
        });
    }
    await startControllers();
  });

  /** Removes every object of the kinds that the controllers process, and what they made. */
  async function removeAll(): Promise<void> {
    const { client } = cluster();
    const kinds = [...KINDS.map(resourceOf), CERTIFICATES, ISSUERS, SECRETS, DEPLOYMENTS];
    for (const kind of kinds) {
      for (const object of (await client.list(kind)).items) {
        const { namespace, name, finalizers } = object.metadata;
        await client.remove(kind, namespace, name);
        // Its controller does not run any more.
        if (finalizers) await client.patch(kind, object, { metadata: { finalizers: null } });
      }
    }
  }

  return {
    get client() {
      return cluster().client;
    },
    get stateDir() {
      return stateDir;
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
