import { rule, type Rule } from "./rule";

/** Rules about the plane that a stack of another kind belongs to. */

const known = rule({
  needs: ["plane"],
  check({ plane }, report) {
    if (plane.stack === undefined && plane.clusterName === undefined) {
      report.problem(
        ["plane"],
        "names no plane: set `stack` (its outputs are read) or `clusterName`.",
      );
    }
  },
});

const someAgent = rule({
  needs: ["kind", "agents"],
  check({ kind, agents }, report) {
    if (kind === "agent" && Object.keys(agents).length === 0) {
      report.problem(
        ["agents"],
        'is empty, and a stack of kind "agent" has nothing else: add one.',
      );
    }
  },
});

export const planeRules: readonly Rule[] = [known, someAgent];
