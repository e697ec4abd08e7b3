import type { CHARTS } from "../teleport/charts";
import { CLUSTER_RELEASE } from "../teleport/names";
import { isMapping, type Mapping } from "../teleport/values";
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

/** A chart value that a stack sets itself. */
export interface ExtraValue {
  release: string;
  /** Path in the chart's values. */
  path: string;
  value: unknown;
}

interface WithValues {
  values: Mapping;
}

/** Every chart value that a stack sets under `values`, down to non-mappings. */
export function extraValues(settings: {
  kind: string;
  teleport?: WithValues;
  agents?: Record<string, WithValues>;
  eventHandler?: WithValues & { releaseName: string };
}): ExtraValue[] {
  const { teleport, agents = {}, eventHandler } = settings;
  const releases: [release: string, values: Mapping][] = [
    ...(teleport === undefined
      ? []
      : ([[CLUSTER_RELEASE, teleport.values]] as [string, Mapping][])),
    ...Object.entries(agents).map(([name, { values }]): [string, Mapping] => [name, values]),
  ];
  if (eventHandler !== undefined) releases.push([eventHandler.releaseName, eventHandler.values]);
  const leaves = (value: unknown, path: string[]): [string, unknown][] =>
    isMapping(value) && Object.keys(value).length > 0
      ? Object.entries(value).flatMap(([key, below]) => leaves(below, [...path, key]))
      : [[path.join("."), value]];
  return releases.flatMap(([release, values]) =>
    Object.keys(values).length === 0
      ? []
      : leaves(values, []).map(([path, value]) => ({ release, path, value })),
  );
}
