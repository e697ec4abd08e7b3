import * as path from "node:path";
import { printJson, type Context } from "../base/context";
import { CommandError } from "../base/exit-codes";
import { stackSettings } from "../base/stack-settings";
import { Cancellation } from "../engine/cancellation";
import { engineCommand } from "../engine/engine-stack";
import { fileLocks } from "../engine/file-locks";
import { holdersText, isGone, LockHeld, type Holder } from "../engine/lock";
import { resolutionText } from "./pending";
import {
  assertUnlocked,
  leftovers,
  recoverStack,
  type Leftovers,
  type RecoverOptions,
} from "./recover-stack";
import { readState } from "../engine/state";
import { stuckText } from "./stuck-releases";
import { findSurvivors } from "./survivors";

export interface RecoverFlags {
  stack: string;
  yes: boolean;
  json: boolean;
  configFile?: string;
  made: string[];
  notMade: string[];
}

/** Longest wait for plugins that still work, in milliseconds. The timeout of a Helm release is the same. */
const LONGEST_WAIT = 600_000;

function decisions({ made, notMade }: RecoverFlags): Record<string, string> {
  const decided: Record<string, string> = {};
  for (const text of made) {
    const [, urn, id] = /^(urn:pulumi:.+?)=(.+)$/.exec(text) ?? [];
    if (urn === undefined || id === undefined) {
      throw new CommandError("USAGE", `--made is "${text}", must be URN=ID.`);
    }
    decided[urn] = id;
  }
  for (const urn of notMade) decided[urn] = "";
  return decided;
}

function text(found: Leftovers, holders: readonly Holder[] | undefined, resolved: boolean): string {
  const isLocked = holders !== undefined && holders.length > 0;
  const lines = [
    ...(isLocked && !resolved ? [`The stack is ${holdersText(holders)}.`] : []),
    ...found.pending.map(resolutionText),
    ...found.survivors.map(({ name, pid }) => `${name} (process ${pid}) outlived its engine.`),
    ...found.releases.map(stuckText),
    ...(found.guarded.length === 0
      ? []
      : [`Teleport resources still protected as during an update: ${found.guarded.length}.`]),
  ];
  if (lines.length === 0 && !isLocked) return "Nothing was left behind.";
  if (!resolved) return `${lines.join("\n")}\nRun it again with --yes to resolve this.`;
  const backup =
    found.backup === undefined
      ? ""
      : ` The state as it was is kept in ${path.relative(process.cwd(), found.backup)}.`;
  return [...lines, `Resolved.${backup} Now deploy again.`].join("\n");
}

/** Shows what an interrupted update has left, and resolves it with --yes. */
export async function recoverCommand(context: Context, flags: RecoverFlags): Promise<void> {
  const { stack, configFile } = flags;
  const settings = stackSettings(stack, context.cwd, configFile);
  const cancellation = new Cancellation();
  const unlisten = cancellation.listen(() => undefined);
  try {
    const options: RecoverOptions = {
      cwd: context.cwd,
      env: context.env,
      cancellation,
      decided: decisions(flags),
      configFile,
      timeout: LONGEST_WAIT,
      onWait: (line) => context.stderr.write(`${line}\n`),
    };
    const holders = await fileLocks(stack, options);
    const found = flags.yes
      ? await recoverWithLock(context, stack, () => recoverStack(stack, settings, options), options)
      : {
          ...(await leftovers(await readState(stack, options), settings, options)),
          survivors: findSurvivors(stack, context.cwd),
        };
    if (flags.json) {
      printJson(context, { stack, locks: holders ?? [], ...found, resolved: flags.yes });
    } else {
      context.stdout.write(`${text(found, holders, flags.yes)}\n`);
    }
  } finally {
    unlisten();
  }
}

/** Removes a lock only if no process that holds one is left. */
async function recoverWithLock(
  context: Context,
  stack: string,
  recover: () => Promise<Leftovers>,
  options: RecoverOptions,
): Promise<Leftovers> {
  const release = async (holders: readonly Holder[]) => {
    if (holders.length === 0 || !holders.every(isGone)) {
      throw new CommandError("LOCKED", `${holdersText(holders)}: wait for it, or end it there.`);
    }
    context.stderr.write(`Taking away the lock: ${holdersText(holders)}, is gone.\n`);
    await engineCommand(["cancel", "--yes", "--stack", stack], options);
  };
  const holders = await fileLocks(stack, options);
  if (holders !== undefined && holders.length > 0) await release(holders);
  try {
    const found = await recover();
    // Only the engine finds a lock in a bucket, and nothing that was resolved has run it.
    if (holders === undefined && found.backup === undefined) {
      await assertUnlocked(stack, await readState(stack, options), options);
    }
    return found;
  } catch (error) {
    if (!(error instanceof LockHeld)) throw error;
    await release(error.holders);
    return recover();
  }
}
