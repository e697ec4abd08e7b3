/** Starts processes that outlive this one, and ends exactly those. */
import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { birthNow, groupOf, identify, isAlive } from "./identity.ts";
import type { Identity } from "./identity.ts";
import type { Command } from "./part.ts";

const LOG_LIMIT = 20 * 1024 * 1024;

/** Starts a process in a session of its own, its output going to `log`. */
export async function launch(name: string, command: Command, log: string): Promise<Identity> {
  if (existsSync(log) && statSync(log).size > LOG_LIMIT) renameSync(log, `${log}.1`);
  const output = openSync(log, "a", 0o600);
  const earliest = birthNow();
  writeSync(output, `--- ${name} starts, ${new Date().toISOString()}\n`);
  try {
    const child = spawn(command.file, command.args, {
      detached: true,
      stdio: ["ignore", output, output],
      cwd: command.cwd ?? "/",
      // A small environment of its own: nothing of the caller's (proxies, credentials) leaks in.
      env: {
        PATH: process.env["PATH"] ?? "/usr/bin:/bin",
        HOME: homedir(),
        TMPDIR: tmpdir(),
        LANG: "C.UTF-8",
        ...command.env,
      },
      ...(command.user ?? {}),
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    child.unref();
    const pid = child.pid ?? 0;
    // It has ended already. The caller sees that, and reads the log.
    return identify(pid) ?? { pid, birth: earliest };
  } catch (error) {
    throw new Error(`${name} cannot be started: ${(error as Error).message}`, { cause: error });
  } finally {
    closeSync(output);
  }
}

/** Ends a process and the rest of its group, by force after `grace` seconds. */
export async function terminate(
  leader: Identity,
  signal: NodeJS.Signals = "SIGTERM",
  grace = 20,
): Promise<void> {
  const members = groupOf(leader);
  if (isAlive(leader)) send(leader, signal);
  await gone([leader], grace);
  const left = [...members, ...groupOf(leader)].filter(isAlive);
  await gone(left, 2);
  for (const member of [leader, ...left]) if (isAlive(member)) send(member, "SIGKILL");
  if (!(await gone([leader, ...left], 10))) {
    throw new Error(`Process ${leader.pid} does not end, even after SIGKILL.`);
  }
}

function send(target: Identity, signal: NodeJS.Signals): void {
  try {
    process.kill(target.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function gone(targets: readonly Identity[], seconds: number): Promise<boolean> {
  const deadline = Date.now() + seconds * 1000;
  while (targets.some(isAlive)) {
    if (Date.now() > deadline) return false;
    await sleep(30);
  }
  return true;
}

/** The last lines of a log, of the latest run only. */
export function tail(log: string, lines = 15): string {
  if (!existsSync(log)) return "(no log)";
  const size = statSync(log).size;
  const length = Math.min(size, 64 * 1024);
  const buffer = Buffer.alloc(length);
  const file = openSync(log, "r");
  readSync(file, buffer, 0, length, size - length);
  closeSync(file);
  const all = buffer.toString("utf8").trimEnd().split("\n");
  const begin = all.findLastIndex((line) => line.startsWith("--- "));
  return all
    .slice(begin + 1)
    .filter((line) => line.trim() !== "")
    .slice(-lines)
    .map((line) => (line.length > 400 ? `${line.slice(0, 400)}…` : line))
    .join("\n");
}
