/** What a state is called in a legend, and its colours on a light and on a dark ground. */
const LOOKS = {
  failed: ["failed", "#b42318", "#f2726a"],
  warning: ["warning", "#b7791f", "#e0ad4b"],
  unknown: ["unknown: not checked", "#8a94a6", "#6f7a8d"],
  healthy: ["healthy", "#2f7d4f", "#58b980"],
  deployed: ["deployed, no change", "#2f7d4f", "#58b980"],
  planned: ["planned", "#4a6fa5", "#7fa6e0"],
  create: ["will be created", "#1f8a5b", "#49c98c"],
  update: ["will be updated", "#b7791f", "#e0ad4b"],
  replace: ["will be replaced", "#c2410c", "#f0824a"],
  delete: ["will be deleted", "#b42318", "#f2726a"],
  unfinished: ["unfinished: an operation on it was interrupted", "#7c3aed", "#b794f6"],
} as const satisfies Record<string, readonly [text: string, light: string, dark: string]>;

/** State of a part: deployed, what a deployment would do to it, or what `verify` found. */
export type State = keyof typeof LOOKS;

/** Every state, in the order of legends. */
export const STATES = Object.keys(LOOKS) as State[];

const column = (place: 0 | 1 | 2) =>
  Object.fromEntries(STATES.map((state) => [state, LOOKS[state][place]])) as Record<State, string>;

/** What a state is called in a legend. */
export const STATE_TEXT = column(0);
/** Colour of a state on a light ground, as in CSS. */
export const LIGHT = column(1);
/** Colour of a state on a dark ground, as in CSS. */
export const DARK = column(2);

/** A resource of the program, from a plan, a preview or the state. */
export interface GraphResource {
  /** `type::name`. */
  id: string;
  part: string;
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  /** Ids of its dependencies. */
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
  /** Details, shown after a click. */
  details: string[];
  /** Ids of the resources in this box. */
  resources: string[];
}

export interface GraphEdge {
  from: string;
  /** Id of a node, or of a group ({@link groupId}). */
  to: string;
  label?: string;
}

/** One picture: boxes, groups and arrows. */
export interface Diagram {
  title: string;
  nodes: GraphNode[];
  edges: GraphEdge[];
}

/** Id of a group, for arrows to it. */
export const groupId = (part: string): string => `group/${part}`;

/** The access plane of a stack as pictures. */
export interface Graph {
  stack: string;
  /** Source of the facts, one sentence. */
  source: string;
  exposure: Diagram;
  dependencies: Diagram;
}

/** The most important of several states; `deployed` without any. */
export function worstState(states: readonly State[]): State {
  const order: State[] = [
    ...(["unfinished", "delete", "replace", "update", "create", "planned"] as const),
    ...(["failed", "warning", "healthy", "unknown"] as const),
  ];
  return order.find((state) => states.includes(state)) ?? "deployed";
}
