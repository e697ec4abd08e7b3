import { dependencyDiagram } from "./dependencies";
import { exposureDiagram } from "./exposure";
import type { Graph, GraphResource } from "./model";

/** Builds the graph of a stack. The same resources always give the same graph. */
export function buildGraph(
  stack: string,
  source: string,
  resources: readonly GraphResource[],
): Graph {
  const sorted = resources.toSorted((a, b) => {
    const key = ({ part, type, name }: GraphResource) => `${part}\0${type}\0${name}`;
    return key(a) < key(b) ? -1 : 1;
  });
  return {
    stack,
    source,
    exposure: exposureDiagram(sorted),
    dependencies: dependencyDiagram(sorted),
  };
}
