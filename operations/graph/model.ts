/** State of a part: deployed, what a deployment would do to it, or what `verify` found. */
export const STATES = [
  "failed",
  "warning",
  "unknown",
  "healthy",
  "deployed",
  "planned",
  "create",
  "update",
  "replace",
  "delete",
  "unfinished",
] as const;
export type State = (typeof STATES)[number];

/** What a state is called in a legend. */
export const STATE_TEXT: Record<State, string> = {
  failed: "failed",
  warning: "warning",
  unknown: "unknown: not checked",
  healthy: "healthy",
  deployed: "deployed, no change",
  planned: "planned",
  create: "will be created",
  update: "will be updated",
  replace: "will be replaced",
  delete: "will be deleted",
  unfinished: "unfinished: an operation on it was interrupted",
};

/** A resource of the program, from whatever source. */
export interface GraphResource {
  /** `type::name`. */
  id: string;
  part: string;
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  /** Ids of the resources it waits for. */
  dependsOn: string[];
  state: State;
}

/** A box. */
export interface GraphNode {
  id: string;
  /** Small text above. */
  kind: string;
  label: string;
  /** Its group; empty for none. */
  part: string;
  state: State;
  /** What a click tells. */
  details: string[];
  /** Ids of the resources that it shows. */
  resources: string[];
}

export interface GraphEdge {
  from: string;
  /** A node, or a whole group as {@link groupId} calls it. */
  to: string;
  label?: string;
}

/** One picture: boxes, groups and arrows. */
export interface Diagram {
  title: string;
  nodes: GraphNode[];
  edges: GraphEdge[];
}

/** What an arrow to all of a group points to. */
export const groupId = (part: string): string => `group/${part}`;

/** The access plane of a stack as pictures. */
export interface Graph {
  stack: string;
  /** Where the facts come from, one sentence. */
  source: string;
  exposure: Diagram;
  dependencies: Diagram;
}

/** The most important of several states. */
export function worstState(states: readonly State[]): State {
  const order: State[] = [
    ...(["unfinished", "delete", "replace", "update", "create", "planned"] as const),
    ...(["failed", "warning", "healthy", "unknown"] as const),
  ];
  return order.find((state) => states.includes(state)) ?? "deployed";
}
