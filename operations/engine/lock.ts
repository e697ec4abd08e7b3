import * as os from "node:os";
import { durationText } from "../../teleport/duration";
import { CommandError } from "../base/exit-codes";
import type { Cancellation } from "./cancellation";
import { hasProc, readProcess } from "./processes";

/** Holder of a stack's lock. */
export interface Holder {
  user: string;
  host: string;
  pid: number;
  since: Date;
}

/** Another update holds the lock. `holders` is empty if the backend does not name them. */
export class LockHeld extends Error {
  constructor(readonly holders: readonly Holder[]) {
    super(holdersText(holders));
    this.name = "LockHeld";
  }
}

const HOLDER = /created by (.+)@(\S+) \(pid (\d+)\) at (\S+)/g;

/** Holders of the lock in an error of the CLI. Undefined for another error. */
export function parseLock(text: string): Holder[] | undefined {
  if (text.includes("the stack is currently locked by")) {
    return [...text.matchAll(HOLDER)].map(([, user = "", host = "", pid = "", since = ""]) => ({
      user,
      host,
      pid: Number(pid),
      since: new Date(since),
    }));
  }
  return text.includes("Another update is currently in progress") ? [] : undefined;
}

/** Holders of the lock and how long they have held it. */
export function holdersText(holders: readonly Holder[], now = new Date()): string {
  if (holders.length === 0) {
    return "locked by another update; the stack's page in the backend names the holder";
  }
  const each = holders.map(
    ({ user, host, pid, since }) =>
      `${user}@${host} (process ${pid}) since ${since.toISOString()}, ` +
      durationText(now.getTime() - since.getTime()),
  );
  return `locked by ${each.join(" and ")}`;
}

/** Allowed clock skew between the start of a process and its lock, in milliseconds. */
const CLOCK_SKEW = 5000;

/**
 * Whether the holder was a process of this machine that has ended. A new process with the same number has
 * started after the lock.
 */
export function isGone({ host, pid, since }: Holder): boolean {
  if (host !== os.hostname()) return false;
  if (hasProc()) {
    const info = readProcess(pid);
    return info === undefined || info.started.getTime() > since.getTime() + CLOCK_SKEW;
  }
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

const LONGEST_PAUSE = 30_000;

/**
 * Runs something that needs the lock. If another update holds it, tries again with growing pauses until `timeout`
 * (milliseconds). Never removes the lock. Throws `CommandError` LOCKED, at once if the holder is gone.
 */
export async function whenUnlocked<T>(
  stack: string,
  run: () => Promise<T>,
  options: {
    timeout: number;
    cancellation: Cancellation;
    onWait: (text: string) => void;
    firstPause?: number;
  },
): Promise<T> {
  const { timeout, cancellation, onWait, firstPause = 2000 } = options;
  const began = Date.now();
  for (let pause = firstPause; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof LockHeld)) throw error;
      const { holders, message } = error;
      if (holders.length > 0 && holders.every(isGone)) {
        throw new CommandError(
          "LOCKED",
          `${message}; that process is gone. Take its lock away and resolve what it left with: ` +
            `bin/access-plane recover --stack ${stack} --yes`,
          { cause: error },
        );
      }
      const left = timeout - (Date.now() - began);
      if (left <= 0) {
        const waited = timeout === 0 ? "" : `, waited ${durationText(Date.now() - began)}`;
        throw new CommandError("LOCKED", `${message}${waited}.`, { cause: error });
      }
      onWait(`${message}; waiting, for ${durationText(left)} at most`);
      // Two commands that wait for the same lock should not try again at the same moment.
      await cancellation.sleep(Math.min(left, pause * (0.75 + Math.random() / 2)));
      if (cancellation.reason !== undefined) {
        throw new CommandError(cancellation.reason, `stopped while waiting: ${message}.`);
      }
    }
  }
}
