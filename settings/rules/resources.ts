import type { Path } from "../problem";
import { quantity } from "../quantity";
import type { AgentSettings } from "../sections/agent";
import { rule, type Rule } from "./rule";

/** An amount may have the unit of another resource. */
function amountFault(name: string, amount: string): string | undefined {
  if (name === "cpu" && quantity(amount) >= 1e4) {
    return `is "${amount}", a number of cores: write cores, such as 2 or 500m.`;
  }
  return name !== "cpu" && /[num]$/.test(amount)
    ? `is "${amount}", a fraction of a byte: write bytes, such as 512Mi.`
    : undefined;
}

/** The API server refuses a pod with a request above its limit. */
const requestsWithinLimits = rule({
  needs: ["agents"],
  check({ teleport, agents }, report) {
    const places: [Path, AgentSettings["resources"]][] = [
      ...(["auth", "proxy"] as const).map((pods): (typeof places)[number] => [
        ["teleport", pods, "resources"],
        teleport?.[pods].resources ?? {},
      ]),
      ...Object.entries(agents).map(([name, { resources }]): (typeof places)[number] => [
        ["agents", name, "resources"],
        resources,
      ]),
    ];
    for (const [path, { requests = {}, limits = {} }] of places) {
      for (const [side, amounts] of Object.entries({ requests, limits })) {
        for (const [name, amount] of Object.entries(amounts)) {
          const fault = amountFault(name, amount);
          if (fault !== undefined) report.problem([...path, side, name], fault);
        }
      }
      for (const [name, request] of Object.entries(requests)) {
        const limit = Object.hasOwn(limits, name) ? limits[name] : undefined;
        if (limit !== undefined && quantity(request) > quantity(limit)) {
          report.problem(
            [...path, "requests", name],
            `is "${request}", more than the limit "${limit}": lower it, or raise the limit.`,
            [[...path, "limits", name]],
          );
        }
      }
    }
  },
});

export const resourceRules: readonly Rule[] = [requestsWithinLimits];
