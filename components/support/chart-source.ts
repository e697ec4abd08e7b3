import type { ReleaseArgs } from "@pulumi/kubernetes/helm/v3/release";
import * as path from "node:path";
import { folderDigest } from "../../inventory/chart-folder";

/** Where the Teleport charts come from; at most one of the three. */
export interface ChartSource {
  /** Helm repository URL. Default: Teleport's own. */
  repository?: string;
  /** `oci://…` folder that holds both charts. */
  oci?: string;
  /** Directory that holds the charts; a relative one is below the program. */
  path?: string;
  /** Exact chart version. */
  version: string;
  /** Digests by chart: the engine takes no other from `oci`. Folders are checked with the settings. */
  digests?: Partial<Record<string, string>>;
  /** Another text makes Helm apply the release again although nothing else has changed. */
  reapply?: string;
}

/** Teleport's chart repository (Teleport Helm reference). */
const TELEPORT_REPOSITORY = "https://charts.releases.teleport.dev";

type ChartArgs = Pick<ReleaseArgs, "chart" | "version" | "repositoryOpts" | "description">;
type HowArgs = Pick<ReleaseArgs, "timeout" | "atomic" | "cleanupOnFail" | "maxHistory">;

/** How a release is made. */
interface ReleaseOptions {
  /** How long `up` waits for the pods, in seconds. */
  timeoutSeconds: number;
  /** Helm takes back what fails, a first install too, so that the next `up` can begin. Default: true. */
  rollBack?: boolean;
}

/**
 * The part of a Release's arguments that says which chart, and how it is made. The plugin compares
 * arguments, not files and not the cluster: the description stands for these.
 */
export function releaseArgs(
  chart: string,
  source: ChartSource,
  { timeoutSeconds, rollBack = true }: ReleaseOptions,
): ChartArgs & HowArgs {
  const { hash, ...args } = located(chart, source);
  const notes = [
    ...(hash === undefined ? [] : [`chart files ${hash}`]),
    ...(source.reapply === undefined ? [] : [`applied again: ${source.reapply}`]),
  ];
  return {
    ...args,
    description: notes.length === 0 ? undefined : notes.join("; "),
    timeout: timeoutSeconds,
    atomic: rollBack,
    cleanupOnFail: rollBack,
    maxHistory: 10,
  };
}

function located(chart: string, source: ChartSource): ChartArgs & { chart: string; hash?: string } {
  if (source.path !== undefined) {
    const folder = path.posix.join(source.path, chart);
    return {
      // Relative where it may be, so that a stack's state is the same on every machine.
      chart: path.posix.isAbsolute(folder) ? folder : `./${folder}`,
      hash: folderDigest(folder)?.replace("sha256:", "").slice(0, 16),
    };
  }
  if (source.oci !== undefined) {
    const digest = source.digests?.[chart];
    const reference = `${source.oci.replace(/\/$/, "")}/${chart}`;
    return {
      chart: digest === undefined ? reference : `${reference}@${digest}`,
      version: source.version,
    };
  }
  return {
    chart,
    version: source.version,
    repositoryOpts: { repo: source.repository ?? TELEPORT_REPOSITORY },
  };
}
