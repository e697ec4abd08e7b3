import { AUTH_DEPLOYMENT } from "../../teleport/cluster-values";
import { CLUSTER_RELEASE } from "../../teleport/names";
import type * as k8s from "@kubernetes/client-node";
import type { KubeReader } from "../clients/kubernetes";

/** Deployment of the proxies, by the chart's name. */
export const PROXY_DEPLOYMENT = `${CLUSTER_RELEASE}-proxy`;

/** Workloads of the release `teleport`, by the chart's names. */
export const CLUSTER_DEPLOYMENTS = [
  AUTH_DEPLOYMENT,
  PROXY_DEPLOYMENT,
  `${CLUSTER_RELEASE}-operator`,
];

/** Why Teleport cannot be asked: its pods are simulated. Undefined if they run. */
export async function simulated(kubernetes: KubeReader): Promise<string | undefined> {
  const nodes = await kubernetes.list<{ metadata?: { annotations?: Record<string, string> } }>(
    "v1",
    "Node",
  );
  // KWOK marks its simulated nodes.
  const fake = nodes.filter(
    (node) => node.metadata?.annotations?.["kwok.x-k8s.io/node"] === "fake",
  );
  return nodes.length > 0 && fake.length === nodes.length
    ? `pods are simulated (KWOK plays all ${nodes.length} nodes)`
    : undefined;
}

/** What EKS's webhooks have added to a pod: its AWS role, or Pod Identity. */
export function awsIdentity(pod: k8s.V1Pod): { role?: string; podIdentity: boolean } {
  const env = (pod.spec?.containers ?? []).flatMap((container) => container.env ?? []);
  const value = (name: string) => env.find((variable) => variable.name === name)?.value;
  return {
    role: value("AWS_ROLE_ARN"),
    podIdentity: value("AWS_CONTAINER_CREDENTIALS_FULL_URI") !== undefined,
  };
}

/** True if a StatefulSet with one of these names owns a pod. */
export const isOwnedBy = ({ metadata }: k8s.V1Pod, statefulSets: readonly string[]): boolean =>
  metadata?.ownerReferences?.some(
    ({ kind, name }) => kind === "StatefulSet" && statefulSets.includes(name),
  ) ?? false;

/** Pods of the auth service, by the labels of chart `teleport-cluster`. */
export async function authPods(kubernetes: KubeReader, namespace: string): Promise<k8s.V1Pod[]> {
  const pods = await kubernetes.list<k8s.V1Pod>("v1", "Pod", { namespace });
  return pods.filter(
    ({ metadata }) =>
      metadata?.labels?.["app.kubernetes.io/instance"] === CLUSTER_RELEASE &&
      metadata.labels["app.kubernetes.io/component"] === "auth",
  );
}
