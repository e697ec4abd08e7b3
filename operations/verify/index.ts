import type { SettingsWithAgents, Settings } from "../../settings/schema";
import { runFor, runForApps } from "./catalogue";
import type { CheckResult, Phase } from "./check";
import { liveApps, liveContext, type LiveArgs } from "./live-context";
import type { RunOptions } from "./run";

export { assertSelectable } from "./catalogue";
export type { CheckResult, State } from "./check";
export type { LiveArgs } from "./live-context";

/** The plane's stack checks the event handler. */
const hasChecks = (settings: Settings): settings is SettingsWithAgents =>
  settings.kind === "plane" || settings.kind === "agent";

function run(
  settings: Settings,
  args: LiveArgs,
  options: RunOptions,
  phase?: Phase,
): Promise<CheckResult[]> {
  const preflight = phase === "before" ? { preflight: true } : {};
  if (settings.kind === "apps") {
    return runForApps({ ...liveApps(settings, args), ...preflight }, phase, options);
  }
  return hasChecks(settings)
    ? runFor({ ...liveContext(settings, args), ...preflight }, phase, options)
    : Promise.resolve([]);
}

/** Runs the checks that must pass before a deployment. Changes nothing. */
export const preflight = (
  settings: Settings,
  args: LiveArgs,
  options: RunOptions = {},
): Promise<CheckResult[]> => run(settings, args, options, "before");

/** Runs all checks. Changes nothing. */
export const verify = (
  settings: Settings,
  args: LiveArgs,
  options: RunOptions = {},
): Promise<CheckResult[]> => run(settings, args, options);

/** True if a check failed. Warnings and skipped checks do not count. */
export const hasFailed = (results: readonly CheckResult[]): boolean =>
  results.some(({ state }) => state === "failed");
