import { graphHtml } from "./html";
import { graphMermaid } from "./mermaid";
import type { Graph } from "./model";
import { graphSvg } from "./svg";

/** Output formats of a graph. */
export type Format = "svg" | "html" | "mermaid" | "json";

/** A graph in one of the formats. */
export async function graphText(graph: Graph, format: Format): Promise<string> {
  switch (format) {
    case "svg":
      return graphSvg(graph);
    case "html":
      return graphHtml(graph);
    case "mermaid":
      return graphMermaid(graph);
    case "json":
      return `${JSON.stringify(graph, undefined, 2)}\n`;
  }
}
