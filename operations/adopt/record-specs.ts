import { get, isMapping, mapping } from "../../teleport/values";
import { shortType, urnName } from "../base/urn";
import type { EngineOptions } from "../engine/engine-stack";
import { readState, writeState, type StackState } from "../engine/state";
import type { Wanted } from "./find-ids";

/** Kinds that are replaced when their spec changes, see `components/vault-access.ts`. */
const REPLACED_BY_SPEC = new Set(["VaultAuth"]);

/** Output in which the Kubernetes plugin stores the inputs. */
const COPY = "__inputs";

/** The live values of the fields that the program sets, without the API server's additions. */
export function atPlaces(live: unknown, wanted: unknown): unknown {
  if (!isMapping(live) || !isMapping(wanted)) return live;
  return Object.fromEntries(
    Object.keys(wanted)
      .filter((key) => key in live)
      .map((key) => [key, atPlaces(live[key], wanted[key])]),
  );
}

/**
 * Adds specs to imported resources that are replaced when their spec changes. The Kubernetes plugin imports
 * only fields that Pulumi has written, so without this the first update would replace every such object.
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

export async function recordSpecs(
  stack: string,
  wanted: readonly Wanted[],
  options: EngineOptions,
): Promise<void> {
  await writeState(stack, withSpecs(await readState(stack, options), wanted), options);
}
