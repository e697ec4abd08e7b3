import * as fs from "node:fs";
import * as path from "node:path";
import type { Settings } from "../../settings/schema";
import { CommandError } from "../base/exit-codes";
import { writePrivate } from "../base/private-file";
import { engineCommand, type EngineOptions } from "../engine/engine-stack";
import { fileLocks } from "../engine/file-locks";
import { LockHeld } from "../engine/lock";
import { withInterrupted } from "./interrupted";
import { coreOf, recoveryFinders } from "./recovery-finders";
import { resolutionText, resolvePending, type Resolution } from "./pending";
import {
  deleteReleaseRecords,
  releasesIn,
  stuckReleases,
  type StuckRelease,
} from "./stuck-releases";
import { waitForSurvivors, type Survivor } from "./survivors";
import { takeIntoState } from "./take-into-state";
import {
  exportState,
  readState,
  setProtection,
  type PendingOperation,
  type StackState,
} from "../engine/state";
import { stillGuarded } from "./protection";

/** What an interrupted update has left. */
export interface Leftovers {
  releases: StuckRelease[];
  pending: Resolution[];
  /** Processes that outlived their engine. They have ended by now. */
  survivors: Survivor[];
  /** URNs of Teleport resources that a killed update has left protected. */
  guarded: string[];
  /** File with the earlier state, if something was resolved. */
  backup?: string;
}

export interface RecoverOptions extends EngineOptions {
  configFile?: string;
  /** Ids of created resources by URN, as the user gave them. Empty: was not created. */
  decided?: Readonly<Record<string, string>>;
  /** Next operation. Before `destroy`, partly created releases are kept and then deleted. Default: up. */
  next?: "up" | "destroy";
  /** Longest wait for plugins that still work, in milliseconds. */
  timeout: number;
  onWait: (text: string) => void;
  /** Resources that were being created when their plugin died, which the state does not have. */
  interrupted?: readonly PendingOperation[];
}

/** Releases of the stack that the next operation cannot repair. */
async function stuckOf(
  state: StackState,
  settings: Settings,
  next: RecoverOptions["next"],
): Promise<StuckRelease[]> {
  const releases = releasesIn(state);
  // Do not contact the cluster if the stack has no release in it.
  const stuck = releases.length === 0 ? [] : await stuckReleases(coreOf(settings), releases);
  // Helm uninstalls a release in any status if it has a record.
  return next === "destroy" ? stuck.filter(({ action }) => action === "read") : stuck;
}

/** Shows what is left. Changes nothing. */
export async function leftovers(
  state: StackState,
  settings: Settings,
  options: Pick<RecoverOptions, "decided" | "next"> = {},
): Promise<Omit<Leftovers, "survivors">> {
  const operations = state.deployment?.pending_operations ?? [];
  const releases = await stuckOf(state, settings, options.next);
  const guarded = stillGuarded(state);
  if (operations.length === 0) return { releases, pending: [], guarded };
  const list = await recoveryFinders(settings, releasesIn(state), options);
  return { releases, pending: await resolvePending(operations, list), guarded };
}

/** Writes a state to a file that only its owner can read. Returns the file. */
export function backUp(stack: string, state: StackState, cwd: string, now = new Date()): string {
  const folder = path.join(cwd, ".access-plane", "backups");
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  fs.chmodSync(folder, 0o700);
  const file = path.join(folder, `${stack}-${now.toISOString().replace(/[:.]/g, "-")}.json`);
  writePrivate(file, JSON.stringify(state), "wx");
  return file;
}

function undecided(stack: string, open: readonly Resolution[]): CommandError {
  const lines = open.map((resolution) => `  ${resolutionText(resolution)}\n    ${resolution.urn}`);
  return new CommandError(
    "RECOVERY",
    `an earlier update of stack ${stack} was cut off while making something, and whether that ` +
      `was made cannot be told from here:\n${lines.join("\n")}\n` +
      `Look for it, then: bin/access-plane recover --stack ${stack} --yes --made URN=ID, or --not-made URN`,
  );
}

function operate(stack: string, options: RecoverOptions, ...args: string[]): Promise<string> {
  const { configFile } = options;
  return engineCommand(
    [
      ...args,
      ...["--yes", "--skip-preview", "--color", "never", "--stack", stack],
      ...["--message", "access-plane: resolve what was cut off"],
      ...(configFile === undefined ? [] : ["--config-file", configFile]),
    ],
    options,
  );
}

/**
 * Takes the stack's lock for a moment, to be sure that no engine works on the stack. Reads only the root
 * resource: reading a release with a wrong record would write wrong values to the state. An empty
 * stack has nothing to read.
 */
export async function assertUnlocked(stack: string, state: StackState, options: RecoverOptions) {
  const { resources = [], pending_operations: pending = [] } = state.deployment ?? {};
  const root = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  if (root !== undefined) await operate(stack, options, "refresh", "--target", root.urn);
  else if (pending.length === 0) await operate(stack, options, "refresh");
}

/** Helm's current operations on the stack's releases, from their records. */
async function helmWork(
  stack: string,
  settings: Settings,
  options: RecoverOptions,
): Promise<string | undefined> {
  const releases = releasesIn(await readState(stack, options));
  if (releases.length === 0) return undefined;
  const work = (await stuckReleases(coreOf(settings), releases))
    .filter(({ status }) => /^(pending-|uninstalling)/.test(status))
    .map(({ release, status }) => `Release ${release} is ${status}`);
  return work.length === 0 ? undefined : work.join(", ");
}

/** Attempts if Helm's records change during recovery. */
const ATTEMPTS = 3;

/**
 * Resolves what an interrupted update has left: waits for plugins that still work, adds existing resources
 * to the state, deletes Helm's records of unfinished operations, finishes uninstalls, and refreshes the
 * stack. Writes a copy of the state first. Throws `LockHeld` before any change if another update runs.
 */
export async function recoverStack(
  stack: string,
  settings: Settings,
  options: RecoverOptions,
  attempts = ATTEMPTS,
): Promise<Leftovers> {
  const busy = () => helmWork(stack, settings, options);
  const survivors = await waitForSurvivors(stack, { ...options, busy });
  const exported = await exportState(stack, options);
  const state = withInterrupted(JSON.parse(exported) as StackState, options.interrupted);
  const found = { ...(await leftovers(state, settings, options)), survivors };
  const endGuard = () => setProtection("unprotect", stack, found.guarded, options);
  if (found.pending.length === 0 && found.releases.length === 0) {
    await endGuard();
    return found;
  }
  // A running update looks like an interrupted one.
  const holders = await fileLocks(stack, options);
  if (holders !== undefined && holders.length > 0) throw new LockHeld(holders);
  const open = found.pending.filter(({ action }) => action === "decide");
  if (open.length > 0) {
    if (holders === undefined) await assertUnlocked(stack, state, options);
    throw undecided(stack, open);
  }
  const backup = backUp(stack, state, options.cwd);
  const made = new Map(
    found.pending.flatMap(({ urn, id }) => (id === undefined ? [] : [[urn, id] as const])),
  );
  try {
    if (made.size > 0) await takeIntoState(stack, { exported, state }, made, options);
    else await assertUnlocked(stack, state, options);
  } catch (error) {
    // Nothing was changed, and another update changes the state, so this copy is useless.
    if (error instanceof LockHeld) fs.rmSync(backup);
    throw error;
  }
  // No engine works on the stack. Anything that finished a release until now has changed its records.
  const releases = await stuckOf(state, settings, options.next);
  if (JSON.stringify(releases) !== JSON.stringify(found.releases)) {
    if (attempts > 1) return recoverStack(stack, settings, options, attempts - 1);
    const names = [...found.releases, ...releases].map(({ release }) => release);
    throw new CommandError(
      "LOCKED",
      `Helm still works on ${[...new Set(names)].join(" and ")}, from another machine: wait until it ends.`,
    );
  }
  for (const release of releases) await deleteReleaseRecords(coreOf(settings), release);
  for (const { action, urn } of releases) {
    if (action === "uninstall") await operate(stack, options, "destroy", "--target", urn);
  }
  await operate(stack, options, "refresh", "--clear-pending-creates");
  await endGuard();
  return { ...found, backup };
}
