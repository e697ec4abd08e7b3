import type { CHARTS } from "../teleport/charts";
import { hasAgents } from "./agents";

/** Name of a chart that a stack may deploy. */
export type Chart = (typeof CHARTS)[number];

/** Charts of a stack's releases, from the sections of its settings. */
export const chartsOf = (settings: {
  teleport?: object;
  agents?: object;
  eventHandler?: object;
}): Chart[] => [
  ...(settings.teleport === undefined ? [] : (["teleport-cluster"] as const)),
  ...(hasAgents({ agents: settings.agents ?? {} }) ? (["teleport-kube-agent"] as const) : []),
  ...(settings.eventHandler === undefined ? [] : (["teleport-plugin-event-handler"] as const)),
];
