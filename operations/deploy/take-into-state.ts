import { exportState, writeState, type StateResource, type StackState } from "../engine/state";
import { LockHeld } from "../engine/lock";
import type { EngineOptions } from "../engine/engine-stack";

/** Kinds that do their work after they were made: what was cut off meanwhile has to run again. */
const RUNS = new Set(["kubernetes:batch/v1:Job"]);

/** URNs of what the engine wants to find in a state before a resource. */
const needs = (resource: StateResource): string[] =>
  [
    resource.parent,
    // URN and id.
    resource.provider?.replace(/::[^:]*$/, ""),
    resource.deletedWith,
    ...(resource.dependencies ?? []),
    ...Object.values(resource.propertyDependencies ?? {}).flatMap((urns) => urns ?? []),
  ].filter((urn) => urn !== undefined);

/** The same resources, each after what it needs, and otherwise in the order they have. */
function inOrder(resources: readonly StateResource[]): StateResource[] {
  const current = new Map(resources.map((resource) => [resource.urn, resource]));
  const placed = new Set<StateResource>();
  const place = (resource: StateResource) => {
    if (placed.has(resource)) return;
    for (const urn of needs(resource)) {
      const needed = current.get(urn);
      if (needed !== undefined && needed !== resource && !placed.has(needed)) place(needed);
    }
    placed.add(resource);
  };
  resources.forEach(place);
  return [...placed];
}

/**
 * A state with the resources that an update was making when it was cut off, by URN and id; nothing
 * is pending in it. What such a resource was to replace is left to be deleted, unless it is gone: the
 * new one may have its name.
 */
export function addCreatedResources(
  state: StackState,
  made: ReadonlyMap<string, string>,
): StackState {
  const { resources = [], pending_operations: pending = [] } = state.deployment ?? {};
  const taken = pending.flatMap(({ resource }) => {
    const id = made.get(resource.urn);
    if (id === undefined) return [];
    return [{ ...resource, id, ...(RUNS.has(resource.type) && { taint: true }) }];
  });
  const kept = resources.filter(({ urn }) => !made.has(urn));
  const replaced = resources.filter(
    ({ urn, id, pendingReplacement }) =>
      made.has(urn) && pendingReplacement !== true && id !== made.get(urn),
  );
  return {
    ...state,
    deployment: {
      ...state.deployment,
      resources: [
        ...inOrder([...kept, ...taken]),
        ...replaced.map((old) => ({ ...old, delete: true })),
      ],
      pending_operations: [],
    },
  };
}

/**
 * Writes the state of a stack with what was made, for a refresh to read. Done here because the
 * engine forgets what `refresh --import-pending-creates` names. Throws `LockHeld` when the
 * state is no longer what was exported: then another update runs.
 */
export async function takeIntoState(
  stack: string,
  { exported, state }: { exported: string; state: StackState },
  made: ReadonlyMap<string, string>,
  options: EngineOptions,
): Promise<void> {
  if ((await exportState(stack, options)) !== exported) throw new LockHeld([]);
  await writeState(stack, addCreatedResources(state, made), options);
}
