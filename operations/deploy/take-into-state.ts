import { exportState, writeState, type StateResource, type StackState } from "../engine/state";
import { LockHeld } from "../engine/lock";
import type { EngineOptions } from "../engine/engine-stack";

/** Kinds that do their work after their creation. If the wait was interrupted, they must run again. */
const RUNS = new Set(["kubernetes:batch/v1:Job"]);

/** URNs that must be in the state before a resource. */
const needs = (resource: StateResource): string[] =>
  [
    resource.parent,
    // URN and id.
    resource.provider?.replace(/::[^:]*$/, ""),
    resource.deletedWith,
    ...(resource.dependencies ?? []),
    ...Object.values(resource.propertyDependencies ?? {}).flatMap((urns) => urns ?? []),
  ].filter((urn) => urn !== undefined);

/** The resources in the same order, except that dependencies come first. */
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

/** A resource without dependencies that the state lacks, which the engine refuses. The next update adds them again. */
function withKnown(resource: StateResource, known: ReadonlySet<string>): StateResource {
  const kept = (urns: string[]) => urns.filter((urn) => known.has(urn));
  const { dependencies, propertyDependencies } = resource;
  return {
    ...resource,
    ...(dependencies && { dependencies: kept(dependencies) }),
    ...(propertyDependencies && {
      propertyDependencies: Object.fromEntries(
        Object.entries(propertyDependencies).map(([property, urns]) => [
          property,
          kept(urns ?? []),
        ]),
      ),
    }),
  };
}

/**
 * The state with resources that an interrupted update was creating, by URN and id, and without pending operations. A
 * resource that one of them replaces is marked for deletion, unless it is deleted already or has the same id.
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
  const known = new Set([...kept, ...taken].map(({ urn }) => urn));
  const replaced = resources.filter(
    ({ urn, id, pendingReplacement }) =>
      made.has(urn) && pendingReplacement !== true && id !== made.get(urn),
  );
  return {
    ...state,
    deployment: {
      ...state.deployment,
      resources: [
        ...inOrder([...kept, ...taken.map((one) => withKnown(one, known))]),
        ...replaced.map((old) => ({ ...old, delete: true })),
      ],
      pending_operations: [],
    },
  };
}

/**
 * Writes the created resources to the state, for the next refresh. The engine cannot do this, because
 * `refresh --import-pending-creates` loses the names. Throws `LockHeld` if the state has changed since the
 * export, because another update runs then.
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
