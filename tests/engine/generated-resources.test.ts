import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as k8s from "@kubernetes/client-node";
import { parse } from "yaml";
import { kindInfo, TELEPORT_GROUP, type TeleportKind } from "../../teleport/resources/kinds";
import { SEED } from "../unit/settings/draw";
import { accepted, planned } from "../unit/settings/draw-plans";
import { goodSettings, type Sections } from "../unit/settings/fixture";
import { RESOURCES } from "./resources-cases";

/**
 * Number of random settings. A real API server validates their custom resources with the operator's CRDs: the vendor's
 * in ../shared/teleport if they exist, or else those of the sandbox's charts.
 */
const CASES = Number(process.env["ACCESS_PLANE_CASES"] ?? 6);
const ROOT = path.resolve(__dirname, "../..");
const CRDS = [
  path.resolve(ROOT, "../shared/teleport/crds"),
  path.join(ROOT, "sandbox/charts/teleport-cluster/crd-files"),
].find((folder) => fs.existsSync(folder));

/** The part of `sandbox/`, a separate package, that starts etcd and an API server. */
interface ClusterModule {
  startCluster(): Promise<{ kubeconfig: string; stop(): Promise<void> }>;
}

/** The reference settings with one resource of every kind. */
function everyKind(): Sections {
  const settings = goodSettings();
  const text = JSON.stringify(RESOURCES).replaceAll(
    "teleport.example.com",
    settings["clusterName"],
  );
  const resources = JSON.parse(text) as Sections;
  for (const kind of ["githubConnectors", "oidcConnectors"]) {
    for (const one of Object.values(resources[kind] as Sections)) {
      one.clientSecret = { path: "teleport/sso" };
    }
  }
  Object.assign(resources["trustedClusters"].leaf.spec, {
    token: "secret://leaf/token",
    web_proxy_addr: "leaf.example.com:443",
  });
  resources["apps"] = { wiki: resources["apps"].grafana };
  return {
    ...settings,
    teleport: { ...settings["teleport"], edition: "enterprise", licensePath: "teleport/license" },
    resources,
  };
}

/** An object as the API server accepts it. */
interface Body {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: Record<string, unknown>;
}

describe(`custom resources of random settings on an API server (${CASES} cases)`, function () {
  this.timeout(120_000 + CASES * 60_000);
  let stop: () => Promise<void> = () => Promise.resolve();
  let custom: k8s.CustomObjectsApi;

  before(async () => {
    const module = path.join(ROOT, "sandbox/tests/controllers-cluster.ts");
    const cluster = await ((await import(module)) as ClusterModule).startCluster();
    stop = () => cluster.stop();
    const config = new k8s.KubeConfig();
    config.loadFromFile(cluster.kubeconfig);
    custom = config.makeApiClient(k8s.CustomObjectsApi);
    assert.ok(CRDS !== undefined);
    for (const file of fs.readdirSync(CRDS)) {
      const text = fs.readFileSync(path.join(CRDS, file), "utf8");
      // The typed client would drop what it does not know, such as x-kubernetes-int-or-string.
      await custom.createClusterCustomObject({
        group: "apiextensions.k8s.io",
        version: "v1",
        plural: "customresourcedefinitions",
        body: parse(text) as object,
      });
    }
  });
  after(() => stop());

  /** The API server's error for an object, or undefined if it accepts the object. Stores nothing. */
  async function errorOf({ apiVersion, kind, metadata, spec }: Body): Promise<string | undefined> {
    const [, version = ""] = apiVersion.split("/");
    const { plural } = kindInfo(kind as TeleportKind);
    for (let i = 0; ; i++) {
      try {
        await custom.createNamespacedCustomObject({
          group: TELEPORT_GROUP,
          version,
          plural,
          namespace: "default",
          dryRun: "All",
          fieldValidation: "Strict",
          body: { apiVersion, kind, metadata: { name: metadata.name }, spec },
        });
        return undefined;
      } catch (error) {
        if (!(error instanceof k8s.ApiException)) throw error;
        // The API server serves a new definition after some moments.
        if (error.code !== 404 || i > 100) return String(error.body);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  it("are refused with a wrong type and with an unknown field", async () => {
    const app = { apiVersion: `${TELEPORT_GROUP}/v1`, kind: "TeleportAppV3" };
    const object = (spec: Record<string, unknown>) => ({ ...app, metadata: { name: "x" }, spec });
    assert.match((await errorOf(object({ uri: 5 }))) ?? "accepted", /spec\.uri/);
    assert.match((await errorOf(object({ uir: "http://x" }))) ?? "accepted", /unknown field/);
    assert.equal(await errorOf(object({ uri: "http://x" })), undefined);
  });

  it("are accepted as planned, for every kind", async () => {
    const kinds = new Set<string>();
    const changed = new Set<string>();
    for (let i = 0; i < CASES; i++) {
      const drawn = accepted(SEED + i, everyKind(), "resources");
      for (const one of drawn.changed) changed.add(one);
      for (const { type, name, inputs } of await planned(drawn.settings)) {
        if (!type.startsWith(`kubernetes:${TELEPORT_GROUP}/`)) continue;
        // A resource that only waits for an object's conditions has no spec.
        if (inputs["spec"] === undefined) continue;
        const body = inputs as unknown as Body;
        const about = `case ${i}, ${type} ${name} (${drawn.changed.join(", ")})`;
        assert.equal(await errorOf(body), undefined, about);
        kinds.add(body.kind);
      }
    }
    assert.ok(kinds.size >= Object.keys(RESOURCES).length - 1, [...kinds].join(", "));
    assert.ok(changed.size >= CASES, [...changed].join(", "));
  });
});
