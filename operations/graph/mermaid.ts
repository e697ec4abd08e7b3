import { groupId, LIGHT, STATES, type Diagram, type Graph } from "./model";

/** Text inside a quoted Mermaid label. */
const quoted = (text: string) =>
  `"${text.replace(/[#"<>&`\\[\]]/g, (letter) => `#${letter.charCodeAt(0)};`)}"`;

function flowchart({ nodes, edges }: Diagram): string[] {
  const ids = new Map(nodes.map((node, index) => [node.id, `n${index}`]));
  const parts = [...new Set(nodes.map(({ part }) => part))];
  parts.forEach((part, index) => ids.set(groupId(part), `p${index}`));
  const shown = (part: string, indent: string) =>
    nodes
      .filter((node) => node.part === part)
      .map(
        (node) =>
          `${indent}${ids.get(node.id) ?? ""}[${quoted(`${node.kind}: ${node.label}`)}]:::${node.state}`,
      );
  return [
    "flowchart LR",
    ...parts.flatMap((part, index) =>
      part === ""
        ? shown(part, "  ")
        : [`  subgraph p${index}[${quoted(part)}]`, ...shown(part, "    "), "  end"],
    ),
    ...edges.map(
      ({ from, to, label }) =>
        `  ${ids.get(from) ?? ""} -->${label === undefined || label === "" ? "" : `|${quoted(label)}|`} ${ids.get(to) ?? ""}`,
    ),
    ...STATES.filter((state) => nodes.some((node) => node.state === state)).map(
      (state) => `  classDef ${state} stroke:${LIGHT[state]},stroke-width:2px`,
    ),
  ];
}

/** A graph as Markdown with Mermaid code blocks. */
export function graphMermaid(graph: Graph): string {
  return [graph.exposure, graph.dependencies]
    .filter(({ nodes }) => nodes.length > 0)
    .map((diagram) =>
      [`#### ${diagram.title}`, "", "```mermaid", ...flowchart(diagram), "```"].join("\n"),
    )
    .join("\n\n")
    .concat("\n");
}
