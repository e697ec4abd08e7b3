import { Cancellation } from "../engine/cancellation";
import type { EngineOptions } from "../engine/engine-stack";
import { CommandError } from "../base/exit-codes";
import { readState, setProtection } from "../engine/state";
import type { Step } from "../engine/steps";
import {
  guardOf,
  liftedProtections,
  refusalsOf,
  refusalText,
  refusedDestruction,
  stillGuarded,
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
  await setProtection("unprotect", stack, urns, options);
}

/**
 * Makes the engine refuse to delete what this operation must not delete, because settings, state or program
 * may have changed since the preview. An update resets the protection of all remaining resources to the
 * program's, so nothing of this is left. If it has the returned environment, the program leaves the Teleport
 * resources protected, and `endGuard` must follow.
 */
export async function guard(
  stack: string,
  previewed: readonly Step[],
  options: GuardOptions,
): Promise<Record<string, string>> {
  const state = await readState(stack, options);
  const { urns, environment } = guardOf(state, previewed, options.allowed);
  await setProtection("protect", stack, urns, options);
  return environment;
}

/**
 * Removes the protection that the program has left, also after a failed or cancelled update. After one that was killed,
 * recovery does it.
 */
export async function endGuard(
  stack: string,
  options: EngineOptions,
  onProblem: (text: string) => void,
): Promise<void> {
  if (options.cancellation.forced.aborted) return;
  const own = { ...options, cancellation: new Cancellation() };
  try {
    await setProtection("unprotect", stack, stillGuarded(await readState(stack, own)), own);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    onProblem(`Pulumi protects the Teleport resources until the next update: ${why}`);
  }
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
