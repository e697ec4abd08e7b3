import * as k8s from "@kubernetes/client-node";
import { TELEPORT_GROUP } from "../../teleport/resources/kinds";

/** Groups whose objects make up a plane. */
const GROUPS: readonly string[] = [TELEPORT_GROUP, "cert-manager.io", "secrets.hashicorp.com"];

/** A custom resource of such a group. */
export interface CustomObject {
  group: string;
  kind: string;
  metadata: {
    name: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: unknown[];
  };
  spec?: unknown;
}

/** Custom resources of a plane in a namespace, without those that controllers made. */
export async function customObjects(
  config: k8s.KubeConfig,
  namespace: string,
): Promise<CustomObject[]> {
  const custom = config.makeApiClient(k8s.CustomObjectsApi);
  const { items } = await config
    .makeApiClient(k8s.ApiextensionsV1Api)
    .listCustomResourceDefinition();
  const kinds = items
    .map(({ spec }) => spec)
    .filter(({ group, scope }) => GROUPS.includes(group) && scope === "Namespaced");
  const lists = await Promise.all(
    kinds.map(async ({ group, names: { plural, kind }, versions }) => {
      const version = versions.find(({ storage }) => storage)?.name ?? "v1";
      const where = { group, version, plural, namespace };
      const list = (await custom.listNamespacedCustomObject(where)) as { items: CustomObject[] };
      // Lists leave the kind of their items out.
      return list.items.map((object) => ({ ...object, group, kind }));
    }),
  );
  return lists.flat().filter(({ metadata }) => metadata.ownerReferences === undefined);
}
