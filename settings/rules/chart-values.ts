import { type Chart, ownedValues } from "../../teleport/chart-values/extra-values";
import type { Path } from "../problem";
import { rule, type Report, type Rule } from "./rule";

/** Rules about `values`, which reach any value of a chart that no setting decides. */

function check(chart: Chart, at: Path, values: Record<string, unknown>, report: Report): void {
  for (const { path, setting } of ownedValues(chart, values)) {
    report.problem([...at, ...path], `is a value that this program sets; use instead: ${setting}.`);
  }
}

const ofCluster = rule({
  needs: ["teleport"],
  check({ teleport }, report) {
    check("teleport-cluster", ["teleport", "values"], teleport.values, report);
  },
});

const ofAgents = rule({
  needs: ["agents"],
  check({ agents }, report) {
    for (const [release, { values }] of Object.entries(agents)) {
      check("teleport-kube-agent", ["agents", release, "values"], values, report);
    }
  },
});

const ofEventHandler = rule({
  needs: ["eventHandler"],
  check({ eventHandler }, report) {
    const at = ["eventHandler", "values"];
    check("teleport-plugin-event-handler", at, eventHandler.values, report);
  },
});

export const chartValueRules: readonly Rule[] = [ofCluster, ofAgents, ofEventHandler];
