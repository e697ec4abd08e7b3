import { engineCommand, type EngineOptions } from "./engine-stack";

/** A resource in a stack's state, or on one side of a preview's step (Pulumi's `apitype.ResourceV3`). */
export interface StateResource {
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
  /** Only read, and managed elsewhere. */
  external?: boolean;
  /** Waits for its deletion, after its replacement was made. */
  delete?: boolean;
  /** URN of the component that it belongs to. */
  parent?: string;
  /** URN and id of its provider. */
  provider?: string;
  /** URNs of what it waits for. */
  dependencies?: string[] | null;
  /** The same by property. */
  propertyDependencies?: Record<string, string[] | null>;
  /** URN of what takes it along when it is deleted. */
  deletedWith?: string;
  /** It is deleted already, and what replaces it is not made yet. */
  pendingReplacement?: boolean;
  /** The next update replaces it. */
  taint?: boolean;
}

/** An operation that an update began and never ended, as the stack's state has it. */
export interface PendingOperation {
  type: "creating" | "updating" | "deleting" | "reading" | "importing";
  resource: StateResource;
}

/** A stack's state as the CLI exports it; secrets are encrypted. */
export interface StackState {
  deployment?: {
    resources?: StateResource[];
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
