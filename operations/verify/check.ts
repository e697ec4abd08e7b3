import type { PlaneContext, StackContext } from "./context";

/** Result of a check. */
export type State = "ok" | "warning" | "failed" | "skipped";

/** Outcome of a check. `expected` and `remedy` replace the check's own. */
export interface CheckOutcome {
  state: State;
  seen: string;
  expected?: string;
  remedy?: string;
}

/** A read-only check of a plane, or, as `Check<Context>`, of any stack with agents. */
export interface Check<Looks extends StackContext = PlaneContext> {
  /** `GROUP.SUBJECT`. It never changes, because `--only` and alerts use it. */
  id: string;
  title: string;
  /** True if it must hold before a deployment, too. Default: only after one. */
  before?: true;
  /** Expected state, for people. */
  expected: string;
  /** Remedy. Commands are in backticks and complete ({@link pasteable}). */
  remedy: string;
  /** Checks that must pass first. If one of them fails, this check is skipped. */
  needs?: readonly string[];
  /** True if only running pods can answer. The check is skipped if pods are simulated. Default: no. */
  needsPods?: boolean;
  /** Timeout. Default: 30 seconds. */
  timeoutSeconds?: number;
  /** True if the check applies to these settings. Default: yes. */
  applies?(settings: Looks["settings"]): boolean;
  /** A thrown error is a failure. */
  run(context: Looks): Promise<CheckOutcome>;
}

/** A check with its outcome. */
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

/** Checks or results by group. Groups are in order of appearance. */
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

/** Failed with all problems, or ok. Undefined entries are no problems. */
export function verdict(
  problems: readonly (string | undefined)[],
  good: string,
  more: More = {},
): CheckOutcome {
  const found = problems.filter((problem) => problem !== undefined);
  return found.length === 0 ? ok(good) : failed(found.join("; "), more);
}
