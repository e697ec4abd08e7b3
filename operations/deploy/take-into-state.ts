import { exportState, type StackState } from "../engine/state";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { LockHeld } from "../engine/lock";
import { engineCommand, type EngineOptions } from "../engine/engine-stack";

/**
 * A state with the resources that an update was making when it was cut off, by URN and id; nothing
 * is pending in it. What such a resource was to replace is left to be deleted.
 */
export function addCreatedResources(
  state: StackState,
  made: ReadonlyMap<string, string>,
): StackState {
  const { resources = [], pending_operations: pending = [] } = state.deployment ?? {};
  const taken = pending.flatMap(({ resource }) => {
    const id = made.get(resource.urn);
    return id === undefined ? [] : [{ ...resource, id }];
  });
  const kept = resources.filter(({ urn }) => !made.has(urn));
  const replaced = resources.filter(({ urn }) => made.has(urn));
  return {
    ...state,
    deployment: {
      ...state.deployment,
      resources: [...kept, ...taken, ...replaced.map((old) => ({ ...old, delete: true }))],
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
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-state-"));
  try {
    const file = path.join(folder, "state.json");
    fs.writeFileSync(file, JSON.stringify(addCreatedResources(state, made)), { mode: 0o600 });
    if ((await exportState(stack, options)) !== exported) {
      throw new LockHeld([]);
    }
    await engineCommand(["stack", "import", "--stack", stack, "--file", file], options);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
