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
 * Refuses to destroy a stack that contains protected resources without `--allow`. The engine would name
 * only the resources that it protects itself. Throws PROTECTED.
 */
export async function refuseDestruction(stack: string, options: GuardOptions): Promise<void> {
  const refused = refusedDestruction(await readState(stack, options), options.allowed);
  if (refused.length === 0) return;
  const how = "To take all of it down: docs/operations.md, Take it down.";
  throw new CommandError("PROTECTED", `${refusalText(refused)}\n${how}`);
}

/** Removes Pulumi's protection from resources that `--allow` names. The next update sets it again. */
export async function liftProtection(stack: string, options: GuardOptions): Promise<void> {
  if (options.allowed.length === 0) return;
  const urns = liftedProtections(await readState(stack, options), options.allowed);
  if (urns.length === 0) return;
  await engineCommand(["state", "unprotect", "--yes", "--stack", stack, ...urns], options);
}

/**
 * Makes the engine refuse to delete what this operation must not delete, because settings, state or program
 * may have changed since the preview. An update resets the protection of all remaining resources to the
 * program's, so nothing of this is left.
 */
export async function guard(stack: string, options: GuardOptions): Promise<void> {
  const urns = unguarded(await readState(stack, options), options.allowed);
  if (urns.length === 0) return;
  await engineCommand(["state", "protect", "--yes", "--stack", stack, ...urns], options);
}

/**
 * Why an update must not start a step: a preview with this step would have been refused. The real preview
 * did not have the step; settings, state or cluster have changed since.
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
