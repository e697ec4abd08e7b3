import { isGroup, partFinder } from "../base/urn";
import type { RecordedResource } from "./record-program";

/** A resource that a deployment creates, with its part of the plane. */
export interface Ordered {
  resource: RecordedResource;
  part: string;
  /** Its direct dependencies, without components. */
  waitsFor: RecordedResource[];
}

/**
 * Resources with dependencies first. Stays in one part while a resource in it is ready. The same program
 * always results in the same order.
 */
export function inCreationOrder(recorded: readonly RecordedResource[]): Ordered[] {
  const byUrn = new Map(recorded.map((resource) => [resource.urn, resource]));
  const part = partFinder((urn) => byUrn.get(urn)?.parent);
  const all = recorded
    .filter(({ type }) => !isGroup(type))
    .map((resource) => ({
      resource,
      part: part(resource.urn),
      waitsFor: resource.dependencies.flatMap((urn) => {
        const dependency = byUrn.get(urn);
        return dependency === undefined || isGroup(dependency.type) ? [] : [dependency];
      }),
    }));
  return sorted(all);
}

/** Ready resources of each part: positions in the order of registration, smallest first. */
class Ready {
  private readonly parts = new Map<string, number[]>();

  add(part: string, place: number): void {
    const list = this.parts.get(part) ?? [];
    this.parts.set(part, list);
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((list[middle] ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    list.splice(low, 0, place);
  }

  /** The next ready resource of a part, or else of any part. */
  take(part: string): number | undefined {
    const own = this.parts.get(part);
    if (own !== undefined && own.length > 0) return own.shift();
    let first: number[] | undefined;
    for (const list of this.parts.values()) {
      if (list[0] !== undefined && list[0] < (first?.[0] ?? Infinity)) first = list;
    }
    return first?.shift();
  }
}

/** Sorts in one pass over the dependencies, because a catalogue has thousands. */
function sorted(all: readonly Ordered[]): Ordered[] {
  const waiting = new Map<RecordedResource, Set<RecordedResource>>();
  const waiters = new Map<RecordedResource, number[]>();
  const ready = new Ready();
  for (const [place, { resource, part, waitsFor }] of all.entries()) {
    const open = new Set(waitsFor);
    open.delete(resource);
    waiting.set(resource, open);
    if (open.size === 0) ready.add(part, place);
    for (const dependency of open) {
      const list = waiters.get(dependency) ?? [];
      waiters.set(dependency, list);
      list.push(place);
    }
  }
  const order: Ordered[] = [];
  let part = "";
  // The order of registration is valid, so one resource is always ready.
  for (let next = ready.take(part); next !== undefined; next = ready.take(part)) {
    const taken = all[next];
    if (taken === undefined) break;
    part = taken.part;
    order.push(taken);
    for (const place of waiters.get(taken.resource) ?? []) {
      const waiter = all[place];
      if (waiter === undefined) continue;
      const open = waiting.get(waiter.resource);
      open?.delete(taken.resource);
      if (open?.size === 0) ready.add(waiter.part, place);
    }
  }
  return order;
}
