import type { PlannedResource } from "../plan/plan-stack";
import { chartName } from "../../teleport/charts";
import { mapping, text, type Mapping } from "../../teleport/values";
import type { ChartFiles } from "./chart-files";
import { compareDefinitions, type DeclaredResource } from "./compare-definitions";
import { compareImages, compareValues } from "./compare-values";
import { compareVersions } from "./compare-versions";
import type { UpgradeFinding } from "./finding";
import { RELEASE_TYPE } from "../base/urn";

/** Two versions of each chart, by name. */
export type ReadChart = (chart: string, which: "deployed" | "wanted") => Promise<ChartFiles>;

interface PlannedRelease {
  release: string;
  chart: string;
  values: Mapping;
}

function plannedReleases(plan: readonly PlannedResource[]): PlannedRelease[] {
  return plan
    .filter(({ type }) => type === RELEASE_TYPE)
    .map(({ inputs }) => ({
      release: text(inputs["name"]),
      chart: chartName(text(inputs["chart"])),
      values: mapping(inputs["values"]),
    }));
}

function declaredOf(plan: readonly PlannedResource[]): DeclaredResource[] {
  return plan
    .map(({ inputs }) => inputs)
    .filter(({ apiVersion }) => text(apiVersion).startsWith("resources.teleport.dev/"))
    .map(({ apiVersion, kind, metadata, spec }) => ({
      apiVersion: text(apiVersion),
      kind: text(kind),
      name: text(mapping(metadata)["name"]),
      spec: mapping(spec),
    }));
}

const LEVELS = ["breaks", "changes", "note"];

/**
 * Effect of upgraded charts on a stack, from its plan: its values and resources are checked against both
 * versions. Breaking differences come first. Changes nothing and contacts no cluster.
 */
export async function upgradeCheck(
  plan: readonly PlannedResource[],
  read: ReadChart,
): Promise<UpgradeFinding[]> {
  const releases = plannedReleases(plan);
  const charts = [...new Set(releases.map(({ chart }) => chart))];
  const all = await Promise.all(
    charts.map(async (chart) => {
      const [from, to] = await Promise.all([read(chart, "deployed"), read(chart, "wanted")]);
      const own = releases.filter((release) => release.chart === chart);
      const several = own.length > 1;
      return [
        ...compareVersions(from, to),
        ...own.flatMap(({ release, values }) =>
          compareValues(from, to, values).map((finding) =>
            several && finding.level === "breaks" ? { ...finding, release } : finding,
          ),
        ),
        ...compareDefinitions(from, to, declaredOf(plan)),
        ...compareImages(from, to),
      ];
    }),
  );
  const once = new Map(all.flat().map((finding) => [JSON.stringify(finding), finding]));
  return inOrder([...once.values()]);
}

/** Findings with the worst ones first. */
export const inOrder = (findings: readonly UpgradeFinding[]): UpgradeFinding[] =>
  findings.toSorted((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));

/** The findings as text. */
export function upgradeText(findings: readonly UpgradeFinding[]): string {
  const titles = { breaks: "Breaks this stack", changes: "Behaves differently", note: "Notes" };
  const parts = (["breaks", "changes", "note"] as const).flatMap((level) => {
    const own = findings.filter((finding) => finding.level === level);
    if (own.length === 0) return [];
    const lines = own.map(({ chart, release, text: what, remedy }) => {
      const where = release === undefined ? chart : `${chart} (${release})`;
      return `  ${where}: ${what}${remedy === undefined ? "" : `\n      ${remedy}`}`;
    });
    return [`${titles[level]}:\n${lines.join("\n")}`];
  });
  return parts.length === 0 ? "The charts do not differ." : parts.join("\n\n");
}
