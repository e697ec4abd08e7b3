import * as fs from "node:fs";
import * as path from "node:path";
import { engineCommand, type EngineOptions } from "./engine-stack";
import { temporaryFolder } from "./temporary-folder";

/** A resource in a stack's state, or on one side of a preview's step (Pulumi's `apitype.ResourceV3`). */
export interface StateResource {
  urn: string;
  type: string;
  /** Empty during its creation. */
  id?: string;
  /** Secrets are encrypted. */
  inputs?: Record<string, unknown>;
  /** Pulumi refuses to delete it. */
  protect?: boolean;
  /** Managed by a plugin, unlike a component. */
  custom?: boolean;
  /** Only read; managed elsewhere. */
  external?: boolean;
  /** Waits for its deletion; its replacement exists. */
  delete?: boolean;
  /** URN of its component. */
  parent?: string;
  /** URN and id of its provider. */
  provider?: string;
  /** URNs of its dependencies. */
  dependencies?: string[] | null;
  /** The same by property. */
  propertyDependencies?: Record<string, string[] | null>;
  /** URN of the resource whose deletion deletes this one too. */
  deletedWith?: string;
  /** Deleted; its replacement does not exist yet. */
  pendingReplacement?: boolean;
  /** The next update replaces it. */
  taint?: boolean;
}

/** An operation in the state that an update has started and not finished. */
export interface PendingOperation {
  type: "creating" | "updating" | "deleting" | "reading" | "importing";
  resource: StateResource;
}

/** A stack's state, exported by the CLI; secrets are encrypted. */
export interface StackState {
  deployment?: {
    resources?: StateResource[];
    pending_operations?: PendingOperation[];
  };
}

/** The exported state of a stack, as text. */
export const exportState = (stack: string, options: EngineOptions): Promise<string> =>
  engineCommand(["stack", "export", "--stack", stack], options);

/** The state of a stack. */
export async function readState(stack: string, options: EngineOptions): Promise<StackState> {
  return JSON.parse(await exportState(stack, options)) as StackState;
}

/** Most URNs of one command: Linux takes 2 MiB of arguments. */
const MOST_URNS = 2000;

/** Makes Pulumi refuse to delete resources in the state, or allows it again. */
export async function setProtection(
  command: "protect" | "unprotect",
  stack: string,
  urns: readonly string[],
  options: EngineOptions,
): Promise<void> {
  for (let from = 0; from < urns.length; from += MOST_URNS) {
    const some = urns.slice(from, from + MOST_URNS);
    await engineCommand(["state", command, "--yes", "--stack", stack, ...some], options);
  }
}

/** Replaces the state of a stack. */
export async function writeState(
  stack: string,
  state: StackState,
  options: EngineOptions,
): Promise<void> {
  const temporary = temporaryFolder();
  try {
    const file = path.join(temporary.path, "state.json");
    fs.writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
    await engineCommand(["stack", "import", "--stack", stack, "--file", file], options);
  } finally {
    temporary.remove();
  }
}
