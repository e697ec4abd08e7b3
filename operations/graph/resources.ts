import type { PlannedResource } from "../plan/plan-stack";
import type { Changes } from "../base/change";
import type { StackState, StateResource } from "../engine/state";
import { redactInputs } from "../base/redact";
import type { GraphResource, State } from "./model";
import { partFinder, shortType, urnName } from "../base/urn";

/** The resources of a plan. With changes, each has the state that a deployment would give it. */
export function planResources(
  plan: readonly PlannedResource[],
  compared?: Changes,
): GraphResource[] {
  const key = ({ type, name }: { type: string; name: string }) => `${type}::${name}`;
  const ids = new Map(plan.map((r) => [`${shortType(r.type)} ${r.name}`, key(r)]));
  const changed = new Map((compared?.changes ?? []).map((change) => [key(change), change]));
  const usual: State = compared === undefined ? "planned" : "deployed";
  const state = (id: string): State => {
    const operation = changed.get(id)?.operation;
    return operation === undefined || operation === "forget" || operation === "import"
      ? usual
      : operation;
  };
  const kept = plan
    .filter(({ type }) => !type.startsWith("pulumi:providers:"))
    .map((resource) => ({
      id: key(resource),
      part: resource.part,
      type: resource.type,
      name: resource.name,
      inputs: redactInputs(resource.type, resource.inputs) ?? {},
      dependsOn: resource.waitsFor.flatMap((text) => ids.get(text) ?? []),
      state: state(key(resource)),
    }));
  const going = [...changed.entries()]
    .filter(([, { operation }]) => operation === "delete")
    .map(([id, { part, type, name, before }]) => ({
      id,
      part,
      type,
      name,
      inputs: before ?? {},
      dependsOn: [],
      state: "delete" as const,
    }));
  return [...kept, ...going];
}

function fromStates(
  all: readonly StateResource[],
  state: (resource: StateResource) => State,
): GraphResource[] {
  const byUrn = new Map(all.map((resource) => [resource.urn, resource]));
  const shown = all.filter(
    ({ type, custom, external }) => custom === true && external !== true && !/^pulumi:/.test(type),
  );
  const id = ({ type, urn }: StateResource) => `${type}::${urnName(urn)}`;
  // Reads and components are not shown; their dependencies take their place.
  const hidden = new Set(all.filter((resource) => !shown.includes(resource)).map(({ urn }) => urn));
  const resolved = (urns: readonly string[], seen = new Set<string>()): string[] =>
    urns.flatMap((urn) => {
      const resource = byUrn.get(urn);
      if (resource === undefined || seen.has(urn)) return [];
      seen.add(urn);
      return hidden.has(urn) ? resolved(resource.dependencies ?? [], seen) : [id(resource)];
    });
  const part = partFinder((urn) => byUrn.get(urn)?.parent);
  return shown.map((resource) => ({
    id: id(resource),
    part: part(resource.urn),
    type: resource.type,
    name: urnName(resource.urn),
    inputs: redactInputs(resource.type, resource.inputs) ?? {},
    dependsOn: [...new Set(resolved(resource.dependencies ?? []))],
    state: state(resource),
  }));
}

/** The resources in the state of a stack. */
export function stateResources({ deployment }: StackState): GraphResource[] {
  const { resources = [], pending_operations: operations = [] } = deployment ?? {};
  const pending = operations.map(({ resource }) => resource);
  const cut = new Set(pending.map(({ urn }) => urn));
  const known = new Set(resources.map(({ urn }) => urn));
  // The state holds an object that waits for deletion, beside its successor.
  const current = resources.filter(({ delete: going }) => going !== true);
  return fromStates([...current, ...pending.filter(({ urn }) => !known.has(urn))], ({ urn }) =>
    cut.has(urn) ? "unfinished" : "deployed",
  );
}

const OPERATIONS: Record<string, State> = {
  create: "create",
  update: "update",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  delete: "delete",
};

/** Output of `pulumi preview --json`. */
export interface PrintedPreview {
  steps?: { op: string; urn: string; oldState?: StateResource; newState?: StateResource }[];
}

/** The resources of a preview that includes unchanged ones. */
export function previewResources({ steps = [] }: PrintedPreview): GraphResource[] {
  const states = new Map<string, State>();
  const resources = new Map<string, StateResource>();
  for (const { op, urn, oldState, newState } of steps) {
    const resource = newState ?? oldState;
    const state = OPERATIONS[op] ?? "deployed";
    if (resource === undefined || (resources.has(urn) && state !== "replace")) continue;
    resources.set(urn, resource);
    states.set(urn, state);
  }
  return fromStates([...resources.values()], ({ urn }) => states.get(urn) ?? "deployed");
}
