/** The started processes, kept in state.json so that a later command finds exactly those. */
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { readIfThere, readJson, writeWhole } from "./files.ts";
import { identify, isAlive } from "./identity.ts";
import type { Identity } from "./identity.ts";
import type { Layout } from "./layout.ts";

/** One process on record. */
export interface Recorded extends Identity {
  readonly startedAt: string;
  readonly port?: number;
  readonly log: string;
}

/** The contents of state.json. */
export interface State {
  ports: Record<string, number>;
  parts: Record<string, Recorded>;
}

/** Reads the record; an empty one when nothing was ever started. */
export function readState(layout: Layout): State {
  return { ports: {}, parts: {}, ...readJson<Partial<State>>(layout.state, {}) };
}

/** Writes the record. */
export function writeState(layout: Layout, state: State): void {
  writeWhole(layout.state, `${JSON.stringify(state, undefined, 2)}\n`);
}

/** Runs `work` while no other command of this sandbox starts or stops anything. */
export async function locked<T>(layout: Layout, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 120_000;
  while (!take(layout.lock)) {
    const holder = holderOf(layout.lock);
    if (holder !== undefined && !isAlive(holder)) {
      rmSync(layout.lock, { force: true });
      continue;
    }
    if (Date.now() > deadline) {
      throw new Error(
        `Another command has been starting or stopping this sandbox for two minutes ` +
          `(process ${holder?.pid ?? "unknown"}, ${layout.lock}): wait for it or end it, then try again.`,
      );
    }
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    rmSync(layout.lock, { force: true });
  }
}

function take(path: string): boolean {
  try {
    const file = openSync(path, "wx", 0o600);
    writeSync(file, JSON.stringify(identify(process.pid)));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function holderOf(path: string): Identity | undefined {
  try {
    return JSON.parse(readIfThere(path) ?? "") as Identity;
  } catch {
    return undefined; // just being written, or just removed
  }
}
