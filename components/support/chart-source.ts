import type * as k8s from "@pulumi/kubernetes";
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
}

/** Teleport's chart repository (Teleport Helm reference). */
const TELEPORT_REPOSITORY = "https://charts.releases.teleport.dev";

/** The part of a Release's arguments that says which chart. */
export function chartArgs(
  chart: string,
  source: ChartSource,
): Pick<k8s.helm.v3.ReleaseArgs, "chart" | "version" | "repositoryOpts"> {
  if (source.path !== undefined) {
    const folder = path.posix.join(source.path, chart);
    // Relative where it may be, so that a stack's state is the same on every machine.
    return { chart: path.posix.isAbsolute(folder) ? folder : `./${folder}` };
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
