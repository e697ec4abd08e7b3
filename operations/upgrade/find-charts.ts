import * as path from "node:path";
import * as semver from "semver";
import { CommandError } from "../base/exit-codes";
import { LiveCharts, TELEPORT_CHARTS, type ChartLocation } from "../clients/charts";
import { readChartArchive, readChartFolder } from "./chart-files";
import type { ReadChart } from "./upgrade-check";

function parseSource(source: string): ChartLocation {
  if (source.startsWith("oci://")) return { oci: source };
  return /^https?:\/\//.test(source) ? { repository: source } : { path: source };
}

/**
 * Reads charts in the version of the settings and in another one. `source` is the source of the other one;
 * default: that of the settings. Throws USAGE for an invalid version.
 */
export function chartReader(
  deployed: ChartLocation & { version: string },
  { version, source, cwd }: { version: string; source?: string; cwd: string },
  charts = new LiveCharts(cwd, TELEPORT_CHARTS),
): ReadChart {
  if (semver.valid(version) === null) {
    throw new CommandError("USAGE", `"${version}" is not a version: write one such as 18.4.1.`);
  }
  const wanted = source === undefined ? deployed : parseSource(source);
  if (wanted.path !== undefined && source === undefined) {
    throw new CommandError(
      "USAGE",
      `the settings take the charts from folder ${wanted.path}, which holds one version: name the ` +
        "other's source with --charts.",
    );
  }
  return async (chart, which) => {
    const from: ChartLocation = which === "deployed" ? deployed : wanted;
    const at = which === "deployed" ? deployed.version : version;
    const where = `${chart} ${at}`;
    const files =
      from.path === undefined
        ? await readChartArchive(await charts.archive(from, chart, at), where)
        : readChartFolder(path.resolve(cwd, from.path, chart));
    if (which === "wanted" && files.version !== version) {
      throw new CommandError(
        "USAGE",
        `${chart} in ${from.path ?? where} is version ${files.version}, not ${version}.`,
      );
    }
    return files;
  };
}
