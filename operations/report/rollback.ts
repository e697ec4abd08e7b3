import type { Change } from "../base/change";
import { costsOf } from "../kinds";
import { COSTS, type Cost, type CostOfReturn } from "../kinds/resource-kind";
import type { Effect } from "./effects";

/** Cost of a rollback, and the reason. */
export interface Rollback {
  cost: Cost;
  reasons: string[];
}

/** Cost of deploying the base again after these changes. */
export function rollback(changes: readonly Change[], effects: readonly Effect[]): Rollback {
  const found: CostOfReturn[] = changes.flatMap(costsOf);
  const disturbing = effects.filter(({ level }) => level !== "notice").length;
  if (disturbing > 0) {
    found.push({
      cost: "disturbs again",
      reason: "deploying the base again has the same effects on sessions once more",
    });
  }
  const cost = COSTS.find((level) => found.some((entry) => entry.cost === level)) ?? "free";
  const reasons = COSTS.flatMap((level) =>
    found.filter((entry) => entry.cost === level).map(({ reason }) => reason),
  );
  return {
    cost,
    reasons: cost === "free" ? ["deploying the base again undoes it"] : [...new Set(reasons)],
  };
}
