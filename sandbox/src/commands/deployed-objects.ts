import {
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  type V1Deployment,
  type V1StatefulSet,
} from "@kubernetes/client-node";
import { table } from "./shell.ts";

const namespace = "teleport";

/** The objects that the stack deployed, read from the API server, and the stack's outputs. */
export async function describeDeployment(
  outputs: Record<string, unknown>,
  kubeconfig: string,
): Promise<string> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const objects = await describeObjects(config);
  return [
    table([["object", "state", "where"], ...objects]),
    "",
    table([["output", "value"], ...flatten(outputs)]),
  ].join("\n");
}

async function describeObjects(config: KubeConfig): Promise<string[][]> {
  const [apps, core] = [config.makeApiClient(AppsV1Api), config.makeApiClient(CoreV1Api)];
  const custom = config.makeApiClient(CustomObjectsApi);
  const [deployments, sets, services, secrets, certificates] = await Promise.all([
    apps.listNamespacedDeployment({ namespace }),
    apps.listNamespacedStatefulSet({ namespace }),
    core.listNamespacedService({ namespace }),
    core.listNamespacedSecret({ namespace }),
    custom.listNamespacedCustomObject({
      group: "cert-manager.io",
      version: "v1",
      namespace,
      plural: "certificates",
    }) as Promise<{ items: Conditioned[] }>,
  ]);
  return [
    ...deployments.items.map((item) => readiness("Deployment", item)),
    ...sets.items.map((item) => readiness("StatefulSet", item)),
    ...certificates.items.map((item) => [
      `Certificate ${item.metadata.name}`,
      item.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True")
        ? "ready"
        : "not ready",
      `Secret ${item.spec?.secretName ?? "-"}`,
    ]),
    ...services.items
      .filter(({ spec }) => spec?.type === "NodePort")
      .map(({ metadata, spec }) => [
        `Service ${metadata?.name ?? ""}`,
        "ready",
        (spec?.ports ?? []).map(({ port, nodePort }) => `${port}:${String(nodePort)}`).join(", "),
      ]),
    ...secrets.items
      .filter(({ type }) => type === "Opaque" || type === "kubernetes.io/tls")
      .map(({ metadata, data }) => [
        `Secret ${metadata?.name ?? ""}`,
        "present",
        `keys ${Object.keys(data ?? {}).join(", ")}`,
      ]),
  ];
}

interface Conditioned {
  metadata: { name: string };
  spec?: { secretName?: string };
  status?: { conditions?: { type: string; status: string }[] };
}

function readiness(kind: string, item: V1Deployment | V1StatefulSet): string[] {
  const { metadata, spec, status } = item;
  const [ready, wanted] = [status?.readyReplicas ?? 0, spec?.replicas ?? 1];
  const state = ready >= wanted ? "ready" : "not ready";
  return [
    `${kind} ${metadata?.name ?? ""}`,
    state,
    `${ready} of ${wanted} pods, namespace ${namespace}`,
  ];
}

/** Outputs as rows. Nested ones have names with dots. */
export function flatten(outputs: Record<string, unknown>, prefix = ""): string[][] {
  return Object.entries(outputs).flatMap(([name, value]) => {
    if (Array.isArray(value) && value.every((item) => typeof item !== "object")) {
      return [[prefix + name, value.join(", ")]];
    }
    return typeof value === "object" && value !== null
      ? flatten(value as Record<string, unknown>, `${prefix}${name}.`)
      : [[prefix + name, String(value)]];
  });
}
