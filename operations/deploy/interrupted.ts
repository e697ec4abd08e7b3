import type { EngineEvent } from "@pulumi/pulumi/automation";
import { plain } from "../engine/engine-errors";
import type { PendingOperation, StackState } from "../engine/state";

/** What the engine says of a call that its plugin did not live to answer. */
const PLUGIN_DIED =
  /code = Unavailable|error reading from server|transport is closing|connection refused|plugin .* exited/i;

/** A secret as the engine masks it in its events. */
const MASKED = "[secret]";

/**
 * Collects the resources that were being made when their plugin died, from a stream of events. The
 * engine takes such a call for a failed one and forgets it, though its resource may be there.
 */
export class Interrupted {
  private readonly unanswered = new Set<string>();
  readonly operations: PendingOperation[] = [];

  add({ diagnosticEvent, resOpFailedEvent }: EngineEvent): void {
    const { urn, severity, message = "" } = diagnosticEvent ?? {};
    if (urn !== undefined && severity === "error" && PLUGIN_DIED.test(plain(message))) {
      this.unanswered.add(urn);
    }
    const { metadata } = resOpFailedEvent ?? {};
    if (metadata === undefined || !metadata.op.startsWith("create")) return;
    const { inputs = {}, parent } = metadata.new ?? {};
    // Such a resource could not be told from its inputs.
    if (!this.unanswered.has(metadata.urn) || JSON.stringify(inputs).includes(MASKED)) return;
    const { type, provider } = metadata;
    const resource = { urn: metadata.urn, type, custom: true, inputs, parent, provider };
    this.operations.push({ type: "creating", resource });
  }
}

/** A state as if these operations had been cut off together with the engine. */
export function withInterrupted(
  state: StackState,
  operations: readonly PendingOperation[] = [],
): StackState {
  if (operations.length === 0) return state;
  const { resources = [], pending_operations: pending = [] } = state.deployment ?? {};
  const known = new Set(
    [...resources, ...pending.map(({ resource }) => resource)].map(({ urn }) => urn),
  );
  const added = operations.filter(({ resource }) => !known.has(resource.urn));
  return {
    ...state,
    deployment: { ...state.deployment, pending_operations: [...pending, ...added] },
  };
}
