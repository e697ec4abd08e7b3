import * as path from "node:path";
import { folderDigest } from "../inventory/chart-folder";
import { CHARTS, DIGEST } from "../teleport/charts";
import { isMapping } from "../teleport/values";
import { pathText, type SettingsProblem } from "./problem";

/** Problems of charts in a folder whose files differ from the digest in `chart.digests`. */
export function changedCharts(raw: Record<string, unknown>, folder: string): SettingsProblem[] {
  const chart = isMapping(raw["chart"]) ? raw["chart"] : {};
  const { path: place, digests } = chart;
  if (typeof place !== "string" || !isMapping(digests)) return [];
  return CHARTS.flatMap((name) => {
    const recorded = digests[name];
    // The schema refuses what is not a digest.
    if (typeof recorded !== "string" || !DIGEST.test(recorded)) return [];
    const found = folderDigest(path.resolve(folder, place, name));
    if (found === undefined || found === recorded) return [];
    return {
      path: pathText(["chart", "digests", name]),
      message:
        `is ${recorded}, and the files in ${place}/${name} have ${found}: look at what has ` +
        "changed there, then record it.",
    };
  });
}
