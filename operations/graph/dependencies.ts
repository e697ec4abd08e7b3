import { facts } from "../kinds";
import {
  worstState,
  type Diagram,
  type GraphEdge,
  type GraphNode,
  type GraphResource,
} from "./model";
import { objectPlace, shortType } from "../base/urn";

/** This many resources of one kind in one part are drawn as one box. */
const MANY = 6;

/** Name of a resource in Kubernetes without its namespace, or in the program. */
export const label = ({ type, name, inputs }: GraphResource): string =>
  objectPlace(type, inputs)?.name ?? name;

/** Removes every arrow that a chain of other arrows implies. */
export function withoutImplied(edges: readonly GraphEdge[]): GraphEdge[] {
  const next = new Map<string, Set<string>>();
  for (const { from, to } of edges) {
    if (from !== to) next.set(from, (next.get(from) ?? new Set()).add(to));
  }
  const reaches = (from: string, to: string, direct: string): boolean => {
    const seen = new Set<string>([from]);
    const queue = [...(next.get(from) ?? [])].filter((id) => id !== direct);
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      if (at === to) return true;
      if (seen.has(at)) continue;
      seen.add(at);
      queue.push(...(next.get(at) ?? []));
    }
    return false;
  };
  return [...next].flatMap(([from, targets]) =>
    [...targets].filter((to) => !reaches(from, to, to)).map((to) => ({ from, to })),
  );
}

/** Boxes of all resources, grouped by part, with an arrow from each dependency to its dependent. */
export function dependencyDiagram(resources: readonly GraphResource[]): Diagram {
  const box = new Map<string, string>();
  const groups = new Map<string, GraphResource[]>();
  for (const resource of resources) {
    const key = `${resource.part}/${resource.type}`;
    groups.set(key, [...(groups.get(key) ?? []), resource]);
  }
  const nodes = [...groups].flatMap(([key, group]): GraphNode[] => {
    const [first] = group;
    if (first === undefined) return [];
    const kind = shortType(first.type);
    if (group.length < MANY) {
      return group.map((resource) => {
        box.set(resource.id, resource.id);
        return {
          id: resource.id,
          kind,
          label: label(resource),
          part: resource.part,
          state: resource.state,
          details: facts(resource),
          resources: [resource.id],
        };
      });
    }
    for (const { id } of group) box.set(id, key);
    return [
      {
        id: key,
        kind,
        label: `${group.length} of them`,
        part: first.part,
        state: worstState(group.map(({ state }) => state)),
        details: group.map((resource) =>
          resource.state === "deployed" || resource.state === "planned"
            ? label(resource)
            : `${label(resource)} (${resource.state})`,
        ),
        resources: group.map(({ id }) => id),
      },
    ];
  });
  const edges = resources.flatMap(({ id, dependsOn }) =>
    dependsOn.flatMap((other): GraphEdge[] => {
      const [from, to] = [box.get(other), box.get(id)];
      return from === undefined || to === undefined ? [] : [{ from, to }];
    }),
  );
  return { title: "What waits for what", nodes, edges: withoutImplied(edges) };
}
