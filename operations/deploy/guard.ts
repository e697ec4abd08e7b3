import { engineCommand, type EngineOptions } from "../engine/engine-stack";
import { CommandError } from "../base/exit-codes";
import { readState } from "../engine/state";
import type { Step } from "../engine/steps";
import {
  liftedProtections,
  refusalsOf,
  refusalText,
  refusedDestruction,
  unguarded,
  type Allowance,
} from "./protection";

type GuardOptions = EngineOptions & { allowed: readonly Allowance[] };

/**
 * Refuses to destroy a stack with something protected in it that was not allowed. The engine would name
 * only what it protects itself. Throws PROTECTED.
 */
export async function refuseDestruction(stack: string, options: GuardOptions): Promise<void> {
  const refused = refusedDestruction(await readState(stack, options), options.allowed);
  if (refused.length === 0) return;
  const how = "To take all of it down: docs/operations.md, Take it down.";
  throw new CommandError("PROTECTED", `${refusalText(refused)}\n${how}`);
}

/** Pulumi's own protection ends for what `--allow` names; the next update sets it again. */
export async function liftProtection(stack: string, options: GuardOptions): Promise<void> {
  if (options.allowed.length === 0) return;
  const urns = liftedProtections(await readState(stack, options), options.allowed);
  if (urns.length === 0) return;
  await engineCommand(["state", "unprotect", "--yes", "--stack", stack, ...urns], options);
}

/**
 * Lets the engine itself refuse to delete what this operation must not: settings, state or program may
 * have changed since the preview. An update gives each resource that stays the program's own protection
 * back, so that nothing is left of this.
 */
export async function guard(stack: string, options: GuardOptions): Promise<void> {
  const urns = unguarded(await readState(stack, options), options.allowed);
  if (urns.length === 0) return;
  await engineCommand(["state", "protect", "--yes", "--stack", stack, ...urns], options);
}

/**
 * Why an update must not begin a step: what its preview would have been refused for. The preview did
 * not show it, because settings, state or cluster have changed since.
 */
export function unseen(
  step: Step,
  begun: readonly Step[],
  { allowed }: Pick<GuardOptions, "allowed">,
): string | undefined {
  const refused = refusalsOf(step, begun, allowed);
  if (refused.length === 0) return undefined;
  const [, ...lines] = refusalText(refused).split("\n");
  return `stopped at what the preview did not show; what was done before is recorded:\n${lines.join("\n")}`;
}
