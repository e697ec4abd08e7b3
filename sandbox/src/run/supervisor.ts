/** Starts the graph of parts, watches them, and ends exactly what it started. */
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "./http.ts";
import { groupOf, isAlive } from "./identity.ts";
import type { Identity } from "./identity.ts";
import { isPart } from "./part.ts";
import type { Part, Sandbox, Step } from "./part.ts";
import { launch, tail, terminate } from "./processes.ts";
import { readState, writeState } from "./state.ts";
import type { Recorded } from "./state.ts";
import type { Layout } from "./layout.ts";

/** What happened to one step of a start. */
export interface StepEvent {
  readonly name: string;
  /** A process was kept or started, the step is ready, was left out, or failed. */
  readonly state: "kept" | "starting" | "ready" | "left out" | "failed";
  /** Seconds since this step began. */
  readonly seconds: number;
  readonly message?: string;
}

/** A part that stopped by itself, with the end of its log. */
export class PartCrashed extends Error {
  readonly part: string;
  readonly log: string;

  constructor(part: string, log: string, what = "stopped unexpectedly") {
    super(`${part} ${what}. The end of its log (${log}):\n${indent(tail(log))}`);
    this.part = part;
    this.log = log;
  }
}

/** All failures of one start. */
export class StartFailed extends Error {
  readonly failures: readonly Error[];

  constructor(failures: readonly Error[]) {
    super(
      `The sandbox did not start.\n\n${failures.map(({ message }) => message).join("\n\n")}\n\n` +
        "The parts that started keep running. Start again to retry the others, or stop all of them.",
    );
    this.failures = failures;
  }
}

/** Runs the graph: each step starts when the steps that it names are ready. */
export async function bringUp(
  steps: readonly Step[],
  sandbox: Sandbox,
  options: { partial: boolean; onEvent: (event: StepEvent) => void },
): Promise<void> {
  const failures: Error[] = [];
  const done = new Map<string, Promise<boolean>>();
  const begin = (step: Step): Promise<boolean> => {
    const known = done.get(step.name);
    if (known !== undefined) return known;
    const outcome = (async () => {
      const before = await Promise.all(step.after.map((name) => begin(find(steps, name))));
      if (before.includes(false)) return false;
      return runStep(step, sandbox, options, failures);
    })();
    done.set(step.name, outcome);
    return outcome;
  };
  await Promise.all(steps.map(begin));
  if (failures.length > 0) throw new StartFailed(failures);
}

async function runStep(
  step: Step,
  sandbox: Sandbox,
  options: { partial: boolean; onEvent: (event: StepEvent) => void },
  failures: Error[],
): Promise<boolean> {
  const began = Date.now();
  const tell = (state: StepEvent["state"], message?: string) =>
    options.onEvent({
      name: step.name,
      state,
      seconds: (Date.now() - began) / 1000,
      ...(message === undefined ? {} : { message }),
    });
  try {
    const missing = missingFor(step);
    if (missing !== undefined && options.partial) {
      tell("left out", missing);
      return false;
    }
    if (missing !== undefined) throw new Error(missing);
    if (isPart(step)) await bringUpPart(step, sandbox, tell);
    await step.run?.(sandbox);
    tell("ready");
    return true;
  } catch (error) {
    const failure =
      error instanceof PartCrashed ? error : new Error(`${step.name}: ${messageOf(error)}`);
    failures.push(failure);
    tell("failed", failure.message);
    return false;
  }
}

async function bringUpPart(
  part: Part,
  sandbox: Sandbox,
  tell: (state: StepEvent["state"]) => void,
): Promise<void> {
  const { layout } = sandbox;
  const log = layout.log(part.name);
  let recorded = readState(layout).parts[part.name];
  if (recorded !== undefined && isAlive(recorded)) {
    tell("kept");
  } else {
    if (recorded !== undefined) await terminate(recorded); // children of a crashed part
    tell("starting");
    const process = await launch(part.name, await part.command(sandbox), log);
    const port = sandbox.ports[part.ports[0] ?? ""];
    recorded = {
      ...process,
      startedAt: new Date().toISOString(),
      ...(port === undefined ? {} : { port }),
      log,
    };
    record(layout, part.name, recorded);
  }
  await answering(part, recorded, sandbox);
}

/** Waits until the part answers or its process ends. */
async function answering(part: Part, process: Identity, sandbox: Sandbox): Promise<void> {
  const log = sandbox.layout.log(part.name);
  const seconds = part.readyWithin ?? 60;
  const deadline = Date.now() + seconds * 1000;
  for (let wait = 20; ; wait = Math.min(wait * 1.4, 200)) {
    let reason: string;
    try {
      await part.ready(sandbox);
      return;
    } catch (error) {
      reason = messageOf(error);
    }
    if (!isAlive(process)) throw new PartCrashed(part.name, log, "stopped while starting");
    if (Date.now() > deadline) {
      throw new PartCrashed(part.name, log, `is not ready after ${seconds} s: ${reason}`);
    }
    await sleep(wait);
  }
}

function missingFor(step: Step): string | undefined {
  try {
    const absent = step.requires?.().find((path) => !existsSync(path));
    return absent === undefined ? undefined : `${absent} is missing`;
  } catch (error) {
    return messageOf(error);
  }
}

/**
 * Ends recorded processes, by default all. A part ends after those that need it. Returns the names of the ended
 * parts.
 */
export async function bringDown(
  steps: readonly Step[],
  layout: Layout,
  parts?: readonly string[],
): Promise<string[]> {
  const recorded = readState(layout).parts;
  const users = new Map<string, string[]>();
  for (const step of steps) {
    for (const name of step.after) users.set(name, [...(users.get(name) ?? []), step.name]);
  }
  const ended: string[] = [];
  const done = new Map<string, Promise<void>>();
  const end = (name: string): Promise<void> => {
    const known = done.get(name);
    if (known !== undefined) return known;
    const work = (async () => {
      await Promise.all((users.get(name) ?? []).map(end));
      const process = recorded[name];
      if (process === undefined) return;
      const part = steps.find((step) => step.name === name);
      const signal = part !== undefined && isPart(part) ? part.stopSignal : undefined;
      if (isAlive(process)) ended.push(name);
      await terminate(process, signal);
      record(layout, name, undefined);
    })();
    done.set(name, work);
    return work;
  };
  const names = new Set(parts ?? [...steps.map(({ name }) => name), ...Object.keys(recorded)]);
  await Promise.all([...names].map(end));
  return ended;
}

/** Whether anything that was started still runs, children included. */
export function leftovers(processes: readonly Recorded[]): number[] {
  return processes.flatMap((process) =>
    [...(isAlive(process) ? [process] : []), ...groupOf(process)].map(({ pid }) => pid),
  );
}

function record(layout: Layout, name: string, process: Recorded | undefined): void {
  const state = readState(layout);
  const others = Object.entries(state.parts).filter(([other]) => other !== name);
  state.parts = Object.fromEntries(process === undefined ? others : [...others, [name, process]]);
  writeState(layout, state);
}

function find(steps: readonly Step[], name: string): Step {
  const step = steps.find((candidate) => candidate.name === name);
  if (step === undefined) throw new Error(`No step is called ${name}.`);
  return step;
}

function indent(text: string): string {
  return text.replace(/^/gm, "    ");
}
