/** State of a part: as it stands, what a deployment would do to it, or what `verify` found. */
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
  failed: "failed: not as it must be",
  warning: "with a warning: works, but look",
  unknown: "unknown: no check could see it",
  healthy: "healthy",
  deployed: "deployed, no change",
  planned: "planned",
  create: "will be created",
  update: "will be updated",
  replace: "will be replaced",
  delete: "will be deleted",
  unfinished: "unfinished: an operation on it was cut off",
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
  /** Group it stands in; empty for none. */
  part: string;
  state: State;
  /** What a click tells. */
  details: string[];
  /** Ids of the resources that it stands for. */
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

/** The state that stands for several: the one a reader has to see. */
export function worstState(states: readonly State[]): State {
  const order: State[] = [
    ...(["unfinished", "delete", "replace", "update", "create", "planned"] as const),
    ...(["failed", "warning", "healthy", "unknown"] as const),
  ];
  return order.find((state) => states.includes(state)) ?? "deployed";
}
