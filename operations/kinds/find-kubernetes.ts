import * as k8s from "@kubernetes/client-node";
import type { Finder } from "./find";

interface Inputs {
  apiVersion?: string;
  kind?: string;
  name?: unknown;
  namespace?: unknown;
  metadata?: { name?: unknown; namespace?: unknown };
}

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

const missing = (error: unknown): boolean =>
  (error instanceof k8s.ApiException && error.code === 404) ||
  // A kind whose definition was not installed yet.
  (error instanceof Error && error.message.startsWith("Unrecognized API version and kind"));

/** Looks in Helm's own records: a release counts when it was deployed to its end. */
async function findRelease(core: k8s.CoreV1Api, namespace: string, name: string): Promise<boolean> {
  const { items } = await core.listNamespacedSecret({
    namespace,
    labelSelector: `owner=helm,name=${name},status in (deployed,superseded)`,
  });
  return items.length > 0;
}

/** Finds objects and Helm releases in a cluster. */
export function kubernetesFinder(config: k8s.KubeConfig): Finder {
  const core = config.makeApiClient(k8s.CoreV1Api);
  const objects = k8s.KubernetesObjectApi.makeApiClient(config);
  return async ({ type, inputs }) => {
    if (!type.startsWith("kubernetes:")) return undefined;
    const { apiVersion, kind, metadata, ...rest } = (inputs ?? {}) as Inputs;
    const release = type === "kubernetes:helm.sh/v3:Release";
    const name = text(release ? rest.name : metadata?.name);
    const namespace = text(release ? rest.namespace : metadata?.namespace);
    if (name === undefined) return { state: "unknown", why: "its name is not in its inputs" };
    const id = namespace === undefined ? name : `${namespace}/${name}`;
    if (release) {
      const there = await findRelease(core, namespace ?? "default", name);
      return there ? { state: "exists", id } : { state: "absent" };
    }
    if (apiVersion === undefined || kind === undefined) {
      return { state: "unknown", why: "its kind is not in its inputs" };
    }
    try {
      await objects.read({
        apiVersion,
        kind,
        metadata: { name, namespace },
      });
      return { state: "exists", id };
    } catch (error) {
      if (missing(error)) return { state: "absent" };
      throw error;
    }
  };
}
