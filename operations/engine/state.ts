import { engineCommand, type EngineOptions } from "./engine-stack";

/** An operation that an update began and never ended, as the stack's state has it. */
export interface PendingOperation {
  type: "creating" | "updating" | "deleting" | "reading" | "importing";
  resource: {
    urn: string;
    type: string;
    /** Empty while it is being created. */
    id?: string;
    /** Secrets are encrypted. */
    inputs?: Record<string, unknown>;
    /** Pulumi refuses to delete it. */
    protect?: boolean;
    /** Made by a plugin, unlike a component. */
    custom?: boolean;
    /** URN of the component that it belongs to. */
    parent?: string;
    /** URN and id of its provider. */
    provider?: string;
  };
}

/** A stack's state as the CLI exports it; secrets are encrypted. */
export interface StackState {
  deployment?: {
    resources?: PendingOperation["resource"][];
    pending_operations?: PendingOperation[];
  };
}

/** The state of a stack as the CLI prints it. */
export const exportState = (stack: string, options: EngineOptions): Promise<string> =>
  engineCommand(["stack", "export", "--stack", stack], options);

/** The state of a stack. */
export async function readState(stack: string, options: EngineOptions): Promise<StackState> {
  return JSON.parse(await exportState(stack, options)) as StackState;
}
