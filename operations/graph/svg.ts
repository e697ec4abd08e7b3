import { element, escapeText, rounded, textElement, textWidth } from "../base/svg";
import { layOut, shortened, type Box, type Layout, type Point } from "./layout";
import { DARK, LIGHT, STATES, STATE_TEXT, type Graph, type State } from "./model";

const FONTS = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif";

const variables = (colours: Record<State, string>) =>
  STATES.map((state) => `--${state}: ${colours[state]};`).join(" ");

/** Style for light and dark. The colour of the bar and the text show the state. */
export const STYLE = `
:root, svg { --paper: #ffffff; --ink: #1f2430; --soft: #5b6474; --line: #8a94a6; --box: #ffffff; --rim: #c3cad6;
  --group: #f4f6fa; ${variables(LIGHT)} }
@media (prefers-color-scheme: dark) {
  :root, svg { --paper: #14171d; --ink: #e7eaf0; --soft: #a3acbb; --line: #6f7a8d; --box: #1f242d; --rim: #3b4453;
    --group: #191d24; ${variables(DARK)} }
}
.paper { fill: var(--paper); } .group { fill: var(--group); stroke: var(--rim); }
.group-title { font-size: 12px; font-weight: 600; fill: var(--soft); }
.box { fill: var(--box); stroke: var(--rim); }
.kind { font-size: 12px; fill: var(--soft); } .label { font-size: 13px; fill: var(--ink); }
.title { font-size: 17px; font-weight: 600; fill: var(--ink); }
.source, .legend { font-size: 12px; fill: var(--soft); }
.edge { fill: none; stroke: var(--line); stroke-width: 1.3; } .head { fill: var(--line); }
.edge-label { font-size: 12px; fill: var(--soft); text-anchor: middle; }
${STATES.map((state) => `.state-${state} .bar { fill: var(--${state}); }`).join("\n")}
${["create", "update", "replace", "delete", "unfinished", "failed", "warning"].map((s) => `.state-${s} .box { stroke: var(--${s}); stroke-width: 1.6; }`).join("\n")}
.state-delete .label { text-decoration: line-through; }
`;

/** A polyline with rounded corners. */
function path(points: readonly Point[]): string {
  const radius = 6;
  return points
    .map((point, index) => {
      const [before, after] = [points[index - 1], points[index + 1]];
      if (before === undefined) return `M${rounded(point.x)} ${rounded(point.y)}`;
      if (after === undefined) return `L${rounded(point.x)} ${rounded(point.y)}`;
      const towards = (other: Point) => {
        const length = Math.hypot(other.x - point.x, other.y - point.y) || 1;
        const step = Math.min(radius, length / 2) / length;
        return `${rounded(point.x + (other.x - point.x) * step)} ${rounded(point.y + (other.y - point.y) * step)}`;
      };
      return `L${towards(before)} Q${rounded(point.x)} ${rounded(point.y)} ${towards(after)}`;
    })
    .join(" ");
}

const rect = ({ x, y, width, height }: Box, look: string, rx: number) =>
  element("rect", {
    ...{ x: rounded(x), y: rounded(y), width: rounded(width), height: rounded(height) },
    ...{ class: look, rx },
  });

function nodeSvg({ node, box }: Layout["nodes"][number]): string {
  const { state, kind, label } = node;
  const title = [`${kind} ${label}`, STATE_TEXT[state], ...node.details];
  return element(
    "g",
    {
      class: `node state-${state}`,
      ...{ "data-id": node.id, tabindex: 0, role: "button" },
      "aria-label": `${kind} ${label}: ${STATE_TEXT[state]}`,
    },
    element("title", {}, title.map(escapeText).join("\n")),
    rect(box, "box", 7),
    rect({ ...box, width: 5 }, "bar", 2.5),
    textElement(box.x + 14, box.y + 16, "kind", kind),
    textElement(box.x + 14, box.y + 33, "label", shortened(label)),
  );
}

function diagramSvg(layout: Layout): string {
  const groups = layout.groups.map(
    ({ title, box }) =>
      rect(box, "group", 10) + textElement(box.x + 14, box.y + 20, "group-title", title),
  );
  const edges = layout.edges.map(({ from, to, points }) =>
    element("path", {
      ...{ class: "edge", "marker-end": "url(#head)" },
      ...{ "data-from": from, "data-to": to, d: path(points) },
    }),
  );
  const labels = layout.edges.flatMap(({ label }) =>
    label === undefined
      ? []
      : [
          textElement(
            label.box.x + label.box.width / 2,
            label.box.y + 11,
            "edge-label",
            label.text,
          ),
        ],
  );
  return [...groups, ...edges, ...labels, ...layout.nodes.map(nodeSvg)].join("\n");
}

/** The states of a graph with their number of resources, in the order of the legend. */
export function occurring({ dependencies }: Graph): { state: State; count: number }[] {
  return STATES.map((state) => ({
    state,
    count: dependencies.nodes
      .filter((node) => node.state === state)
      .reduce((sum, { resources }) => sum + resources.length, 0),
  })).filter(({ count }) => count > 0);
}

function legend(graph: Graph, y: number): string {
  let x = 24;
  return occurring(graph)
    .map(({ state, count }) => {
      const text = `${count} ${STATE_TEXT[state]}`;
      const item = element(
        "g",
        { class: `state-${state}` },
        rect({ x, y: y - 10, width: 11, height: 11 }, "bar", 2.5),
        textElement(x + 17, y, "legend", text),
      );
      x += Math.ceil(textWidth(text, 12)) + 40;
      return item;
    })
    .join("\n");
}

/** A drawn diagram: markup, from (0, 0), in pixels. */
export interface Picture {
  title: string;
  width: number;
  height: number;
  markup: string;
}

/** The diagrams of a graph that are not empty. */
export async function pictures(graph: Graph): Promise<Picture[]> {
  const shown = [graph.exposure, graph.dependencies].filter(({ nodes }) => nodes.length > 0);
  return Promise.all(
    shown.map(async (diagram) => {
      const layout = await layOut(diagram);
      const [width, height] = [Math.ceil(layout.width), Math.ceil(layout.height)];
      return { title: diagram.title, width, height, markup: diagramSvg(layout) };
    }),
  );
}

/** Definitions that {@link pictures} refer to: the head of an arrow. */
export const DEFINITIONS = element(
  "defs",
  {},
  element(
    "marker",
    {
      ...{ id: "head", viewBox: "0 0 8 8", refX: 7.5, refY: 4 },
      ...{ markerWidth: 7, markerHeight: 7, orient: "auto" },
    },
    element("path", { class: "head", d: "M0 0.6 8 4 0 7.4Z" }),
  ),
);

/** Both diagrams of a graph, one below the other, as one SVG document with its own style. */
export async function graphSvg(graph: Graph): Promise<string> {
  const margin = 24;
  let height = 96;
  let width = 640;
  const parts: string[] = [];
  for (const picture of await pictures(graph)) {
    parts.push(
      textElement(margin, height + 18, "title", picture.title),
      element("g", { transform: `translate(${margin - 8} ${height + 30})` }, picture.markup),
    );
    width = Math.max(width, picture.width + 2 * margin);
    height += picture.height + 64;
  }
  const title = `Access plane ${graph.stack}`;
  const document = element(
    "svg",
    {
      ...{ xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${width} ${height}`, width, height },
      ...{ "font-family": FONTS, role: "img", "aria-label": title },
    },
    `<style>${STYLE}</style>`,
    DEFINITIONS,
    element("rect", { class: "paper", width: "100%", height: "100%" }),
    textElement(margin, 32, "title", title),
    textElement(margin, 52, "source", graph.source),
    legend(graph, 74),
    ...parts,
  );
  return `${document}\n`;
}
