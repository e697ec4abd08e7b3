import { layOut, shortened, textWidth, type Box, type Layout, type Point } from "./layout";
import { STATES, STATE_TEXT, type Diagram, type Graph, type State } from "./model";

/** Text in markup. */
export const escaped = (text: string): string =>
  text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/'/g, "&#39;");

/** Colours for light and dark; states are told by the bar's colour and its text. */
export const STYLE = `
:root, svg { --paper: #ffffff; --ink: #1f2430; --soft: #5b6474; --line: #8a94a6; --box: #ffffff; --rim: #c3cad6;
  --group: #f4f6fa; --deployed: #2f7d4f; --planned: #4a6fa5; --create: #1f8a5b; --update: #b7791f;
  --replace: #c2410c; --delete: #b42318; --unfinished: #7c3aed;
  --failed: #b42318; --warning: #b7791f; --unknown: #8a94a6; --healthy: #2f7d4f; }
@media (prefers-color-scheme: dark) {
  :root, svg { --paper: #14171d; --ink: #e7eaf0; --soft: #a3acbb; --line: #6f7a8d; --box: #1f242d; --rim: #3b4453;
    --group: #191d24; --deployed: #58b980; --planned: #7fa6e0; --create: #49c98c; --update: #e0ad4b;
    --replace: #f0824a; --delete: #f2726a; --unfinished: #b794f6;
    --failed: #f2726a; --warning: #e0ad4b; --unknown: #6f7a8d; --healthy: #58b980; }
}
.paper { fill: var(--paper); } .group { fill: var(--group); stroke: var(--rim); }
.group-title { font-size: 12px; font-weight: 600; fill: var(--soft); }
.box { fill: var(--box); stroke: var(--rim); }
.kind { font-size: 10.5px; fill: var(--soft); } .label { font-size: 13px; fill: var(--ink); }
.title { font-size: 17px; font-weight: 600; fill: var(--ink); }
.source, .legend { font-size: 12px; fill: var(--soft); }
.edge { fill: none; stroke: var(--line); stroke-width: 1.3; } .head { fill: var(--line); }
.edge-label { font-size: 11px; fill: var(--soft); }
${STATES.map((state) => `.state-${state} .bar { fill: var(--${state}); }`).join("\n")}
${["create", "update", "replace", "delete", "unfinished", "failed", "warning"].map((s) => `.state-${s} .box { stroke: var(--${s}); stroke-width: 1.6; }`).join("\n")}
.state-delete .label { text-decoration: line-through; }
`;

const number = (value: number) => String(Math.round(value * 10) / 10);

/** A polyline with rounded corners. */
function path(points: readonly Point[]): string {
  const radius = 6;
  return points
    .map((point, index) => {
      const [before, after] = [points[index - 1], points[index + 1]];
      if (before === undefined) return `M${number(point.x)} ${number(point.y)}`;
      if (after === undefined) return `L${number(point.x)} ${number(point.y)}`;
      const towards = (other: Point) => {
        const length = Math.hypot(other.x - point.x, other.y - point.y) || 1;
        const step = Math.min(radius, length / 2) / length;
        return `${number(point.x + (other.x - point.x) * step)} ${number(point.y + (other.y - point.y) * step)}`;
      };
      return `L${towards(before)} Q${number(point.x)} ${number(point.y)} ${towards(after)}`;
    })
    .join(" ");
}

const rect = ({ x, y, width, height }: Box, rest: string) =>
  `<rect x="${number(x)}" y="${number(y)}" width="${number(width)}" height="${number(height)}" ${rest}/>`;

function diagramSvg(layout: Layout): string {
  const groups = layout.groups.map(
    ({ title, box }) =>
      rect(box, 'rx="10" class="group"') +
      `<text class="group-title" x="${number(box.x + 14)}" y="${number(box.y + 20)}">${escaped(title)}</text>`,
  );
  const edges = layout.edges.map(
    ({ from, to, points }) =>
      `<path class="edge" marker-end="url(#head)" data-from="${escaped(from)}" data-to="${escaped(to)}" d="${path(points)}"/>`,
  );
  const labels = layout.edges.flatMap(({ label }) =>
    label === undefined
      ? []
      : [
          `<text class="edge-label" text-anchor="middle" x="${number(label.box.x + label.box.width / 2)}" y="${number(label.box.y + 11)}">${escaped(label.text)}</text>`,
        ],
  );
  const nodes = layout.nodes.map(({ node, box }) => {
    const inside = { x: box.x, y: box.y, width: 5, height: box.height };
    return (
      `<g class="node state-${node.state}" data-id="${escaped(node.id)}" tabindex="0" role="button" ` +
      `aria-label="${escaped(`${node.kind} ${node.label}: ${STATE_TEXT[node.state]}`)}">` +
      `<title>${escaped([`${node.kind} ${node.label}`, STATE_TEXT[node.state], ...node.details].join("\n"))}</title>` +
      rect(box, 'rx="7" class="box"') +
      rect(inside, 'rx="2.5" class="bar"') +
      `<text class="kind" x="${number(box.x + 14)}" y="${number(box.y + 16)}">${escaped(node.kind)}</text>` +
      `<text class="label" x="${number(box.x + 14)}" y="${number(box.y + 33)}">${escaped(shortened(node.label))}</text></g>`
    );
  });
  return [...groups, ...edges, ...labels, ...nodes].join("\n");
}

/** The states that occur, with how often, in the order of the legend. */
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
      const item =
        `<g class="state-${state}"><rect class="bar" x="${x}" y="${y - 10}" width="11" height="11" rx="2.5"/>` +
        `<text class="legend" x="${x + 17}" y="${y}">${escaped(text)}</text></g>`;
      x += Math.ceil(textWidth(text, 12)) + 40;
      return item;
    })
    .join("\n");
}

/** Both diagrams of a graph, one below the other, as one SVG document with its own style. */
export async function graphSvg(graph: Graph): Promise<string> {
  const margin = 24;
  let top = 96;
  let width = 640;
  const parts: string[] = [];
  const diagrams: Diagram[] = [graph.exposure, graph.dependencies];
  for (const diagram of diagrams.filter(({ nodes }) => nodes.length > 0)) {
    const layout = await layOut(diagram);
    parts.push(
      `<text class="title" x="${margin}" y="${top + 18}">${escaped(diagram.title)}</text>`,
      `<g transform="translate(${margin - 8} ${top + 30})">${diagramSvg(layout)}</g>`,
    );
    width = Math.max(width, Math.ceil(layout.width) + 2 * margin);
    top += Math.ceil(layout.height) + 30 + 34;
  }
  const height = top;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif" role="img" aria-label="${escaped(`Access plane ${graph.stack}`)}">
<style>${STYLE}</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="head" d="M0 0.6 8 4 0 7.4Z"/></marker></defs>
<rect class="paper" width="100%" height="100%"/>
<text class="title" x="${margin}" y="32">${escaped(`Access plane ${graph.stack}`)}</text>
<text class="source" x="${margin}" y="52">${escaped(graph.source)}</text>
${legend(graph, 74)}
${parts.join("\n")}
</svg>
`;
}
