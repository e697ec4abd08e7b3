import type { Path } from "../problem";
import type { AgentSettings } from "../sections/agent";
import { rule, type Rule } from "./rule";

const UNITS: Record<string, number> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

function amount(quantity: string): number {
  const [, number, unit] = /^([\d.]+)(.*)$/.exec(quantity) ?? [];
  return Number(number) * (UNITS[unit ?? ""] ?? 1);
}

/** The API server refuses a pod whose request is over its limit. */
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
      for (const [name, request] of Object.entries(requests)) {
        const limit = Object.hasOwn(limits, name) ? limits[name] : undefined;
        if (limit !== undefined && amount(request) > amount(limit)) {
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
