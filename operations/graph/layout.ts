import ELK, { type ElkExtendedEdge, type ElkNode } from "elkjs";
import { textWidth } from "../base/svg";
import { groupId, type Diagram, type GraphNode } from "./model";

export interface Point {
  x: number;
  y: number;
}

export interface Box extends Point {
  width: number;
  height: number;
}

/** Positions of the parts of a diagram, in pixels from its upper left corner. */
export interface Layout {
  width: number;
  height: number;
  nodes: { node: GraphNode; box: Box }[];
  groups: { title: string; box: Box }[];
  edges: { from: string; to: string; points: Point[]; label?: { text: string; box: Box } }[];
}

/** Longest label drawn in full, in characters. */
export const LONGEST = 30;
const NODE_HEIGHT = 42;
const GROUP_TITLE = 26;
/** Width of bold letters, relative to normal ones. */
const BOLD = 1.15;

/** A label shortened in its middle, because names of one kind differ at their ends. */
export function shortened(text: string): string {
  if (text.length <= LONGEST) return text;
  const half = Math.floor((LONGEST - 1) / 2);
  return `${text.slice(0, half)}…${text.slice(-half)}`;
}

function nodeWidth({ kind, label }: GraphNode): number {
  const text = Math.max(textWidth(shortened(label), 13), textWidth(kind, 12));
  return Math.max(76, Math.ceil(text) + 26);
}

const elk = new ELK();

/** Widest diagram that is readable without much scaling, in pixels. */
const READABLE = 1200;

/** Options for three layouts: in one row, in several rows, from top to bottom. */
const WAYS: Record<string, string>[] = [
  {
    "elk.direction": "RIGHT",
    "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
    "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
  },
  {
    "elk.direction": "RIGHT",
    "elk.layered.wrapping.strategy": "MULTI_EDGE",
    "elk.aspectRatio": "1.2",
  },
  {
    "elk.direction": "DOWN",
    "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
    "elk.layered.compaction.postCompaction.strategy": "LEFT",
  },
];

/** Lays a diagram out, with groups around their nodes. Of the readable layouts it takes the lowest. */
export async function layOut(diagram: Diagram): Promise<Layout> {
  const layouts = await Promise.all(WAYS.map((way) => layOutBy(diagram, way)));
  const cost = ({ width, height }: Layout) => Math.max(width, READABLE) * 1e6 + height;
  return layouts.reduce((best, layout) => (cost(layout) < cost(best) ? layout : best));
}

async function layOutBy(diagram: Diagram, way: Record<string, string>): Promise<Layout> {
  const parts = [...new Set(diagram.nodes.map(({ part }) => part))];
  const targets = new Set(diagram.edges.map(({ to }) => to));
  // For the layout from top to bottom, elkjs rotates the picture but not this size.
  const minimum = (width: number) =>
    way["elk.direction"] === "DOWN" ? `(60,${width})` : `(${width},60)`;
  const child = (node: GraphNode): ElkNode => ({
    id: node.id,
    width: targets.has(groupId(node.part))
      ? Math.max(...diagram.nodes.filter(({ part }) => part === node.part).map(nodeWidth))
      : nodeWidth(node),
    height: NODE_HEIGHT,
  });
  const children = parts.flatMap((part): ElkNode[] => {
    const own = diagram.nodes.filter((node) => node.part === part).map(child);
    if (part === "") return own;
    return [
      {
        id: groupId(part),
        children: own,
        layoutOptions: {
          // No arrow leads to a single box of this group, so boxes fill it row by row.
          ...(targets.has(groupId(part))
            ? {
                "elk.algorithm": "rectpacking",
                "elk.hierarchyHandling": "SEPARATE_CHILDREN",
                "elk.aspectRatio": "1.6",
                "elk.spacing.nodeNode": "10",
              }
            : {}),
          "elk.padding": `[top=${GROUP_TITLE + 8},left=14,bottom=14,right=14]`,
          "elk.nodeSize.constraints": "MINIMUM_SIZE",
          "elk.nodeSize.minimum": minimum(Math.ceil(textWidth(part, 12) * BOLD) + 32),
        },
      },
    ];
  });
  const edges: ElkExtendedEdge[] = diagram.edges.map(({ from, to, label }, index) => ({
    id: `edge/${index}`,
    sources: [from],
    targets: [to],
    ...(label === undefined
      ? {}
      : { labels: [{ text: label, width: Math.ceil(textWidth(label, 12)) + 6, height: 14 }] }),
  }));
  const graph: ElkNode = {
    id: "root",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.hierarchyHandling": "INCLUDE_CHILDREN",
      "elk.edgeRouting": "ORTHOGONAL",
      "elk.json.edgeCoords": "ROOT",
      "elk.json.shapeCoords": "ROOT",
      "elk.layered.spacing.nodeNodeBetweenLayers": "28",
      "elk.layered.spacing.edgeNodeBetweenLayers": "14",
      "elk.layered.spacing.edgeEdgeBetweenLayers": "10",
      "elk.spacing.nodeNode": "14",
      "elk.spacing.edgeNode": "12",
      "elk.padding": "[top=8,left=8,bottom=8,right=8]",
      "elk.randomSeed": "1",
      ...way,
    },
    children,
    edges,
  };
  const root: ElkNode = await elk.layout(graph);
  const box = ({ x = 0, y = 0, width = 0, height = 0 }: Partial<Box>): Box => ({
    x,
    y,
    width,
    height,
  });
  const byId = new Map(diagram.nodes.map((node) => [node.id, node]));
  const all = (root.children ?? []).flatMap((item) => [item, ...(item.children ?? [])]);
  return {
    width: root.width ?? 0,
    height: root.height ?? 0,
    nodes: all.flatMap((item) => {
      const node = byId.get(item.id);
      return node === undefined ? [] : [{ node, box: box(item) }];
    }),
    groups: all
      .filter(({ id }) => !byId.has(id))
      .map((item) => ({ title: item.id.slice(groupId("").length), box: box(item) })),
    edges: (root.edges ?? []).map((edge, index) => {
      const [section] = edge.sections ?? [];
      const [text] = edge.labels ?? [];
      const { from = "", to = "" } = diagram.edges[index] ?? {};
      return {
        from,
        to,
        points:
          section === undefined
            ? []
            : [section.startPoint, ...(section.bendPoints ?? []), section.endPoint],
        ...(text?.text === undefined ? {} : { label: { text: text.text, box: box(text) } }),
      };
    }),
  };
}
