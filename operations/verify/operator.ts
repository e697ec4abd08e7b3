import { TELEPORT_GROUP } from "../../teleport/resources/kinds";
import { customObjects, type CustomObject } from "../clients/custom-objects";
import type { KubeReader } from "../clients/kubernetes";

/** True if an operator runs in a namespace. */
export async function operatorRuns(kubernetes: KubeReader, namespace: string): Promise<boolean> {
  const found = await kubernetes.list<{ status?: { readyReplicas?: number } }>(
    "apps/v1",
    "Deployment",
    { namespace, labelSelector: "app.kubernetes.io/component=operator" },
  );
  return found.some(({ status }) => (status?.readyReplicas ?? 0) > 0);
}

/** All custom resources of the operator in a namespace. */
export const teleportObjects = (
  kubernetes: KubeReader,
  namespace: string,
): Promise<CustomObject[]> => customObjects(kubernetes, namespace, [TELEPORT_GROUP]);
