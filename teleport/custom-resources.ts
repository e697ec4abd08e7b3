import type * as k8s from "@kubernetes/client-node";
import { setTimeout as sleep } from "node:timers/promises";
import type { ResourceStatus } from "./conditions";
import type { DeletedObject } from "./deletion";
import { kindInfo, TELEPORT_GROUP, type TeleportKind } from "./resources/kinds";

/** How a cluster is reached: section `kubernetes` of the settings. Default: `KUBECONFIG` or the home folder's file. */
export interface Cluster {
  kubeconfig?: string;
  context?: string;
}

/** The Teleport operator's custom resources in one namespace. Errors are the client's. */
export interface CustomResources {
  /** Undefined if the cluster does not have the kind. */
  list(kind: TeleportKind): Promise<DeletedObject[] | undefined>;
  annotate(kind: TeleportKind, name: string, annotation: string, value: string): Promise<void>;
  /** What the operator wrote. Undefined if it has written nothing. */
  status(kind: TeleportKind, name: string): Promise<ResourceStatus | undefined>;
}

/** Until then the program has told the engine which plugins it needs. */
const SOON_MS = 30;

/** Whether the API server has refused a request for good, so that no repetition can succeed. */
export const isRefused = (error: unknown): boolean => {
  const { code } = error as { code?: unknown };
  return typeof code === "number" && code >= 400 && code < 500 && code !== 429;
};

/**
 * Loads the client in a moment: it takes a tenth of a second, which an update has while the engine starts the plugins.
 * Does not keep the process alive.
 */
export async function loadClientSoon(): Promise<void> {
  await sleep(SOON_MS, undefined, { ref: false });
  // Who opens the resources is told what is wrong with it.
  await import("@kubernetes/client-node").catch(() => undefined);
}

/** Opens a cluster's custom resources. Loads the client only now, because a preview needs none. */
export async function customResources(
  { kubeconfig, context }: Cluster,
  namespace: string,
): Promise<CustomResources> {
  const client = await import("@kubernetes/client-node");
  const { readKubeConfig } = await import("./kube-config");
  const config = readKubeConfig(kubeconfig);
  if (context !== undefined) config.setCurrentContext(context);
  const custom = config.makeApiClient(client.CustomObjectsApi);
  const objects = client.KubernetesObjectApi.makeApiClient(config);
  const missing = (error: unknown) => error instanceof client.ApiException && error.code === 404;
  const place = (kind: TeleportKind) => {
    const { version, plural } = kindInfo(kind);
    return { group: TELEPORT_GROUP, version, plural, namespace };
  };
  return {
    async list(kind) {
      try {
        const list = (await custom.listNamespacedCustomObject(place(kind))) as {
          items: DeletedObject[];
        };
        return list.items;
      } catch (error) {
        if (missing(error)) return undefined;
        throw error;
      }
    },
    async annotate(kind, name, annotation, value) {
      const object: k8s.KubernetesObject = {
        apiVersion: `${TELEPORT_GROUP}/${kindInfo(kind).version}`,
        kind,
        metadata: { name, namespace, annotations: { [annotation]: value } },
      };
      const merge = client.PatchStrategy.MergePatch;
      try {
        await objects.patch(object, undefined, undefined, "access-plane", undefined, merge);
      } catch (error) {
        if (!missing(error)) throw error;
      }
    },
    async status(kind, name) {
      const object = (await custom.getNamespacedCustomObject({ ...place(kind), name })) as {
        status?: ResourceStatus;
      };
      return object.status;
    },
  };
}
