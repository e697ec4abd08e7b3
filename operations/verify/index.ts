import type { Settings } from "../../settings/schema";
import { runFor } from "./catalogue";
import type { CheckResult } from "./check";
import { liveApps, liveContext, type LiveArgs } from "./live-context";
import type { RunOptions } from "./run";

export { assertSelectable } from "./catalogue";
export type { CheckResult, State } from "./check";
export type { LiveArgs } from "./live-context";

function run(
  settings: Settings,
  args: LiveArgs,
  options: RunOptions = {},
  preflight = false,
): Promise<CheckResult[]> {
  // The plane's stack checks the event handler.
  if (settings.kind === "event-handler") return Promise.resolve([]);
  const context = settings.kind === "apps" ? liveApps(settings, args) : liveContext(settings, args);
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
