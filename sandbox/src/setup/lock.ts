import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheDir } from "./paths.ts";

/** Held by whoever installs into the cache. */
export const setupLock = () => join(cacheDir(), "setup.lock");

interface Owner {
  pid: number;
  /** When that process started, so that a reused pid is not taken for the owner. */
  started: string;
  id: string;
}

/** Run `action` while holding a lock file that all checkouts of a user share. */
export async function withLock<T>(
  file: string,
  onWait: (pid: number) => void,
  action: () => Promise<T>,
): Promise<T> {
  const me: Owner = { pid: process.pid, started: startOf(process.pid), id: randomUUID() };
  let waiting = false;
  while (!take(file, me)) {
    const owner = read(file);
    if (owner && !alive(owner)) {
      evict(file, owner);
      continue;
    }
    if (owner && !waiting) onWait(owner.pid);
    waiting = true;
    await sleep(500);
  }
  const release = () => {
    if (read(file)?.id === me.id) rmSync(file, { force: true });
  };
  process.once("exit", release);
  try {
    return await action();
  } finally {
    process.off("exit", release);
    release();
  }
}

/** A hard link to a finished file: the lock appears with its content or not at all. */
function take(file: string, me: Owner): boolean {
  mkdirSync(dirname(file), { recursive: true });
  const own = `${file}.${me.id}`;
  writeFileSync(own, JSON.stringify(me));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Removes the lock of a dead owner. Puts it back if it belongs to another owner by now. */
function evict(file: string, dead: Owner): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (read(aside)?.id !== dead.id) {
    try {
      linkSync(aside, file);
    } catch {
      // Another process took it in between.
    }
  }
  rmSync(aside, { force: true });
}

function read(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Owner;
  } catch {
    return undefined;
  }
}

function alive(owner: Owner): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return owner.started === "" || startOf(owner.pid) === owner.started;
}

function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
