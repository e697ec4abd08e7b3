import { TELEPORT_GROUP } from "../../teleport/resources/kinds";
import { customObjects, type CustomObject } from "../clients/custom-objects";
import type { KubeReader } from "../clients/kubernetes";

const GROUPS = [TELEPORT_GROUP, "cert-manager.io", "secrets.hashicorp.com"];

/** Custom resources of a plane in a namespace, except those that controllers made. */
export async function planeObjects(
  kubernetes: KubeReader,
  namespace: string,
): Promise<CustomObject[]> {
  const all = await customObjects(kubernetes, namespace, GROUPS);
  return all.filter(({ metadata }) => metadata?.ownerReferences === undefined);
}
