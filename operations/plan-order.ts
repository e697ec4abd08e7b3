import type { RecordedResource } from "./record-program";

/** A resource that a deployment creates, with the part of the plane it belongs to. */
export interface Ordered {
  resource: RecordedResource;
  part: string;
  /** Resources it waits for directly, none of them a component. */
  waitsFor: RecordedResource[];
}

const isComponent = ({ type }: RecordedResource) =>
  type.startsWith("access-plane:") || type === "pulumi:pulumi:Stack";

/**
 * Resources in an order in which each comes after all that it waits for, staying within one part as
 * long as something in it can go. The same program always gives the same order.
 */
export function inCreationOrder(recorded: readonly RecordedResource[]): Ordered[] {
  const byUrn = new Map(recorded.map((resource) => [resource.urn, resource]));
  // The stack's one component: whatever kind of stack it is, its parts are the children.
  const plane = recorded.find(
    ({ type, parent }) =>
      type.startsWith("access-plane:") && byUrn.get(parent)?.type === "pulumi:pulumi:Stack",
  );

  const partOf = (resource: RecordedResource): string => {
    if (resource.type.startsWith("pulumi:providers:")) return "providers";
    const parent = byUrn.get(resource.parent);
    if (parent === undefined || (!isComponent(resource) && parent === plane)) {
      return resource.name;
    }
    return parent === plane ? resource.name : partOf(parent);
  };
  const all: Ordered[] = recorded
    .filter((resource) => !isComponent(resource))
    .map((resource) => ({
      resource,
      part: partOf(resource),
      waitsFor: resource.dependencies.flatMap((urn) => {
        const dependency = byUrn.get(urn);
        return dependency === undefined || isComponent(dependency) ? [] : [dependency];
      }),
    }));

  const done = new Set<RecordedResource>();
  const left = new Set(all);
  const order: Ordered[] = [];
  let part = "";
  while (left.size > 0) {
    const ready = [...left].filter(({ waitsFor }) => waitsFor.every((r) => done.has(r)));
    // Registration itself is a valid order, so something is always ready.
    const next = ready.find((candidate) => candidate.part === part) ?? ready[0] ?? [...left][0];
    if (next === undefined) break;
    part = next.part;
    left.delete(next);
    done.add(next.resource);
    order.push(next);
  }
  return order;
}
