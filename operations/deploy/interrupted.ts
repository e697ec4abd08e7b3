import type { EngineEvent } from "@pulumi/pulumi/automation";
import { plain } from "../engine/engine-errors";
import type { PendingOperation, StackState } from "../engine/state";

/** The engine's message for a call whose plugin died. */
const PLUGIN_DIED =
  /code = Unavailable|error reading from server|transport is closing|connection refused|plugin .* exited/i;

/** How the engine masks a secret in its events. */
const MASKED = "[secret]";

/**
 * Collects from events the resources whose plugin died during their creation. The engine treats such a call
 * as failed and forgets it, but the resource may exist.
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
    // The resource cannot be identified by its inputs.
    if (!this.unanswered.has(metadata.urn) || JSON.stringify(inputs).includes(MASKED)) return;
    const { type, provider } = metadata;
    const resource = { urn: metadata.urn, type, custom: true, inputs, parent, provider };
    this.operations.push({ type: "creating", resource });
  }
}

/** The state as if the engine had also stopped during these operations. */
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
