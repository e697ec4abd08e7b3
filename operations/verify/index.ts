import type { Settings } from "../../settings/schema";
import { runFor } from "./catalogue";
import type { CheckResult } from "./check";
import { liveContext, type LiveArgs } from "./live-context";
import type { RunOptions } from "./run";

export { assertSelectable } from "./catalogue";
export type { CheckResult, State } from "./check";
export type { LiveArgs } from "./live-context";

/** What must hold before a deployment; nothing is changed. */
export const preflight = (
  settings: Settings,
  args: LiveArgs,
  options: RunOptions = {},
): Promise<CheckResult[]> => runFor(liveContext(settings, args), "before", options);

/** Everything, before and after; nothing is changed. */
export const verify = (
  settings: Settings,
  args: LiveArgs,
  options: RunOptions = {},
): Promise<CheckResult[]> => runFor(liveContext(settings, args), undefined, options);

/** Whether any check failed; warnings and skipped ones are no failure. */
export const hasFailed = (results: readonly CheckResult[]): boolean =>
  results.some(({ state }) => state === "failed");
