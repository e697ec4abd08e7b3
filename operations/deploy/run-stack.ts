import type { Stack } from "@pulumi/pulumi/automation";
import { wakeOperator } from "../../teleport/wake-operator";
import { durationText } from "../../teleport/duration";
import { CommandError } from "../base/exit-codes";
import { stackSettings } from "../base/stack-settings";
import { refuseDependents } from "./dependents";
import { openStack, type EngineOptions } from "../engine/engine-stack";
import { refuseFullDisk } from "../engine/file-backend";
import { whenUnlocked } from "../engine/lock";
import { endGuard, guard, liftProtection, refuseDestruction, unseen } from "./guard";
import { Interrupted } from "./interrupted";
import { failedObject, withObjectFaults, type FailedObject } from "./object-faults";
import { refuseOrphans } from "./operator-loss";
import { runPreflight, type Preflight } from "./preflight";
import { refusals, refusalText, type Allowance } from "./protection";
import { afterPluginDied, recover } from "./recover-run";
import type { Reporter } from "./reporter";
import {
  runOperation,
  type Operation,
  type OperationOptions,
  type Outcome,
} from "../engine/run-operation";
import { changes, countSteps, type Step } from "../engine/steps";
import type { Turns } from "./turns";

/** Options of one operation on one stack. */
export interface RunOptions
  extends EngineOptions, Pick<OperationOptions, "configFile" | "message" | "refresh"> {
  operation: Operation | "preview";
  reporter: Reporter;
  allowed: readonly Allowance[];
  /** Longest wait for another update's lock, in milliseconds. */
  lockTimeout: number;
  /** Stacks that the same command works on. */
  together?: readonly string[];
  /** Fail if there is anything to change. */
  expectNoChanges?: boolean;
  /** Default: none. */
  preflight?: Preflight;
  /** Ids or groups of checks that may fail. */
  ignored?: readonly string[];
  /** Turns of checks and previews, which need processor time. Default: each runs at once. */
  turns?: Turns;
  /** Asks for confirmation after the preview. */
  confirm: (stack: string, steps: readonly Step[]) => Promise<boolean>;
}

/** Result of an operation on one stack. */
export interface RunResult {
  changes: ReturnType<typeof countSteps>;
  steps: Step[];
  seconds: number;
  warnings: string[];
  /** Changes that need `--allow`. Only after a preview. */
  refused?: string;
  backup?: string;
}

const TITLE = { up: "deploying", refresh: "reading what is there", destroy: "destroying" } as const;

/** Resources that an operation failed on. */
interface Failures {
  stuck: FailedObject[];
  interrupted: Interrupted;
}

async function follow(
  stack: Stack,
  name: string,
  options: RunOptions,
  operation: Operation,
  preview: boolean,
  total?: number,
  { stuck, interrupted }: Failures = { stuck: [], interrupted: new Interrupted() },
): Promise<Outcome> {
  const { reporter, configFile, message, refresh, cancellation } = options;
  reporter.begin(name, preview ? "previewing" : TITLE[operation], total);
  try {
    return await runOperation(stack, operation, {
      cancellation,
      preview,
      refresh,
      configFile,
      message,
      refuse:
        preview || operation === "refresh"
          ? undefined
          : (step, begun) => unseen(step, begun, options),
      onEvent: (event) => {
        reporter.event(name, event);
        const failed = failedObject(event);
        if (failed !== undefined) stuck.push(failed);
        interrupted.add(event);
      },
    });
  } finally {
    reporter.end(name);
  }
}

/**
 * Runs one operation on one stack: checks settings and preconditions, resolves what an earlier update left,
 * previews, checks protection, and then runs the operation. Throws `CommandError`.
 */
export async function runStack(name: string, options: RunOptions): Promise<RunResult> {
  const { operation, reporter, allowed, cancellation, lockTimeout, expectNoChanges } = options;
  const inTurn: Turns = options.turns ?? ((work) => work());
  const began = Date.now();
  const settings = stackSettings(name, options.cwd, options.configFile);
  const stack = await openStack(name, options);
  const lock = {
    timeout: lockTimeout,
    cancellation,
    onWait: (text: string) => reporter.note(name, text, "warning"),
  };
  const result = (outcome: Outcome, more: Partial<RunResult> = {}): RunResult => ({
    changes: countSteps(outcome.steps.filter(changes)),
    steps: outcome.steps.filter(changes),
    seconds: (Date.now() - began) / 1000,
    warnings: outcome.warnings,
    ...more,
  });
  if (operation === "up") await inTurn(() => runPreflight(name, settings, options));
  if (operation === "destroy") {
    await refuseDependents(name, options);
    await refuseDestruction(name, options);
  }
  if (operation !== "preview") await refuseFullDisk(name, options);
  const backup =
    operation === "preview"
      ? undefined
      : await whenUnlocked(name, () => recover(name, settings, options), lock);
  if (operation === "refresh") {
    const run = () => follow(stack, name, options, "refresh", false);
    return result(await whenUnlocked(name, run, lock), { backup });
  }
  const target = operation === "destroy" ? "destroy" : "up";
  if (operation !== "preview") {
    await whenUnlocked(name, () => liftProtection(name, options), lock);
  }
  const preview = await inTurn(() => follow(stack, name, options, target, true));
  const refused = refusals(preview.steps, allowed);
  const planned = preview.steps.filter(changes);
  if (expectNoChanges === true && planned.length > 0) {
    const list = planned.map(({ kind, type, name: resource }) => `  ${kind} ${type} ${resource}`);
    throw new CommandError("CHANGES", `no change was expected:\n${list.join("\n")}`);
  }
  if (operation === "preview") {
    return result(preview, { refused: refused.length === 0 ? undefined : refusalText(refused) });
  }
  if (refused.length > 0) throw new CommandError("PROTECTED", refusalText(refused));
  await refuseOrphans(planned, settings, (text) => reporter.note(name, text, "warning"));
  if (planned.length > 0 && !(await options.confirm(name, planned))) {
    throw new CommandError("CANCELLED", "not confirmed; nothing was touched.");
  }
  const failures: Failures = { stuck: [], interrupted: new Interrupted() };
  const { workspace } = stack;
  const run = async () => {
    workspace.envVars = await guard(name, preview.steps, options);
    return follow(stack, name, options, target, false, planned.length, failures);
  };
  const waking = new AbortController();
  // An update wakes the operator from the program. A destroy runs without the program.
  if (target === "destroy" && settings.kind !== "agent") {
    const { kubernetes, namespace } = settings;
    const onProblem = (text: string) =>
      reporter.note(name, `the Teleport operator cannot be woken: ${text}`, "warning");
    void wakeOperator({ kubernetes, namespace: namespace.name, onProblem }, waking.signal);
  }
  let outcome: Outcome;
  try {
    outcome = await whenUnlocked(name, run, lock);
  } catch (error) {
    const { stuck, interrupted } = failures;
    const told = await withObjectFaults(error, stuck, settings);
    await afterPluginDied(name, settings, options, interrupted);
    throw told;
  } finally {
    waking.abort();
    if (Object.keys(workspace.envVars).length > 0) {
      await endGuard(name, options, (text) => reporter.note(name, text, "warning"));
    }
  }
  const total = result(outcome, { backup });
  reporter.note(name, `done in ${durationText(Date.now() - began)}`);
  return total;
}
