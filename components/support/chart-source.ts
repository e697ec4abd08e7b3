import type * as k8s from "@pulumi/kubernetes";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

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
  /** Another text makes Helm apply the release again although nothing else has changed. */
  reapply?: string;
}

/** Teleport's chart repository (Teleport Helm reference). */
const TELEPORT_REPOSITORY = "https://charts.releases.teleport.dev";

/** Files of a folder and below, by their path in it, sorted. Hidden ones do not count for Helm. */
function filesIn(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => !/(^|[\\/])\.(?!helmignore$)/.test(file))
    .filter((file) => fs.statSync(path.join(folder, file)).isFile())
    .sort();
}

/** A short hash of a chart's files; undefined when there is no such folder. */
export function chartHash(folder: string): string | undefined {
  if (!fs.existsSync(folder)) return undefined;
  const hash = createHash("sha256");
  for (const file of filesIn(folder)) {
    const content = fs.readFileSync(path.join(folder, file));
    hash.update(`${file.replaceAll("\\", "/")}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}

type ChartArgs = Pick<
  k8s.helm.v3.ReleaseArgs,
  "chart" | "version" | "repositoryOpts" | "description"
>;

/**
 * The part of a Release's arguments that says which chart. The plugin compares arguments, not files
 * and not the cluster: the description stands for these.
 */
export function chartArgs(chart: string, source: ChartSource): ChartArgs {
  const { hash, ...args } = located(chart, source);
  const notes = [
    ...(hash === undefined ? [] : [`chart files ${hash}`]),
    ...(source.reapply === undefined ? [] : [`applied again: ${source.reapply}`]),
  ];
  return { ...args, description: notes.length === 0 ? undefined : notes.join("; ") };
}

function located(chart: string, source: ChartSource): ChartArgs & { chart: string; hash?: string } {
  if (source.path !== undefined) {
    const folder = path.posix.join(source.path, chart);
    return {
      // Relative where it may be, so that a stack's state is the same on every machine.
      chart: path.posix.isAbsolute(folder) ? folder : `./${folder}`,
      hash: chartHash(folder),
    };
  }
  if (source.oci !== undefined) {
    return { chart: `${source.oci.replace(/\/$/, "")}/${chart}`, version: source.version };
  }
  return {
    chart,
    version: source.version,
    repositoryOpts: { repo: source.repository ?? TELEPORT_REPOSITORY },
  };
}
