import { verdict, type Check } from "../check";
import type { Context } from "../context";
import { agentsOf } from "../../../inventory/agents";

export const chartChecks: Check<Context>[] = [
  {
    id: "chart.versions",
    title: "Chart versions exist",
    phase: "before",
    expected: "the source of `chart` has both charts in their versions",
    remedy: "correct chart.version or the source; log in to a private registry",
    async run({ charts, settings }) {
      const { chart } = settings;
      const wanted = [
        ...(settings.kind === "plane" ? [["teleport-cluster", chart.version] as const] : []),
        ...(agentsOf(settings).length > 0 ? [["teleport-kube-agent", chart.version] as const] : []),
      ];
      const problems = await Promise.all(
        wanted.map(([name, version]) => charts.missing(chart, name, version)),
      );
      return verdict(
        problems.filter((problem) => problem !== undefined),
        wanted.map(([name, version]) => `${name} ${version}`).join(", "),
      );
    },
  },
];
