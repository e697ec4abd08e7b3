import type { SettingsWithAgents, Settings } from "../../settings/schema";
import { runFor, runForApps } from "./catalogue";
import type { CheckResult, Phase } from "./check";
import { liveApps, liveContext, type LiveArgs } from "./live-context";
import type { RunOptions } from "./run";

export { assertSelectable } from "./catalogue";
export type { CheckResult, State } from "./check";
export type { LiveArgs } from "./live-context";

/** An event handler has no checks: they are those of the plane's own stack. */
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

/** What must hold before a deployment; nothing is changed. */
export const preflight = (
  settings: Settings,
  args: LiveArgs,
  options: RunOptions = {},
): Promise<CheckResult[]> => run(settings, args, options, "before");

/** Everything, before and after; nothing is changed. */
export const verify = (
  settings: Settings,
  args: LiveArgs,
  options: RunOptions = {},
): Promise<CheckResult[]> => run(settings, args, options);

/** Whether any check failed; warnings and skipped ones are no failure. */
export const hasFailed = (results: readonly CheckResult[]): boolean =>
  results.some(({ state }) => state === "failed");
