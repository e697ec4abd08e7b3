import type * as k8s from "@kubernetes/client-node";
import { lastRecords, readRevision } from "../base/helm-record";
import type { KubeReader } from "../clients/kubernetes";

/** A Helm release in the cluster. */
export interface FoundRelease {
  namespace: string;
  name: string;
  chart: string;
  version: string;
  status: string;
  /** Values that the user set, without the chart's defaults. */
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

/** The newest revision of each release of Teleport's charts in a namespace. */
export async function teleportReleases(
  kubernetes: KubeReader,
  namespace: string,
): Promise<FoundRelease[]> {
  const where = { namespace, labelSelector: "owner=helm" };
  const records = await kubernetes.list<k8s.V1Secret>("v1", "Secret", where);
  return [...lastRecords(records).values()]
    .map((secret) => readRelease(secret.data?.["release"] ?? ""))
    .filter(({ chart }) => chart === "teleport-cluster" || chart === "teleport-kube-agent");
}
