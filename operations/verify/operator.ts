import type { DeletedObject } from "../../teleport/deletion";
import { TELEPORT_GROUP } from "../../teleport/resources/kinds";
import type { KubeReader } from "../clients/kubernetes";

/** A custom resource of the operator. */
export interface TeleportObject extends DeletedObject {
  apiVersion: string;
}

interface Definition {
  spec?: {
    group?: string;
    names?: { kind?: string };
    versions?: { name: string; storage?: boolean }[];
  };
}

/** Whether an operator runs in a namespace. */
export async function operatorRuns(kubernetes: KubeReader, namespace: string): Promise<boolean> {
  const found = await kubernetes.list<{ status?: { readyReplicas?: number } }>(
    "apps/v1",
    "Deployment",
    { namespace, labelSelector: "app.kubernetes.io/component=operator" },
  );
  return found.some(({ status }) => (status?.readyReplicas ?? 0) > 0);
}

/** Every custom resource of the operator in a namespace. */
export async function teleportObjects(
  kubernetes: KubeReader,
  namespace: string,
): Promise<TeleportObject[]> {
  const definitions = (
    await kubernetes.list<Definition>("apiextensions.k8s.io/v1", "CustomResourceDefinition")
  ).filter(({ spec }) => spec?.group === TELEPORT_GROUP);
  const lists = await Promise.all(
    definitions.map(async ({ spec }) => {
      const version = spec?.versions?.find(({ storage }) => storage === true)?.name ?? "v1";
      const kind = spec?.names?.kind ?? "";
      const apiVersion = `${TELEPORT_GROUP}/${version}`;
      const found = await kubernetes.list<TeleportObject>(apiVersion, kind, { namespace });
      // Lists leave the kind of their items out.
      return found.map((object) => ({ ...object, apiVersion, kind }));
    }),
  );
  return lists.flat();
}
