import { get } from "../../teleport/values";
import { shortType } from "../base/urn";
import { factText } from "../kinds/resource-kind";
import type { RecordedResource } from "./record-program";

/** Name and namespace of the object that a resource becomes in Kubernetes. */
export function kubernetesName(
  resource: RecordedResource,
): { name: string; namespace?: string } | undefined {
  if (!resource.type.startsWith("kubernetes:")) return undefined;
  const place =
    shortType(resource.type) === "Release" ? resource.inputs : get(resource.inputs, "metadata");
  const [name, namespace] = [get(place, "name"), get(place, "namespace")];
  if (name === undefined) return undefined;
  return {
    name: factText(name),
    namespace: namespace === undefined ? undefined : factText(namespace),
  };
}
