import * as k8s from "@kubernetes/client-node";

/** A Helm release as the program names it. */
export interface ReleaseName {
  namespace: string;
  name: string;
}

/** A Helm operation that began and never ended: its record blocks every later one. */
export interface StuckRelease {
  namespace: string;
  release: string;
  revision: number;
  /** `pending-install`, `pending-upgrade` or `pending-rollback`. */
  status: string;
  since: Date | undefined;
  /** Secret that Helm keeps the record in. */
  secret: string;
}

/** Releases whose last operation was cut off (Helm's storage: Secrets by owner label). */
export async function stuckReleases(
  core: k8s.CoreV1Api,
  releases: readonly ReleaseName[],
): Promise<StuckRelease[]> {
  const stuck: StuckRelease[] = [];
  for (const namespace of new Set(releases.map((release) => release.namespace))) {
    const names = releases
      .filter((release) => release.namespace === namespace)
      .map(({ name }) => name);
    const { items } = await core.listNamespacedSecret({
      namespace,
      labelSelector:
        "owner=helm,status in (pending-install,pending-upgrade,pending-rollback)," +
        `name in (${[...new Set(names)].join(",")})`,
    });
    for (const { metadata = {} } of items) {
      stuck.push({
        namespace,
        release: metadata.labels?.["name"] ?? "",
        revision: Number(metadata.labels?.["version"]),
        status: metadata.labels?.["status"] ?? "",
        since: metadata.creationTimestamp,
        secret: metadata.name ?? "",
      });
    }
  }
  return stuck;
}

/**
 * Forgets an operation that was cut off. Nothing that it made is removed: the next update takes
 * those objects over (they carry the release's ownership marks) and brings them up to date.
 */
export async function forget(core: k8s.CoreV1Api, stuck: StuckRelease): Promise<void> {
  await core.deleteNamespacedSecret({ name: stuck.secret, namespace: stuck.namespace });
}
