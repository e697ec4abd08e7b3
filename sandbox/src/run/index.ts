/** Start, stop, reset, status and watch of the sandbox. */
import { existsSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { writeEnvironment } from "./environment.ts";
import { isAlive, memoryOf, groupOf } from "./identity.ts";
import { layoutOf, makeFolders } from "./layout.ts";
import type { Layout } from "./layout.ts";
import type { Sandbox } from "./part.ts";
import { dataFolders } from "./parts/postgres.ts";
import { parts, steps } from "./parts/index.ts";
import { choosePorts } from "./ports.ts";
import { tail } from "./processes.ts";
import { loadSecrets } from "./secrets.ts";
import { locked, readState, writeState } from "./state.ts";
import type { Recorded } from "./state.ts";
import { PartCrashed, bringDown, bringUp } from "./supervisor.ts";
import type { StepEvent } from "./supervisor.ts";

export { PartCrashed, StartFailed } from "./supervisor.ts";
export type { StepEvent } from "./supervisor.ts";
export { defaultStateDir } from "./layout.ts";
export { variables } from "./environment.ts";

/** Which sandbox is meant. */
export interface Options {
  /** Its folder. Defaults to `.sandbox` of this checkout. */
  readonly stateDir?: string;
}

/** How to start. */
export interface StartOptions extends Options {
  /** Called with the progress of each part. */
  readonly onEvent?: (event: StepEvent) => void;
  /** Leaves out parts whose programs are not set up yet instead of failing. Defaults to false. */
  readonly partial?: boolean;
}

/** One part in `status`. */
export interface PartStatus {
  readonly name: string;
  readonly state: "running" | "crashed" | "stopped";
  readonly pid?: number;
  readonly port?: number;
  /** Resident memory in bytes, children included. */
  readonly memory?: number;
  readonly log: string;
  /** The end of its log, if it crashed. */
  readonly tail?: string;
}

/** Starts what does not run yet, seeds, and writes the env file; resolves when all is ready. */
export async function start(options: StartOptions = {}): Promise<Sandbox> {
  const layout = layoutOf(options.stateDir);
  makeFolders(layout);
  return locked(layout, async () => {
    const sandbox = await prepare(layout);
    try {
      await bringUp(steps, sandbox, {
        partial: options.partial ?? false,
        onEvent: options.onEvent ?? (() => {}),
      });
    } finally {
      writeEnvironment(sandbox);
    }
    const crashed = crashedParts(layout)[0];
    if (crashed !== undefined) throw crashed;
    return sandbox;
  });
}

/** What to stop. */
export interface StopOptions extends Options {
  /** Names of parts; those that need them are stopped, too. Default: all. */
  readonly parts?: readonly string[];
}

/** Ends exactly the processes that were started. Their data stays. Returns the names of the ended parts. */
export async function stop(options: StopOptions = {}): Promise<string[]> {
  const layout = layoutOf(options.stateDir);
  if (!existsSync(layout.root)) return [];
  return locked(layout, () => bringDown(steps, layout, options.parts));
}

/** Stops and removes all data, the stack's Pulumi state included; provider plugins stay. */
export async function reset(options: Options = {}): Promise<void> {
  const layout = layoutOf(options.stateDir);
  if (!existsSync(layout.root)) return;
  await locked(layout, async () => {
    await bringDown(steps, layout);
    const { env, kubeconfig, secrets, logs, pki, etcd, kubernetes, vault, aws } = layout;
    const data = [pki, etcd, kubernetes, vault, aws, layout.controllers, layout.pulumiState];
    const databases = dataFolders(layout).map(dirname);
    for (const path of [env, kubeconfig, secrets, logs, ...data, ...databases]) {
      rmSync(path, { recursive: true, force: true });
    }
    writeState(layout, { ports: readState(layout).ports, parts: {} });
  });
}

/** Every part, running or not. */
export function status(options: Options = {}): PartStatus[] {
  const layout = layoutOf(options.stateDir);
  const recorded = readState(layout).parts;
  return parts.map(({ name }) => {
    const process = recorded[name];
    const log = layout.log(name);
    if (process === undefined) return { name, state: "stopped", log };
    if (!isAlive(process)) return { name, state: "crashed", log, tail: tail(log) };
    return {
      name,
      state: "running",
      pid: process.pid,
      ...(process.port === undefined ? {} : { port: process.port }),
      memory: memoryWithChildren(process),
      log,
    };
  });
}

/** The status as a table, with the end of the log of whatever crashed. */
export function formatStatus(all: readonly PartStatus[]): string {
  const rows = all.map(({ name, state, pid, port, memory }) => [
    name,
    state,
    pid === undefined ? "-" : String(pid),
    port === undefined ? "-" : `127.0.0.1:${port}`,
    memory === undefined ? "-" : `${Math.round(memory / 1024 / 1024)} MiB`,
  ]);
  const table = [["part", "state", "pid", "address", "memory"], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const total = all.reduce((sum, { memory }) => sum + (memory ?? 0), 0);
  const crashed = all
    .filter(({ state }) => state === "crashed")
    .map(({ name, log }) => `\n${new PartCrashed(name, log).message}`);
  return [...lines, `\n${Math.round(total / 1024 / 1024)} MiB in all`, ...crashed].join("\n");
}

/**
 * Looks at the parts until `signal` aborts; throws when one stopped unexpectedly, with its name
 * and the end of its log.
 */
export async function watch(
  options: Options & { signal?: AbortSignal; everySeconds?: number } = {},
): Promise<void> {
  const layout = layoutOf(options.stateDir);
  while (options.signal?.aborted !== true) {
    const crashed = crashedParts(layout)[0];
    if (crashed !== undefined) throw crashed;
    await sleep((options.everySeconds ?? 2) * 1000, undefined, {
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    }).catch(() => {}); // aborted: the loop ends
  }
}

/** The running sandbox, for tests and tools that use its parts. */
export function connect(options: Options = {}): Sandbox {
  const layout = layoutOf(options.stateDir);
  if (!existsSync(layout.env)) {
    throw new Error(`There is no sandbox in ${layout.root}: start it first.`);
  }
  return { layout, ports: readState(layout).ports, secrets: loadSecrets(layout) };
}

async function prepare(layout: Layout): Promise<Sandbox> {
  const state = readState(layout);
  const running = parts.filter(({ name }) => {
    const process = state.parts[name];
    return process !== undefined && isAlive(process);
  });
  const inUse = new Set(running.flatMap(({ ports }) => ports));
  const names = parts.flatMap(({ ports }) => ports);
  const ports = await choosePorts(names, state.ports, inUse, layout.id);
  writeState(layout, { ...state, ports });
  return { layout, ports, secrets: loadSecrets(layout) };
}

function crashedParts(layout: Layout): PartCrashed[] {
  return Object.entries(readState(layout).parts)
    .filter(([, process]) => !isAlive(process))
    .map(([name, process]) => new PartCrashed(name, process.log));
}

function memoryWithChildren(leader: Recorded): number {
  return groupOf(leader).reduce((sum, { pid }) => sum + memoryOf(pid), 0);
}
