import type { DeletedObject } from "../../teleport/deletion";
import type { KubeReader } from "./kubernetes";

/** A custom resource. */
export interface CustomObject extends DeletedObject {
  apiVersion: string;
  metadata?: DeletedObject["metadata"] & { ownerReferences?: unknown[] };
  spec?: unknown;
}

interface Definition {
  spec?: {
    group: string;
    scope?: string;
    names: { kind: string };
    versions?: { name: string; storage: boolean }[];
  };
}

/** All custom resources of some API groups in a namespace. */
export async function customObjects(
  kubernetes: KubeReader,
  namespace: string,
  groups: readonly string[],
): Promise<CustomObject[]> {
  const definitions = await kubernetes.list<Definition>(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
  );
  const lists = await Promise.all(
    definitions.map(async ({ spec }) => {
      if (spec === undefined || !groups.includes(spec.group) || spec.scope === "Cluster") return [];
      const { kind } = spec.names;
      const version = spec.versions?.find(({ storage }) => storage)?.name ?? "v1";
      const apiVersion = `${spec.group}/${version}`;
      const found = await kubernetes.list<CustomObject>(apiVersion, kind, { namespace });
      // Items of a list have no kind.
      return found.map((object) => ({ ...object, apiVersion, kind }));
    }),
  );
  return lists.flat();
}
