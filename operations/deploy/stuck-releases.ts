import * as k8s from "@kubernetes/client-node";
import { CommandError } from "../base/exit-codes";
import type { StackState } from "../engine/state";
import { RELEASE_TYPE } from "../base/urn";

/** A Helm release of a stack. */
export interface ReleaseName {
  urn: string;
  namespace: string;
  name: string;
  /** True if the state has it; false if its creation did not finish. */
  inState: boolean;
  /** True if the state has an unfinished operation on it. */
  cutOff: boolean;
}

/** Helm releases in a state, unfinished ones included. */
export function releasesIn({ deployment }: StackState): ReleaseName[] {
  const { resources = [], pending_operations: pending = [] } = deployment ?? {};
  const known = new Map<string, ReleaseName>();
  for (const { urn, type, inputs = {} } of [...resources, ...pending.map((one) => one.resource)]) {
    const { name, namespace = "default" } = inputs;
    if (type !== RELEASE_TYPE || typeof name !== "string" || typeof namespace !== "string")
      continue;
    known.set(`${namespace}/${name}`, {
      ...{ urn, namespace, name },
      inState: resources.some((resource) => resource.urn === urn),
      cutOff: pending.some(({ resource }) => resource.urn === urn),
    });
  }
  return [...known.values()];
}

/** A revision of a release. Helm stores it in one Secret. */
export interface HelmRecord {
  /** Name of the Secret. */
  secret: string;
  uid: string;
  resourceVersion: string;
  revision: number;
  /** Status in Helm: `deployed`, `pending-upgrade`, `uninstalling`, … */
  status: string;
  since?: Date;
}

/** A release whose records do not match the state. */
export interface StuckRelease {
  urn: string;
  namespace: string;
  release: string;
  /** Revision of the last record. 0 if there is none. */
  revision: number;
  /** Helm's status of the last record. `missing` if there is none. */
  status: string;
  since?: Date;
  /**
   * `forget`: delete the records; `uninstall`: let Helm finish the uninstall; `read`: Helm does not have
   * the release, and reading it removes it from the state.
   */
  action: "forget" | "uninstall" | "read";
  /** Records that `forget` deletes: all after the last deployed revision. */
  records: HelmRecord[];
}

/**
 * How to repair a release, from its records in ascending order. Undefined if Helm and the next update can
 * work with them. Statuses: https://pkg.go.dev/helm.sh/helm/v3/pkg/release#Status
 */
export function judge(
  release: ReleaseName,
  records: readonly HelmRecord[],
): StuckRelease | undefined {
  const { urn, namespace, name, inState, cutOff } = release;
  const last = records.at(-1);
  const common = { urn, namespace, release: name };
  if (last === undefined) {
    // A release without state and record was never started.
    const missing = { revision: 0, status: "missing", action: "read" as const, records: [] };
    return inState ? { ...common, ...missing } : undefined;
  }
  const { revision, status, since } = last;
  // The engine recorded the failure, so the next update repeats the operation.
  if (status === "deployed" || (status === "failed" && inState && !cutOff)) return undefined;
  const stuck = { ...common, revision, status, since };
  if (status === "uninstalling" && inState) return { ...stuck, action: "uninstall", records: [] };
  const deployed = records.findLastIndex((record) => record.status === "deployed");
  return { ...stuck, action: "forget", records: records.slice(deployed + 1) };
}

/** Status of old revisions. Helm keeps many of them. */
const PAST = "superseded";

async function readRecords(
  core: k8s.CoreV1Api,
  { namespace, name }: ReleaseName,
): Promise<HelmRecord[]> {
  const list = async (status: string) => {
    const labelSelector = `owner=helm,name=${name}${status}`;
    const { items } = await core.listNamespacedSecret({ namespace, labelSelector });
    return items.map(({ metadata = {} }) => ({
      secret: metadata.name ?? "",
      uid: metadata.uid ?? "",
      resourceVersion: metadata.resourceVersion ?? "",
      revision: Number(metadata.labels?.["version"]),
      status: metadata.labels?.["status"] ?? "unknown",
      since: metadata.creationTimestamp,
    }));
  };
  const current = await list(`,status!=${PAST}`);
  // A record can have 1 MiB, so read the old ones only if they matter.
  const records = current.length > 0 ? current : await list("");
  return records.sort((a, b) => a.revision - b.revision);
}

/** Releases that Helm or the next update cannot work with. */
export async function stuckReleases(
  core: k8s.CoreV1Api,
  releases: readonly ReleaseName[],
): Promise<StuckRelease[]> {
  const judged = await Promise.all(
    releases.map(async (release) => judge(release, await readRecords(core, release))),
  );
  return judged.filter((stuck) => stuck !== undefined);
}

/** True if Helm has a record of the release. With `deployed`, only records of a finished deployment count. */
export async function hasRecord(
  core: k8s.CoreV1Api,
  release: ReleaseName,
  deployed: boolean,
): Promise<boolean> {
  const records = await readRecords(core, release);
  return records.some(({ status }) => !deployed || status === "deployed");
}

/**
 * Deletes the records of an interrupted operation. The objects stay: the next update takes them over by the
 * release's ownership marks and updates them. Throws LOCKED if a record has changed since it was read,
 * because the operation still runs then.
 */
export async function deleteReleaseRecords(
  core: k8s.CoreV1Api,
  stuck: StuckRelease,
): Promise<void> {
  const { namespace, release } = stuck;
  // Newest first: if this stops half way, the rest is found again.
  for (const { secret: name, uid, resourceVersion } of [...stuck.records].reverse()) {
    const body = { preconditions: { uid, resourceVersion } };
    try {
      await core.deleteNamespacedSecret({ name, namespace, body });
    } catch (error) {
      const code = error instanceof k8s.ApiException ? error.code : undefined;
      if (code !== 404 && code !== 409) throw error;
      throw new CommandError(
        "LOCKED",
        `Helm still works on release ${release} in namespace ${namespace}: its record ${name} has ` +
          "changed meanwhile. Nothing of it was deleted. Wait until it ends, then run this again.",
        { cause: error },
      );
    }
  }
}

export function stuckText(stuck: StuckRelease): string {
  const { release, revision, status, since, action, records } = stuck;
  const began = since === undefined ? "" : ` since ${since.toISOString()}`;
  const what = revision === 0 ? `Release ${release}` : `Release ${release}, revision ${revision}`;
  const kept = (records[0]?.revision ?? 1) > 1 ? "" : " and takes its objects over";
  const then = {
    forget: `Helm's record of it is deleted; the next update repeats the operation${kept}`,
    uninstall: "the uninstall is finished; the next update installs it",
    read: "Helm has no record of it; it leaves the state, and the next update installs it",
  }[action];
  return `${what}: ${status}${began}; ${then}`;
}
