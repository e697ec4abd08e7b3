import { chartsOf } from "../../../inventory/charts";
import { TELEPORT_CHARTS } from "../../clients/charts";
import { verdict, type Check } from "../check";
import type { Context } from "../context";

/** Command that shows the newest version of a chart. None for a folder, whose version the check names. */
function showChart(chart: Context["settings"]["chart"], name: string): string[] {
  if (chart.path !== undefined) return [];
  const from =
    chart.oci === undefined
      ? `${name} --repo ${chart.repository ?? TELEPORT_CHARTS}`
      : `${chart.oci.replace(/\/$/, "")}/${name}`;
  return [`\`helm show chart ${from}\``];
}

export const chartChecks: Check<Context>[] = [
  {
    id: "chart.versions",
    title: "Charts exist",
    before: true,
    expected:
      "the source of `chart` has every chart in its version, and with the digest of the settings",
    remedy:
      "correct chart.version, chart.digests or the source, and log in to a private registry; a chart that " +
      "changed under its version is somebody's mistake or attack: ask who publishes it",
    async run({ charts, settings }) {
      const { chart } = settings;
      const wanted = chartsOf(settings);
      const found = await Promise.all(
        wanted.map((name) => charts.find(chart, name, chart.version, chart.digests?.[name])),
      );
      const newest = wanted
        .filter((_, at) => found[at]?.problem !== undefined)
        .flatMap((name) => showChart(chart, name));
      return verdict(
        found.map(({ problem }) => problem),
        found
          .map((one, index) => {
            const digest = "digest" in one && one.digest !== undefined ? ` (${one.digest})` : "";
            return `${wanted[index] ?? ""} ${chart.version}${digest}`;
          })
          .join(", "),
        newest.length === 0
          ? {}
          : { remedy: `${newest.join(", ")} shows the newest version; ${this.remedy}` },
      );
    },
  },
];
