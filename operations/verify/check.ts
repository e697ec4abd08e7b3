import type { PlaneContext, StackContext } from "./context";

/** What a check came to. */
export type State = "ok" | "warning" | "failed" | "skipped";

/** When a check makes sense: before the first deployment too, or only on what is deployed. */
export type Phase = "before" | "after";

/** What a check saw; `expected` and `remedy` only where they say more than the check's own. */
export interface CheckOutcome {
  state: State;
  seen: string;
  expected?: string;
  remedy?: string;
}

/**
 * One thing that has to hold, read-only: of a plane, or, as `Check<Context>`, of any stack with agents.
 */
export interface Check<Looks extends StackContext = PlaneContext> {
  /** `GROUP.SUBJECT`; stable, for `--only` and for alerts. */
  id: string;
  title: string;
  phase: Phase;
  /** What is expected, for people. */
  expected: string;
  /** What to do when it is not so; commands are in backticks and complete ({@link pasteable}). */
  remedy: string;
  /** Checks without which this one says nothing new: skipped when one of them failed. */
  needs?: readonly string[];
  /** Asks what only pods that really run can answer: skipped where they are simulated. Default: no. */
  needsPods?: boolean;
  /** Longest it may take. Default: 30 seconds. */
  timeoutSeconds?: number;
  /** Whether the settings have this thing at all. Default: yes. */
  applies?(settings: Looks["settings"]): boolean;
  /** A thrown error is a failure, with its message. */
  run(context: Looks): Promise<CheckOutcome>;
}

/** A finding with the check that made it, for people and machines. */
export interface CheckResult {
  id: string;
  group: string;
  title: string;
  state: State;
  seen: string;
  expected: string;
  remedy: string;
  milliseconds: number;
}

/** The first part of an id. */
export const groupOf = (id: string): string => id.split(".")[0] ?? id;

/** Checks or results by their group, groups in order of appearance. */
export function byGroup<T extends { id: string }>(
  list: readonly T[],
): [group: string, members: T[]][] {
  const groups = [...new Set(list.map(({ id }) => groupOf(id)))];
  return groups.map((group) => [group, list.filter(({ id }) => groupOf(id) === group)]);
}

type More = Pick<CheckOutcome, "expected" | "remedy">;

export const ok = (seen: string): CheckOutcome => ({ state: "ok", seen });
export const failed = (seen: string, more: More = {}): CheckOutcome => ({
  state: "failed",
  seen,
  ...more,
});
export const warning = (seen: string, more: More = {}): CheckOutcome => ({
  state: "warning",
  seen,
  ...more,
});
export const skipped = (why: string): CheckOutcome => ({ state: "skipped", seen: why });

/** Failed with all problems at once, or ok with what is good. What has no problem is undefined. */
export function verdict(
  problems: readonly (string | undefined)[],
  good: string,
  more: More = {},
): CheckOutcome {
  const found = problems.filter((problem) => problem !== undefined);
  return found.length === 0 ? ok(good) : failed(found.join("; "), more);
}
