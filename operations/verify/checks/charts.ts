import { chartsOf } from "../../../inventory/charts";
import { verdict, type Check } from "../check";
import type { Context } from "../context";

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
      return verdict(
        found.map(({ problem }) => problem),
        found
          .map((one, index) => {
            const digest = "digest" in one && one.digest !== undefined ? ` (${one.digest})` : "";
            return `${wanted[index] ?? ""} ${chart.version}${digest}`;
          })
          .join(", "),
      );
    },
  },
];
