import { get, isMapping, mapping } from "../../teleport/values";
import { shortType, urnName } from "../base/urn";
import type { EngineOptions } from "../engine/engine-stack";
import { readState, writeState, type StackState } from "../engine/state";
import type { Wanted } from "./find-ids";

/** Kinds that a change of the specification replaces, see `components/vault-access.ts`. */
const REPLACED_BY_SPEC = new Set(["VaultAuth"]);

/** Where the Kubernetes plugin keeps the inputs among the outputs. */
const COPY = "__inputs";

/** What an object has at the places that the program sets; what the API server added is left out. */
export function atPlaces(live: unknown, wanted: unknown): unknown {
  if (!isMapping(live) || !isMapping(wanted)) return live;
  return Object.fromEntries(
    Object.keys(wanted)
      .filter((key) => key in live)
      .map((key) => [key, atPlaces(live[key], wanted[key])]),
  );
}

/**
 * The state after an import, in which the inputs of what a change of the specification replaces have
 * one. The Kubernetes plugin records only fields that Pulumi itself has written, so that every such
 * object would be replaced by the first update.
 */
export function withSpecs(state: StackState, wanted: readonly Wanted[]): StackState {
  const resources = state.deployment?.resources?.map((resource) => {
    const { type, urn, inputs = {} } = resource;
    if (!REPLACED_BY_SPEC.has(shortType(type)) || inputs["spec"] !== undefined) return resource;
    const own = wanted.find((one) => one.type === type && one.name === urnName(urn));
    const live = get(resource, "outputs", "spec");
    if (own === undefined || live === undefined) return resource;
    const spec = atPlaces(live, own.inputs["spec"]);
    const outputs = mapping(get(resource, "outputs"));
    // The plugin compares with its own copy of the inputs.
    const copy = { ...mapping(outputs[COPY]), spec };
    return { ...resource, inputs: { ...inputs, spec }, outputs: { ...outputs, [COPY]: copy } };
  });
  return { ...state, deployment: { ...state.deployment, resources } };
}

/** Writes {@link withSpecs} into the state of a stack. */
export async function recordSpecs(
  stack: string,
  wanted: readonly Wanted[],
  options: EngineOptions,
): Promise<void> {
  await writeState(stack, withSpecs(await readState(stack, options), wanted), options);
}
