import type { SettingsWithAgents, Settings } from "../../settings/schema";
import { runFor } from "./catalogue";
import type { CheckResult } from "./check";
import { liveContext, type LiveArgs } from "./live-context";
import type { RunOptions } from "./run";

export { assertSelectable } from "./catalogue";
export type { CheckResult, State } from "./check";
export type { LiveArgs } from "./live-context";

/** Neighbours of a plane have no checks: theirs are those of the plane's own stack. */
const hasChecks = (settings: Settings): settings is SettingsWithAgents =>
  settings.kind === "plane" || settings.kind === "agent";

/** What must hold before a deployment; nothing is changed. */
export const preflight = (
  settings: Settings,
  args: LiveArgs,
  options: RunOptions = {},
): Promise<CheckResult[]> =>
  hasChecks(settings)
    ? runFor({ ...liveContext(settings, args), preflight: true }, "before", options)
    : Promise.resolve([]);

/** Everything, before and after; nothing is changed. */
export const verify = (
  settings: Settings,
  args: LiveArgs,
  options: RunOptions = {},
): Promise<CheckResult[]> =>
  hasChecks(settings)
    ? runFor(liveContext(settings, args), undefined, options)
    : Promise.resolve([]);

/** Whether any check failed; warnings and skipped ones are no failure. */
export const hasFailed = (results: readonly CheckResult[]): boolean =>
  results.some(({ state }) => state === "failed");
