import * as k8s from "@kubernetes/client-node";
import { CommandError } from "../base/exit-codes";
import type { StackState } from "../engine/state";
import { RELEASE_TYPE } from "../base/urn";

/** A Helm release of a stack. */
export interface ReleaseName {
  urn: string;
  namespace: string;
  name: string;
  /** Whether the state has it; false while its creation never ended. */
  inState: boolean;
  /** Whether the state has an operation on it that never ended. */
  cutOff: boolean;
}

/** Helm releases that a state has, those being made included. */
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

/** A revision of a release, as Helm keeps it: one Secret. */
export interface HelmRecord {
  /** Name of the Secret. */
  secret: string;
  uid: string;
  resourceVersion: string;
  revision: number;
  /** Helm's own word: `deployed`, `pending-upgrade`, `uninstalling`, … */
  status: string;
  since?: Date;
}

/** A release with records that do not match the state. */
export interface StuckRelease {
  urn: string;
  namespace: string;
  release: string;
  /** Of the last record; 0 when there is none. */
  revision: number;
  /** Helm's status of the last record; `missing` when there is none. */
  status: string;
  since?: Date;
  /**
   * `forget`: delete the records; `uninstall`: let Helm finish the uninstall; `read`: Helm knows
   * nothing of it, reading it takes it out of the state.
   */
  action: "forget" | "uninstall" | "read";
  /** What `forget` deletes: all that came after the last revision that was deployed. */
  records: HelmRecord[];
}

/**
 * What has to happen with a release, by its records in ascending order; undefined when Helm and the
 * next update can work with them. Statuses: https://pkg.go.dev/helm.sh/helm/v3/pkg/release#Status
 */
export function judge(
  release: ReleaseName,
  records: readonly HelmRecord[],
): StuckRelease | undefined {
  const { urn, namespace, name, inState, cutOff } = release;
  const last = records.at(-1);
  const common = { urn, namespace, release: name };
  if (last === undefined) {
    // A release that is not in the state and has no record was never begun.
    const missing = { revision: 0, status: "missing", action: "read" as const, records: [] };
    return inState ? { ...common, ...missing } : undefined;
  }
  const { revision, status, since } = last;
  // The engine has recorded a failure that it saw; the next update then repeats the operation.
  if (status === "deployed" || (status === "failed" && inState && !cutOff)) return undefined;
  const stuck = { ...common, revision, status, since };
  if (status === "uninstalling" && inState) return { ...stuck, action: "uninstall", records: [] };
  const deployed = records.findLastIndex((record) => record.status === "deployed");
  return { ...stuck, action: "forget", records: records.slice(deployed + 1) };
}

/** Statuses of old revisions, of which Helm keeps many. */
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
  // A record can hold 1 MiB: the old ones are only read when they matter.
  const records = current.length > 0 ? current : await list("");
  return records.sort((a, b) => a.revision - b.revision);
}

/** Releases that Helm or the next update cannot work with as they are. */
export async function stuckReleases(
  core: k8s.CoreV1Api,
  releases: readonly ReleaseName[],
): Promise<StuckRelease[]> {
  const judged = await Promise.all(
    releases.map(async (release) => judge(release, await readRecords(core, release))),
  );
  return judged.filter((stuck) => stuck !== undefined);
}

/** Whether Helm has a record of the release; with `deployed`, one that was deployed to its end. */
export async function hasRecord(
  core: k8s.CoreV1Api,
  release: ReleaseName,
  deployed: boolean,
): Promise<boolean> {
  const records = await readRecords(core, release);
  return records.some(({ status }) => !deployed || status === "deployed");
}

/**
 * Deletes records that an operation left which was cut off. Nothing that the operation made is
 * removed: the next update takes those objects over (they carry the release's ownership marks) and
 * brings them up to date. Throws LOCKED when a record changed since it was read: then the operation
 * still runs.
 */
export async function deleteReleaseRecords(
  core: k8s.CoreV1Api,
  stuck: StuckRelease,
): Promise<void> {
  const { namespace, release } = stuck;
  // The last first: should this end half way, what is left is still found.
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

/** What becomes of a release, in one line. */
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
