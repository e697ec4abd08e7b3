import { groupOf, skipped, type Check, type CheckResult, type CheckOutcome } from "./check";
import type { StackContext } from "./context";
import { redactText } from "../base/redact";
import { simulated } from "./plane";
import { pasteable } from "./remedy";

const DEFAULT_SECONDS = 30;

export interface RunOptions {
  /** Ids and groups to run. Default: all. */
  only?: readonly string[];
  /** Ids and groups to leave out. Default: none. */
  skip?: readonly string[];
  /** Called after each check. */
  onResult?: (result: CheckResult) => void;
}

/** Whether a check runs: `only` names it or its group, and `skip` does not. */
export function isSelected(id: string, { only = [], skip = [] }: RunOptions): boolean {
  const named = (list: readonly string[]) => list.includes(id) || list.includes(groupOf(id));
  return (only.length === 0 || named(only)) && !named(skip);
}

/** The checks that `only` names and `skip` does not. Throws for an unknown name. */
export function selectChecks<Looks extends StackContext>(
  checks: readonly Check<Looks>[],
  only: readonly string[] = [],
  skip: readonly string[] = [],
): Check<Looks>[] {
  const names = new Set(checks.flatMap(({ id }) => [id, groupOf(id)]));
  const unknown = [...only, ...skip].filter((name) => !names.has(name));
  if (unknown.length > 0) {
    const groups = [...new Set(checks.map(({ id }) => groupOf(id)))].join(", ");
    throw new Error(
      `there is no check or group ${unknown.map((name) => `"${name}"`).join(", ")}: ` +
        `choose ids (see docs/verify.md) or groups of ${groups}`,
    );
  }
  return checks.filter(({ id }) => isSelected(id, { only, skip }));
}

/** Runs checks in parallel, each with its timeout. Results are in the order of `checks`. */
export async function runChecks<Looks extends StackContext>(
  checks: readonly Check<Looks>[],
  context: Looks,
  { only, skip, onResult }: RunOptions = {},
): Promise<CheckResult[]> {
  const selected = selectChecks(checks, only, skip).filter(
    (check) => check.applies?.(context.settings) ?? true,
  );
  const running = new Map<string, Promise<Outcome>>();
  const outcome = (check: Check<Looks>): Promise<Outcome> => {
    let promise = running.get(check.id);
    if (promise === undefined) {
      promise = runOne(check, context, needed(check)).then((done) => {
        onResult?.(done.result);
        return done;
      });
      running.set(check.id, promise);
    }
    return promise;
  };
  const needed = (check: Check<Looks>) =>
    selected.filter(({ id }) => check.needs?.includes(id) ?? false).map((other) => outcome(other));
  // The longest begin first.
  selected
    .toSorted((one, two) => (two.timeoutSeconds ?? 0) - (one.timeoutSeconds ?? 0))
    .forEach((check) => void outcome(check));
  return (await Promise.all(selected.map(outcome))).map(({ result }) => result);
}

/** A result, with the failed checks behind it: itself, or those that it was skipped for. */
interface Outcome {
  result: CheckResult;
  causes: string[];
}

async function runOne<Looks extends StackContext>(
  check: Check<Looks>,
  context: Looks,
  needed: Promise<Outcome>[],
): Promise<Outcome> {
  const broken = [...new Set((await Promise.all(needed)).flatMap(({ causes }) => causes))];
  const started = Date.now();
  const finding =
    broken.length > 0 ? skipped(`see ${broken.join(", ")}`) : await withinTime(check, context);
  const result: CheckResult = {
    id: check.id,
    group: groupOf(check.id),
    title: check.title,
    state: finding.state,
    seen: redactText(finding.seen),
    expected: finding.expected ?? check.expected,
    remedy: pasteable(finding.remedy ?? check.remedy, context),
    milliseconds: Date.now() - started,
  };
  return { result, causes: finding.state === "failed" ? [check.id] : broken };
}

async function withinTime<Looks extends StackContext>(
  check: Check<Looks>,
  context: Looks,
): Promise<CheckOutcome> {
  const seconds = check.timeoutSeconds ?? DEFAULT_SECONDS;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CheckOutcome>((resolve) => {
    timer = setTimeout(() => {
      resolve({ state: "failed", seen: `no answer within ${seconds} seconds` });
    }, seconds * 1000);
  });
  try {
    const asked = async () => {
      const why = check.needsPods === true ? await simulated(context.kubernetes) : undefined;
      return why === undefined ? check.run(context) : skipped(why);
    };
    return await Promise.race([asked(), late]);
  } catch (error) {
    return { state: "failed", seen: messageOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** An error's message with the messages of its causes, which `fetch` needs. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.message === "" ? error.name : error.message;
  if (error instanceof AggregateError && error.errors.length > 0) {
    return [...new Set(error.errors.map(messageOf))].join("; ");
  }
  return error.cause === undefined ? own : `${own}: ${messageOf(error.cause)}`;
}
