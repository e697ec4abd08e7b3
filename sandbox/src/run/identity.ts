/** Identifies processes. A pid can be reused, but not together with its start time. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";

/** A process, distinguishable from a later one with the same pid. */
export interface Identity {
  readonly pid: number;
  /** Boot and clock tick of its start, from the kernel. */
  readonly birth: string;
}

interface Stat {
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly birth: string;
}

const hasProc = existsSync("/proc/self/stat");
let boot: string | undefined;

function bootId(): string {
  boot ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return boot;
}

function ps(pid: number, column: string): string {
  try {
    return execFileSync("ps", ["-o", `${column}=`, "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "";
  }
}

function statOf(pid: number): Stat | undefined {
  if (!hasProc) {
    const birth = ps(pid, "lstart");
    return birth === ""
      ? undefined
      : {
          state: ps(pid, "state"),
          parent: Number(ps(pid, "ppid")),
          group: Number(ps(pid, "pgid")),
          birth,
        };
  }
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name is in parentheses and may hold anything; the fields follow the last one.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return {
      state: fields[0] ?? "",
      parent: Number(fields[1]),
      group: Number(fields[2]),
      birth: `${bootId()}/${fields[19] ?? ""}`,
    };
  } catch {
    return undefined;
  }
}

const isGone = (stat: Stat | undefined): boolean => stat === undefined || /^[ZX]/.test(stat.state);

/** The identity of a running process; undefined when there is none (a zombie counts as none). */
export function identify(pid: number): Identity | undefined {
  const stat = statOf(pid);
  return stat === undefined || isGone(stat) ? undefined : { pid, birth: stat.birth };
}

/** A start time that no later process can precede. Undefined if it is not known. */
export function birthNow(): string {
  if (!hasProc) return "gone";
  const [seconds] = readFileSync("/proc/uptime", "utf8").split(" ");
  // The kernel counts start times in hundredths of a second.
  return `${bootId()}/${String(Math.floor(Number(seconds) * 100))}`;
}

/** Whether exactly this process still runs. */
export function isAlive(process: Identity): boolean {
  const stat = statOf(process.pid);
  return !isGone(stat) && stat?.birth === process.birth;
}

/**
 * A process and everything it started: its group, and children that left the group, as PostgreSQL's do. Finds the
 * rest of the group even if the leader is gone.
 */
export function groupOf(leader: Identity): Identity[] {
  const now = statOf(leader.pid);
  if (!isGone(now) && now?.birth !== leader.birth) return []; // the pid is somebody else's
  const all = new Map<number, Stat>();
  for (const pid of allPids()) {
    const stat = statOf(pid);
    if (stat !== undefined && !isGone(stat) && isNotOlder(stat, leader)) all.set(pid, stat);
  }
  const members = new Set(
    [...all].filter(([, { group }]) => group === leader.pid).map(([pid]) => pid),
  );
  for (let found = true; found;) {
    found = false;
    for (const [pid, { parent }] of all) {
      if (members.has(parent) && !members.has(pid)) {
        members.add(pid);
        found = true;
      }
    }
  }
  return [...members].map((pid) => ({ pid, birth: all.get(pid)?.birth ?? "" }));
}

function allPids(): number[] {
  return hasProc
    ? readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map(Number)
    : execFileSync("ps", ["-axo", "pid="], { encoding: "utf8" })
        .split(/\s+/)
        .filter(Boolean)
        .map(Number);
}

/** A process that started before the leader, or before the last boot, does not belong to it. */
function isNotOlder(stat: Stat, leader: Identity): boolean {
  if (!hasProc) return true;
  const [boot, tick] = stat.birth.split("/");
  const [leaderBoot, leaderTick] = leader.birth.split("/");
  return boot === leaderBoot && Number(tick) >= Number(leaderTick);
}

/** Resident memory of a process in bytes; 0 when it is gone. */
export function memoryOf(pid: number): number {
  if (!hasProc) return Number(ps(pid, "rss") || 0) * 1024;
  try {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return Number(line?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** The command line of a process; empty when it is gone. */
export function commandLineOf(pid: number): string {
  if (!hasProc) return ps(pid, "args");
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}
