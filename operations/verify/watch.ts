import { setTimeout as sleep } from "node:timers/promises";
import type { CheckResult } from "./check";

/** How a plane is watched. */
export interface WatchOptions {
  /** Seconds between the end of a round and the start of the next. */
  seconds: number;
  /** Ends the watching, between rounds. */
  signal: AbortSignal;
  /** Called after each round, with what is different from the one before. */
  onRound: (results: CheckResult[], changed: CheckResult[]) => unknown;
}

/** Runs rounds until the signal; resolves to the last round. */
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
