import { setTimeout as sleep } from "node:timers/promises";
import type { CheckResult } from "./check";

/** Options of a watch. */
export interface WatchOptions {
  /** Seconds between the end of a run and the start of the next. */
  seconds: number;
  /** Ends the watch between runs. */
  signal: AbortSignal;
  /** Called after each run, with the results that differ from the run before. */
  onRound: (results: CheckResult[], changed: CheckResult[]) => unknown;
}

/** Runs checks until the signal. Returns the last results. */
export async function watch(
  round: () => Promise<CheckResult[]>,
  { seconds, signal, onRound }: WatchOptions,
): Promise<CheckResult[]> {
  let before = new Map<string, string>();
  for (;;) {
    const results = await round();
    const changed = results.filter(({ id, state }) => before.get(id) !== state);
    before = new Map(results.map(({ id, state }) => [id, state]));
    await onRound(results, changed);
    try {
      await sleep(seconds * 1000, undefined, { signal });
    } catch {
      return results;
    }
  }
}
