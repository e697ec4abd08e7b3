import * as k8s from "@kubernetes/client-node";
import { readRevision } from "../base/helm-record";

/** A release as Helm keeps it in the cluster. */
export interface FoundRelease {
  namespace: string;
  name: string;
  chart: string;
  version: string;
  status: string;
  /** Values that were given, without the chart's own. */
  values: Record<string, unknown>;
}

/** Reads Helm's record of a release. */
export function readRelease(data: string): FoundRelease {
  const stored = readRevision(data);
  const { name, version } = stored.chart.metadata;
  return {
    namespace: stored.namespace,
    name: stored.name,
    chart: name,
    version,
    status: stored.info.status,
    values: stored.config ?? {},
  };
}

/** Releases of Teleport's charts in a namespace, each in its latest revision. */
export async function teleportReleases(
  core: k8s.CoreV1Api,
  namespace: string,
): Promise<FoundRelease[]> {
  const { items } = await core.listNamespacedSecret({ namespace, labelSelector: "owner=helm" });
  const latest = new Map<string, k8s.V1Secret>();
  for (const secret of items) {
    const { name = "", version = "0" } = secret.metadata?.labels ?? {};
    const known = Number(latest.get(name)?.metadata?.labels?.["version"] ?? 0);
    if (Number(version) > known) latest.set(name, secret);
  }
  return [...latest.values()]
    .map((secret) => readRelease(secret.data?.["release"] ?? ""))
    .filter(({ chart }) => chart === "teleport-cluster" || chart === "teleport-kube-agent");
}
