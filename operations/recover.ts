import * as k8s from "@kubernetes/client-node";
import type { Settings } from "../settings/schema";
import { CLUSTER_RELEASE } from "../teleport/names";

/** A Helm operation that began and never ended: its record blocks every later one. */
export interface StuckRelease {
  release: string;
  revision: number;
  /** `pending-install`, `pending-upgrade` or `pending-rollback`. */
  status: string;
  since: Date | undefined;
  /** Secret that Helm keeps the record in. */
  secret: string;
}

/** A client of the stack's cluster. */
export function clusterClient(settings: Pick<Settings, "kubernetes">): k8s.CoreV1Api {
  const config = new k8s.KubeConfig();
  const { kubeconfig, context } = settings.kubernetes;
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  if (context !== undefined) config.setCurrentContext(context);
  return config.makeApiClient(k8s.CoreV1Api);
}

/** The plane's releases whose last operation was cut off (Helm's storage: Secrets by owner label). */
export async function stuckReleases(
  core: k8s.CoreV1Api,
  settings: { namespace: { name: string }; agents: Record<string, unknown> },
): Promise<StuckRelease[]> {
  const { items } = await core.listNamespacedSecret({
    namespace: settings.namespace.name,
    labelSelector:
      "owner=helm,status in (pending-install,pending-upgrade,pending-rollback)," +
      `name in (${CLUSTER_RELEASE},${Object.keys(settings.agents).join(",")})`,
  });
  return items.map(({ metadata = {} }) => ({
    release: metadata.labels?.["name"] ?? "",
    revision: Number(metadata.labels?.["version"]),
    status: metadata.labels?.["status"] ?? "",
    since: metadata.creationTimestamp,
    secret: metadata.name ?? "",
  }));
}

/**
 * Forgets an operation that was cut off. Nothing that it made is removed: the next update takes
 * those objects over (they carry the release's ownership marks) and brings them up to date.
 */
export async function forget(
  core: k8s.CoreV1Api,
  settings: { namespace: { name: string } },
  stuck: StuckRelease,
): Promise<void> {
  await core.deleteNamespacedSecret({ name: stuck.secret, namespace: settings.namespace.name });
}
