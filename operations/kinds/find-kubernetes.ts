import type * as k8s from "@kubernetes/client-node";
import { text } from "../../teleport/values";
import { objectPlace, shortType } from "../base/urn";
import { LiveKubernetes } from "../clients/kubernetes";
import type { Finder } from "./find";

/** Finds objects and Helm releases in a cluster. A release counts if Helm has deployed it once. */
export function kubernetesFinder(config: k8s.KubeConfig): Finder {
  const kubernetes = new LiveKubernetes(() => config);
  return async ({ type, inputs = {} }) => {
    if (!type.startsWith("kubernetes:")) return undefined;
    const { name = "", namespace } = objectPlace(type, inputs) ?? {};
    if (name === "") return { state: "unknown", why: "its name is not in its inputs" };
    const id = namespace === undefined ? name : `${namespace}/${name}`;
    if (shortType(type) === "Release") {
      const records = await kubernetes.list("v1", "Secret", {
        namespace: namespace ?? "default",
        labelSelector: `owner=helm,name=${name},status in (deployed,superseded)`,
      });
      return records.length > 0 ? { state: "exists", id } : { state: "absent" };
    }
    const [apiVersion, kind] = [text(inputs["apiVersion"]), text(inputs["kind"])];
    if (apiVersion === "" || kind === "") {
      return { state: "unknown", why: "its kind is not in its inputs" };
    }
    const found = await kubernetes.get(apiVersion, kind, name, namespace);
    return found === undefined ? { state: "absent" } : { state: "exists", id };
  };
}
