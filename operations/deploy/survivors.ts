import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { durationText } from "../../teleport/duration";
import { CommandError } from "../base/exit-codes";
import type { Cancellation } from "../engine/cancellation";
import { readProcesses, type ProcessInfo } from "../engine/processes";

/** A process of an update whose engine has ended. */
export interface Survivor {
  pid: number;
  /** A `plugin` may still work on resources. A `program` or its language host cannot. */
  kind: "plugin" | "program";
  /** Name of its executable. */
  name: string;
}

const isEngine = ({ args: [program = ""] }: ProcessInfo) => path.basename(program) === "pulumi";

/** A file of a plugin in the engine's folder of plugins. */
const INSTALLED = /\/plugins\/(resource-[^/]+?)-v\d[^/]*\//;
/** Address of its engine, which each plugin gets. */
const ENGINE_ADDRESS = /^127\.0\.0\.1:\d+$/;

/** Name of a provider plugin. A plugin that is a script, such as one in Node.js, can have a file of any name. */
function pluginOf(args: readonly string[]): string | undefined {
  // The first argument of a script is its interpreter.
  const programs = args.slice(0, 2);
  const named = programs.map((one) => path.basename(one));
  const name = named.find((one) => one.startsWith("pulumi-resource-"));
  if (name !== undefined || !args.some((one) => ENGINE_ADDRESS.test(one))) return name;
  const [installed] = programs.flatMap((one) => INSTALLED.exec(one)?.[1] ?? []);
  return installed && `pulumi-${installed}`;
}

/** Role of a process of an engine. */
function roleOf({ args }: ProcessInfo): Pick<Survivor, "kind" | "name"> | undefined {
  const plugin = pluginOf(args);
  if (plugin !== undefined) return { kind: "plugin", name: plugin };
  const names = args.slice(0, 2).map((argument) => path.basename(argument));
  const host = names.find((name) => name.startsWith("pulumi-language-"));
  if (host !== undefined) return { kind: "program", name: host };
  const runs = args.some((argument) => /@pulumi\/pulumi\/cmd\/run(-policy-pack)?\b/.test(argument));
  return runs ? { kind: "program", name: "the program" } : undefined;
}

/** The value of `--stack` in a program's arguments. */
function stackArgument(args: readonly string[]): string | undefined {
  return args[args.indexOf("--stack") + 1 || args.length]?.split("/").at(-1);
}

/**
 * Processes that outlived the engine of this stack. A process without a stack in its arguments (of plain
 * `pulumi up`) counts if it runs in the project's folder.
 */
export function findSurvivors(
  stack: string,
  cwd: string,
  processes: readonly ProcessInfo[] = readProcesses(),
): Survivor[] {
  const byPid = new Map(processes.map((info) => [info.pid, info]));
  const folder = fs.realpathSync(cwd);
  const hasEngine = (info: ProcessInfo): boolean => {
    const parent = byPid.get(info.parent);
    return parent !== undefined && (isEngine(parent) || hasEngine(parent));
  };
  return processes.flatMap((info) => {
    const role = roleOf(info);
    if (role === undefined || info.cwd !== folder || hasEngine(info)) return [];
    const own = info.stack ?? stackArgument(info.args) ?? stack;
    return own === stack ? [{ pid: info.pid, ...role }] : [];
  });
}

/** `pulumi-resource-kubernetes (process 12) and the program (process 13)`. */
export function survivorsText(survivors: readonly Survivor[]): string {
  return survivors.map(({ name, pid }) => `${name} (process ${pid})`).join(" and ");
}

function signal({ pid }: Survivor, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

/** The plugin that runs Helm. */
const HELM = "pulumi-resource-kubernetes";

/** Milliseconds until a process that does not end is killed. */
const PATIENCE = 3000;

async function end(survivors: readonly Survivor[]): Promise<void> {
  if (survivors.length === 0) return;
  survivors.forEach((survivor) => signal(survivor, "SIGTERM"));
  const late = Date.now() + PATIENCE;
  const alive = () => {
    const pids = new Set(readProcesses().map(({ pid }) => pid));
    return survivors.filter(({ pid }) => pids.has(pid));
  };
  while (alive().length > 0 && Date.now() < late) await sleep(100);
  alive().forEach((survivor) => signal(survivor, "SIGKILL"));
}

export interface SurvivorOptions {
  cwd: string;
  cancellation: Cancellation;
  /** Longest wait for a plugin that still works, in milliseconds. */
  timeout: number;
  onWait: (text: string) => void;
  /** Helm's current work in a plugin of the stack. Undefined if there is none. */
  busy: () => Promise<string | undefined>;
  /** Milliseconds between checks. Default: 1000. */
  pause?: number;
  find?: () => Survivor[];
}

/**
 * Waits until no process of a dead update works on the stack. Plugins outlive their engine and finish the
 * operation that they have started. Ends idle plugins, the program and its language host. Returns the
 * processes. Throws LOCKED after `timeout`.
 */
export async function waitForSurvivors(
  stack: string,
  options: SurvivorOptions,
): Promise<Survivor[]> {
  const { cwd, cancellation, timeout, onWait, busy, pause = 1000 } = options;
  const find = options.find ?? (() => findSurvivors(stack, cwd));
  const found = find();
  const began = Date.now();
  let told = 0;
  for (let left = found; left.length > 0; left = find()) {
    const plugins = left.filter(({ kind }) => kind === "plugin");
    await end(left.filter(({ kind }) => kind === "program"));
    const work = plugins.some(({ name }) => name === HELM) ? await busy() : undefined;
    if (work === undefined) {
      await end(plugins);
      break;
    }
    const waited = Date.now() - began;
    const text = `an update that was cut off still works here: ${survivorsText(plugins)}: ${work}`;
    if (waited >= timeout) {
      const which = plugins.map(({ pid }) => pid).join(" ");
      throw new CommandError(
        "LOCKED",
        `${text}; waited ${durationText(waited)}. Wait longer, or end it: kill ${which}`,
      );
    }
    if (waited >= told) {
      onWait(`${text}; waiting, for ${durationText(timeout - waited)} at most`);
      told = waited + 15_000;
    }
    await cancellation.sleep(pause);
    if (cancellation.reason !== undefined) {
      throw new CommandError(cancellation.reason, `stopped while waiting: ${text}.`);
    }
  }
  return found;
}
