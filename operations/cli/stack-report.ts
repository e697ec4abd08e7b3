import type { ExitName } from "../base/exit-codes";
import type { RunResult } from "../deploy/run-stack";

/** Result of one stack, for the summary and for scripts. */
export interface StackReport extends Partial<RunResult> {
  stack: string;
  result: "done" | "unchanged" | "failed" | "skipped";
  /** Name and number of the exit code. */
  reason: ExitName;
  code: number;
  error?: string;
}
