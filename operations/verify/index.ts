import type { Settings } from "../../settings/schema";
import { runFor } from "./catalogue";
import type { CheckResult } from "./check";
import { DRIFT } from "./checks/drift";
import type { LiveArgs } from "./live-context";
import { isSelected, type RunOptions } from "./run";
import { LiveStack } from "../clients/stack";

export { assertSelectable } from "./catalogue";
export type { CheckResult, State } from "./check";
export type { LiveArgs } from "./live-context";

async function run(
  settings: Settings,
  args: LiveArgs,
  options: RunOptions = {},
  preflight = false,
): Promise<CheckResult[]> {
  // The plane's stack checks the event handler.
  if (settings.kind === "event-handler") return [];
  const { stack: name, cwd, env, configFile } = args;
  const stack = name === undefined ? undefined : new LiveStack(name, cwd, env, configFile);
  // The engine needs longer than all other checks, so it begins before their clients load.
  if (!preflight && isSelected(DRIFT, options)) await stack?.begin();
  const { liveApps, liveContext } = await import("./live-context");
  const context =
    settings.kind === "apps" ? liveApps(settings, args, stack) : liveContext(settings, args, stack);
  return runFor({ ...context, preflight }, options);
}

/** Runs the checks that must pass before a deployment. Changes nothing. */
export const preflight = (settings: Settings, args: LiveArgs, options?: RunOptions) =>
  run(settings, args, options, true);

/** Runs all checks. Changes nothing. */
export const verify = (settings: Settings, args: LiveArgs, options?: RunOptions) =>
  run(settings, args, options);

/** True if a check failed. Warnings and skipped checks do not count. */
export const hasFailed = (results: readonly CheckResult[]): boolean =>
  results.some(({ state }) => state === "failed");
