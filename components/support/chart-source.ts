import type { ReleaseArgs } from "@pulumi/kubernetes/helm/v3/release";
import * as path from "node:path";
import { folderDigest } from "../../inventory/chart-folder";
import type { PlaneSettings } from "../../settings/schema";

/** Source of the Teleport charts: section `chart` of the settings. */
export type ChartSource = PlaneSettings["chart"];

/** Teleport's chart repository (Teleport Helm reference). */
const TELEPORT_REPOSITORY = "https://charts.releases.teleport.dev";

type ChartArgs = Pick<ReleaseArgs, "chart" | "version" | "repositoryOpts" | "description">;
type HowArgs = Pick<ReleaseArgs, "timeout" | "atomic" | "cleanupOnFail" | "maxHistory">;

/** How Helm installs a release. */
interface ReleaseOptions {
  /** How long `up` waits for the pods, in seconds. */
  timeoutSeconds: number;
  /** Helm rolls back what fails, a first install too, so the next `up` can start. Default: true. */
  rollBack?: boolean;
}

/**
 * The arguments of a Release for its chart and its installation. The plugin compares arguments, not files
 * and not the cluster, so the description holds the digest of the files and `reapply`.
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
      // Relative if possible, so that the state is the same on every machine.
      chart: path.posix.isAbsolute(folder) ? folder : `./${folder}`,
      hash: folderDigest(folder)?.replace("sha256:", "").slice(0, 16),
    };
  }
  if (source.oci !== undefined) {
    const { [chart]: digest }: Partial<Record<string, string>> = source.digests ?? {};
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
