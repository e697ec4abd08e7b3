import * as os from "node:os";
import type { Allowance } from "../deploy/protection";
import type { LogFormat } from "../deploy/reporter";
import type { RunOptions } from "../deploy/run-stack";
import type { Step } from "../engine/steps";
import { printJson, wantsColor, type Context } from "../base/context";
import { CommandError, EXIT, type ExitName } from "../base/exit-codes";
import { explainError } from "./explain-error";
import type { StackReport } from "./stack-report";

/** Values of the flags of `preview`, `up`, `refresh` and `destroy`. */
export interface RunFlags extends Pick<
  RunOptions,
  "configFile" | "message" | "refresh" | "expectNoChanges" | "preflight" | "ignored"
> {
  stack?: string;
  stacks?: string;
  json: boolean;
  parallel: number;
  deadline?: number;
  events?: string;
  logFormat: LogFormat;
  otelTraces?: string;
  yes?: boolean;
  lockTimeout?: number;
  allow?: string[];
}

function checkFlags(flags: RunFlags, names: readonly string[]): void {
  if (flags.json && flags.events === "-") {
    throw new CommandError("USAGE", "--json and --events - both want standard output.");
  }
  if (flags.configFile !== undefined && names.length > 1) {
    throw new CommandError("USAGE", "--config-file is for one stack.");
  }
}

/** Asks for confirmation after the preview. Without a terminal, --yes is required. */
function confirmation(context: Context, flags: RunFlags, several: boolean): RunOptions["confirm"] {
  if (flags.yes === true) return () => Promise.resolve(true);
  if (context.stderr.isTTY !== true || several || flags.json) {
    throw new CommandError("USAGE", "there is no terminal to confirm on; pass --yes.");
  }
  return async (stack: string, steps: readonly Step[]) => {
    const { stepsText } = await import("./summary");
    context.stderr.write(`${stepsText(steps, wantsColor(context))}\n`);
    return (await context.ask(`Do it on stack ${stack}? Type yes: `)).trim() === "yes";
  };
}

/** Runs an operation on the stacks in the flags, and prints the result. */
export async function runStacks(
  operation: RunOptions["operation"],
  context: Context,
  flags: RunFlags,
): Promise<void> {
  const { selectStacks, stackOrder, reversed, inOrder } = await import("../deploy/stack-order");
  const { parseAllowance } = await import("../deploy/protection");
  const allowed: Allowance[] = (flags.allow ?? []).map(parseAllowance);
  const names =
    flags.configFile !== undefined && flags.stack !== undefined
      ? [flags.stack]
      : selectStacks(flags, context.cwd);
  checkFlags(flags, names);
  const several = names.length > 1;
  const confirm =
    operation === "preview" ? () => Promise.resolve(false) : confirmation(context, flags, several);
  const ordered = several
    ? stackOrder(names, context.cwd)
    : names.map((name) => ({ name, needs: [] }));

  const { Cancellation } = await import("../engine/cancellation");
  const { reporterFor, eventSink } = await import("../deploy/reporter");
  const { runStack } = await import("../deploy/run-stack");
  const { turns } = await import("../deploy/turns");
  const cancellation = new Cancellation();
  const reporter = await reporterFor({
    stream: context.stderr,
    format: flags.logFormat,
    events: flags.events === undefined ? undefined : eventSink(flags.events, context.stdout),
  });
  if (flags.deadline !== undefined) cancellation.setDeadline(flags.deadline);
  const unlisten = cancellation.listen((forced) => {
    const text = forced
      ? "ending the engine at once"
      : "cancelling: the running steps are ended first; a second signal ends the engine at once";
    names.forEach((name) => reporter.note(name, text, "warning"));
  });
  const refuseCancelled = () => {
    const { reason } = cancellation;
    if (reason !== undefined) throw new CommandError(reason, "not started.");
  };
  // More checks and previews at a time only take processor time from each other, until checks time out.
  const limited = turns(2 * os.availableParallelism());
  const options: RunOptions = {
    operation,
    cwd: context.cwd,
    env: context.env,
    cancellation,
    reporter,
    allowed,
    confirm,
    lockTimeout: flags.lockTimeout ?? 0,
    configFile: flags.configFile,
    refresh: flags.refresh,
    message: flags.message,
    together: names,
    preflight: flags.preflight,
    ignored: flags.ignored,
    expectNoChanges: flags.expectNoChanges,
    turns: several
      ? (work) =>
          limited(() => {
            refuseCancelled();
            return work();
          })
      : undefined,
    extraArgs: flags.otelTraces === undefined ? [] : ["--otel-traces", flags.otelTraces],
  };
  const run = async (stack: string): Promise<StackReport> => {
    try {
      refuseCancelled();
      const result = await runStack(stack, options);
      const unchanged = result.steps.length === 0;
      return { stack, result: unchanged ? "unchanged" : "done", reason: "OK", code: 0, ...result };
    } catch (error) {
      const { reason, code, message } = explainError(error);
      return { stack, result: "failed", reason, code, error: message };
    }
  };
  const skip = (stack: string, because: string): StackReport => {
    const error = `needs stack ${because}, which failed.`;
    return { stack, result: "skipped", reason: "FAILED", code: EXIT.FAILED, error };
  };
  let reports: StackReport[];
  try {
    reports = await inOrder(
      operation === "destroy" ? reversed(ordered) : ordered,
      flags.parallel,
      run,
      skip,
      ({ code }) => code === 0,
    );
  } finally {
    unlisten();
    reporter.close();
  }
  await finish(operation, context, flags, reports);
}

async function finish(
  operation: RunOptions["operation"],
  context: Context,
  flags: RunFlags,
  reports: readonly StackReport[],
): Promise<void> {
  const failed = reports.find(({ result }) => result === "failed");
  if (flags.json) {
    printJson(context, { operation, stacks: reports });
  } else {
    const { resultText } = await import("./summary");
    // Standard output has the events.
    const stream = flags.events === "-" ? context.stderr : context.stdout;
    stream.write(`${resultText(operation, reports, wantsColor(context))}\n`);
  }
  // The result contains the error.
  if (failed !== undefined) throw new ReportedError(failed.reason);
}

/** A failure that has been printed. */
export class ReportedError extends CommandError {
  constructor(reason: ExitName) {
    super(reason, "");
  }
}
