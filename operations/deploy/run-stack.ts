import type { Stack } from "@pulumi/pulumi/automation";
import type { Settings } from "../../settings/schema";
import { wakeOperator } from "../../teleport/wake-operator";
import { durationText } from "../../teleport/duration";
import { CommandError } from "../base/exit-codes";
import { stackSettings } from "../base/stack-settings";
import { shortUrn } from "../base/urn";
import type { CheckResult } from "../verify";
import { refuseDependents } from "./dependents";
import { engineCommand, openStack, type EngineOptions } from "../engine/engine-stack";
import { whenUnlocked } from "../engine/lock";
import { Interrupted } from "./interrupted";
import { failedObject, withObjectFaults, type FailedObject } from "./object-faults";
import { refuseOrphans } from "./operator-loss";
import { resolutionText } from "./pending";
import { liftedProtections, refusals, refusalText, unguarded, type Allowance } from "./protection";
import { recoverStack } from "./recover-stack";
import type { Reporter } from "./reporter";
import { runOperation, type Operation, type Outcome } from "../engine/run-operation";
import { readState, type PendingOperation } from "../engine/state";
import { changes, countSteps, type Step } from "../engine/steps";
import { stuckText } from "./stuck-releases";
import { survivorsText } from "./survivors";

/** Everything that can be known to fail before anything is touched. */
export type Preflight = (stack: string, settings: Settings) => Promise<CheckResult[]>;

export interface RunOptions extends EngineOptions {
  operation: Operation | "preview";
  reporter: Reporter;
  allowed: readonly Allowance[];
  /** Milliseconds to wait for the lock of somebody else. */
  lockTimeout: number;
  configFile?: string;
  refresh?: boolean;
  message?: string;
  /** Stacks that the same command works on. */
  together?: readonly string[];
  /** Fail when there is anything to change. */
  expectNoChanges?: boolean;
  /** Default: none. */
  preflight?: Preflight;
  /** Ids or groups of checks that may fail. */
  ignored?: readonly string[];
  /** Asks whether to go on, after the preview. */
  confirm: (stack: string, steps: readonly Step[]) => Promise<boolean>;
}

/** What came of one stack. */
export interface RunResult {
  changes: ReturnType<typeof countSteps>;
  steps: Step[];
  seconds: number;
  warnings: string[];
  /** What a change would need `--allow` for; only of a preview. */
  refused?: string;
  backup?: string;
}

async function check(stack: string, settings: Settings, options: RunOptions): Promise<void> {
  const { preflight, reporter, ignored = [] } = options;
  if (preflight === undefined) return;
  reporter.begin(stack, "checking what the deployment needs");
  const results = await preflight(stack, settings)
    .catch((error: unknown) => {
      throw new CommandError("PREFLIGHT", `the checks cannot run: ${(error as Error).message}`);
    })
    .finally(() => reporter.end(stack));
  const tolerated = ({ id, group }: CheckResult) => ignored.includes(id) || ignored.includes(group);
  for (const result of results) {
    const { id, state, seen } = result;
    if (state === "warning" || (state === "failed" && tolerated(result))) {
      reporter.note(stack, `${id}: ${seen}`, "warning");
    }
  }
  const failed = results.filter((result) => result.state === "failed" && !tolerated(result));
  if (failed.length === 0) return;
  const lines = failed.map(({ id, seen, remedy }) => `  ${id}: ${seen}\n      ${remedy}`);
  throw new CommandError(
    "PREFLIGHT",
    `${failed.length} of ${results.length} checks failed; nothing was touched:\n${lines.join("\n")}`,
  );
}

async function recover(
  stack: string,
  settings: Settings,
  options: RunOptions,
  interrupted?: readonly PendingOperation[],
): Promise<string | undefined> {
  const { reporter, operation, lockTimeout: timeout } = options;
  const onWait = (text: string) => reporter.note(stack, text, "warning");
  const next = operation === "destroy" ? "destroy" : "up";
  const { backup, pending, releases, survivors } = await recoverStack(stack, settings, {
    ...{ ...options, next, timeout, onWait, interrupted },
  });
  if (survivors.length > 0) {
    onWait(`ended what had outlived its engine: ${survivorsText(survivors)}`);
  }
  if (backup === undefined) return undefined;
  onWait(`an earlier update was cut off; the state as it was is kept in ${backup}`);
  for (const resolution of pending) reporter.note(stack, resolutionText(resolution));
  for (const release of releases) reporter.note(stack, stuckText(release));
  return backup;
}

/**
 * Takes into the state what was made although its plugin died, so that the next update does not make
 * it twice.
 */
async function afterPluginDied(
  stack: string,
  settings: Settings,
  options: RunOptions,
  { operations }: Interrupted,
): Promise<void> {
  if (operations.length === 0 || options.cancellation.reason !== undefined) return;
  const warn = (text: string) => options.reporter.note(stack, text, "warning");
  warn(`a plugin died while making ${operations.length} resources; looking for what it made`);
  try {
    await recover(stack, settings, options, operations);
  } catch (reason) {
    const names = operations.map(({ resource }) => shortUrn(resource.urn)).join(", ");
    warn(`what became of ${names} cannot be told, look before the next update: ${String(reason)}`);
  }
}

/** Pulumi's own protection ends for what `--allow` names; the next update sets it again. */
async function liftProtection(stack: string, options: RunOptions): Promise<void> {
  if (options.allowed.length === 0) return;
  const urns = liftedProtections(await readState(stack, options), options.allowed);
  if (urns.length === 0) return;
  await engineCommand(["state", "unprotect", "--yes", "--stack", stack, ...urns], options);
}

/**
 * Lets the engine itself refuse to delete what this operation must not: settings, state or program may
 * have changed since the preview. An update gives each resource that stays the program's own protection
 * back, so that nothing is left of this.
 */
async function guard(stack: string, options: RunOptions): Promise<void> {
  const urns = unguarded(await readState(stack, options), options.allowed);
  if (urns.length === 0) return;
  await engineCommand(["state", "protect", "--yes", "--stack", stack, ...urns], options);
}

const TITLE = { up: "deploying", refresh: "reading what is there", destroy: "destroying" } as const;

/**
 * Why an update must not begin a step: what its preview would have been refused for. The preview did
 * not show it, because settings, state or cluster have changed since.
 */
function unseen(step: Step, { allowed }: RunOptions): string | undefined {
  const refused = refusals([step], allowed);
  if (refused.length === 0) return undefined;
  const [, ...lines] = refusalText(refused).split("\n");
  return `stopped at what the preview did not show; what was done before is recorded:\n${lines.join("\n")}`;
}

/** What an operation failed on. */
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
      refuse: preview || operation === "refresh" ? undefined : (step) => unseen(step, options),
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
 * One operation on one stack, safely: settings, checks, what an earlier update left, preview, what
 * is protected, and only then the operation itself. Throws `CommandError`.
 */
export async function runStack(name: string, options: RunOptions): Promise<RunResult> {
  const { operation, reporter, allowed, cancellation, lockTimeout, expectNoChanges } = options;
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
  if (operation === "up") await check(name, settings, options);
  if (operation === "destroy") await refuseDependents(name, options);
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
  const preview = await follow(stack, name, options, target, true);
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
  const run = async () => {
    await guard(name, options);
    return follow(stack, name, options, target, false, planned.length, failures);
  };
  const waking = new AbortController();
  // In an update the program does it; a destruction runs without the program.
  if (target === "destroy" && settings.kind !== "agent") {
    const { kubernetes, namespace } = settings;
    const onProblem = (text: string) =>
      reporter.note(name, `the Teleport operator cannot be woken: ${text}`, "warning");
    void wakeOperator({ kubernetes, namespace: namespace.name, onProblem }, waking.signal);
  }
  const outcome = await whenUnlocked(name, run, lock)
    .catch(async (error: unknown) => {
      const { stuck, interrupted } = failures;
      const told = await withObjectFaults(error, stuck, settings);
      await afterPluginDied(name, settings, options, interrupted);
      throw told;
    })
    .finally(() => waking.abort());
  const total = result(outcome, { backup });
  reporter.note(name, `done in ${durationText(Date.now() - began)}`);
  return total;
}
