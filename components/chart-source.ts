import type * as k8s from "@pulumi/kubernetes";
import * as path from "node:path";

/** Where the Teleport charts come from; at most one of the three. */
export interface ChartSource {
  /** Helm repository URL. Default: Teleport's own. */
  repository?: string;
  /** `oci://…` folder that holds both charts. */
  oci?: string;
  /** Directory that holds both charts, relative to the program. */
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
  // Relative, so that a stack's state is the same on every machine.
  if (source.path !== undefined) return { chart: `./${path.posix.join(source.path, chart)}` };
  if (source.oci !== undefined) {
    return { chart: `${source.oci.replace(/\/$/, "")}/${chart}`, version: source.version };
  }
  return {
    chart,
    version: source.version,
    repositoryOpts: { repo: source.repository ?? TELEPORT_REPOSITORY },
  };
}
