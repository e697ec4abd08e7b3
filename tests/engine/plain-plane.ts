import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import type { PlannedResource } from "../../operations/plan/plan-stack";
import type { EngineStack } from "./stack";
import { get, getText } from "../../teleport/values";
import { shortType } from "../../operations/base/urn";

const NAMESPACE = "teleport";
const ROOT = path.resolve(__dirname, "../..");

/** The annotation of objects that Argo CD applies. */
export const TRACKING = "argocd.argoproj.io/tracking-id";

/** Runs Helm with a planned release, and returns its output. */
export function helm(
  args: readonly string[],
  release: PlannedResource,
  env: NodeJS.ProcessEnv,
): string {
  const [name, namespace] = [getText(release.inputs, "name"), getText(release.inputs, "namespace")];
  const chart = path.join(ROOT, getText(release.inputs, "chart"));
  const command = [...args, name, chart, "--namespace", namespace, "--values", "-"];
  const input = JSON.stringify(release.inputs["values"]);
  const run = spawnSync("helm", command, { env, input, encoding: "utf8" });
  if (run.status !== 0) throw new Error(`helm ${args.join(" ")} ${name}: ${run.stderr}`);
  return run.stdout;
}

/** Creates an object as kubectl does. Waits until the API server serves its kind. */
export async function create(config: k8s.KubeConfig, given: k8s.KubernetesObject): Promise<void> {
  // The client drops `from` of a NetworkPolicy, which it calls `_from`.
  const text = JSON.stringify(given);
  const sent = given.kind === "NetworkPolicy" ? text.replaceAll('"from":', '"_from":') : text;
  const object = JSON.parse(sent) as k8s.KubernetesObject;
  for (let tries = 0; ; tries++) {
    try {
      // Each client caches the kinds that it discovers, and also those that are missing.
      await k8s.KubernetesObjectApi.makeApiClient(config).create(object);
      return;
    } catch (error) {
      const unknown = /404 page not found|Unrecognized API version and kind/.test(String(error));
      if (!unknown || tries === 100) throw error;
      await sleep(100);
    }
  }
}

/** Creates the objects of a chart as Argo CD does: with its annotation, and without a Helm release. */
async function renderAsArgo(
  release: PlannedResource,
  config: k8s.KubeConfig,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const namespace = getText(release.inputs, "namespace");
  for (const document of parseAllDocuments(helm(["template", "--no-hooks"], release, env))) {
    const object = document.toJS() as k8s.KubernetesObject | null;
    if (object?.metadata === undefined) continue;
    const { annotations = {}, name = "" } = object.metadata;
    const kind = `${(object.apiVersion ?? "").split("/").slice(0, -1).join("/")}/${object.kind ?? ""}`;
    annotations[TRACKING] = `${release.name}:${kind}:${namespace}/${name}`;
    Object.assign(object.metadata, { namespace, annotations });
    await create(config, object);
  }
}

async function makeInVault(stack: EngineStack, { type, inputs }: PlannedResource): Promise<void> {
  const name = getText(inputs, "name");
  const backend = getText(inputs, "backend");
  switch (shortType(type)) {
    case "Policy":
      await stack.vault(`sys/policies/acl/${name}`, { policy: inputs["policy"] });
      return;
    case "AuthBackendRole":
      await stack.vault(`auth/${backend}/role/${getText(inputs, "roleName")}`, {
        bound_service_account_names: inputs["boundServiceAccountNames"],
        bound_service_account_namespaces: inputs["boundServiceAccountNamespaces"],
        audience: inputs["audience"],
        token_policies: inputs["tokenPolicies"],
      });
      return;
    default:
      await stack.vault(`${backend}/static-roles/${name}`, {
        db_name: inputs["dbName"],
        username: inputs["username"],
        rotation_period: get(inputs, "rotationPeriod"),
      });
  }
}

/**
 * Installs the reference plane without Pulumi: the cluster with Helm, the agent as Argo CD does, the
 * rest as with kubectl and Vault's CLI, on another node port. No object has an annotation of Pulumi.
 */
export async function installPlane(
  stack: EngineStack,
  config: k8s.KubeConfig,
  nodePort: number,
): Promise<PlannedResource[]> {
  const golden = path.join(ROOT, "tests/unit/golden/sandbox.json");
  const plan = JSON.parse(fs.readFileSync(golden, "utf8")) as PlannedResource[];
  for (const resource of plan) {
    const { type, name, inputs } = resource;
    if (name === "teleport-agent" && shortType(type) === "Release") {
      await renderAsArgo(resource, config, stack.env);
    } else if (shortType(type) === "Release") {
      helm(["install", "--wait"], resource, stack.env);
    } else if (shortType(type) === "ServicePatch") {
      await setNodePort(config, nodePort);
    } else if (type.startsWith("kubernetes:")) {
      const object = structuredClone(inputs) as k8s.KubernetesObject;
      delete object.metadata?.annotations;
      await create(config, object);
    } else if (type.startsWith("vault:")) {
      await makeInVault(stack, resource);
    }
  }
  await settled(config, NAMESPACE);
  return plan;
}

/** Waits until every replica is ready. Throws after 30 seconds. */
async function settled(config: k8s.KubeConfig, namespace: string): Promise<void> {
  const apps = config.makeApiClient(k8s.AppsV1Api);
  for (let tries = 0; tries < 100; tries++) {
    const [deployments, sets] = await Promise.all([
      apps.listNamespacedDeployment({ namespace }),
      apps.listNamespacedStatefulSet({ namespace }),
    ]);
    const all = [...deployments.items, ...sets.items];
    if (all.every(({ spec, status }) => status?.readyReplicas === spec?.replicas)) return;
    await sleep(300);
  }
  throw new Error(`workloads of namespace ${namespace} do not become ready`);
}

async function setNodePort(config: k8s.KubeConfig, nodePort: number): Promise<void> {
  const core = config.makeApiClient(k8s.CoreV1Api);
  const place = { name: "teleport", namespace: NAMESPACE };
  const service = await core.readNamespacedService(place);
  for (const port of service.spec?.ports ?? []) if (port.port === 443) port.nodePort = nodePort;
  await core.replaceNamespacedService({ ...place, body: service });
}

/** Defines a kind whose objects may have any fields. */
export async function defineKind(
  config: k8s.KubeConfig,
  group: string,
  version: string,
  kind: string,
): Promise<void> {
  const singular = kind.toLowerCase();
  const names = { kind, listKind: `${kind}List`, singular, plural: `${singular}s` };
  const schema = {
    // The typed client drops a field that is spelled as in the API.
    openAPIV3Schema: { type: "object", x_kubernetes_preserve_unknown_fields: true },
  };
  await create(config, {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${names.plural}.${group}` },
    spec: {
      ...{ group, names, scope: "Namespaced" },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  } as k8s.KubernetesObject);
}

const APPLICATION = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" };

/** Creates an Argo CD Application that manages objects of the plane's namespace. */
export async function installArgo(
  config: k8s.KubeConfig,
  name: string,
  objects: { kind: string; name: string; namespace?: string }[],
): Promise<void> {
  await defineKind(config, "argoproj.io", "v1alpha1", APPLICATION.kind);
  await create(config, { apiVersion: "v1", kind: "Namespace", metadata: { name: "argocd" } });
  await create(config, {
    ...APPLICATION,
    metadata: { name, namespace: "argocd" },
    spec: { syncPolicy: { automated: { selfHeal: true } } },
    status: { resources: objects },
  } as k8s.KubernetesObject);
}

/** Deletes the Application as docs/adoption.md says, and keeps its objects. */
export async function removeArgo(config: k8s.KubeConfig, name: string): Promise<void> {
  const objects = k8s.KubernetesObjectApi.makeApiClient(config);
  const metadata = { name, namespace: "argocd" };
  await objects.patch(
    { ...APPLICATION, metadata, spec: { syncPolicy: null } } as k8s.KubernetesObject,
    ...[undefined, undefined, undefined, undefined],
    k8s.PatchStrategy.MergePatch,
  );
  await objects.delete(
    { ...APPLICATION, metadata },
    undefined,
    undefined,
    undefined,
    undefined,
    "Orphan",
  );
  const isThere = () =>
    objects.read({ ...APPLICATION, metadata }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof k8s.ApiException && error.code === 404) return false;
        throw error;
      },
    );
  while (await isThere()) await sleep(200);
}
