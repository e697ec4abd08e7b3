import * as fs from "node:fs";

/** Environment variable with the stack, in all processes of an operation. */
export const STACK_VARIABLE = "ACCESS_PLANE_STACK";

/** A process as `/proc` shows it. */
export interface ProcessInfo {
  pid: number;
  parent: number;
  args: string[];
  started: Date;
  /** Working directory; undefined when it cannot be read. */
  cwd?: string;
  /** Value of {@link STACK_VARIABLE}. */
  stack?: string;
}

/** Whether this machine has `/proc` (Linux). */
export const hasProc = (): boolean => fs.existsSync("/proc/self/stat");

/** Result of `read`. Undefined if the file is gone or belongs to another user. */
function attempt(file: string, read: (file: string) => string): string | undefined {
  try {
    return read(file);
  } catch {
    return undefined;
  }
}

const text = (file: string) => attempt(file, (name) => fs.readFileSync(name, "utf8"));

/** Clock ticks a second in `/proc`: the same on every Linux that Node.js runs on. */
const TICKS = 100;

function bootTime(): number {
  return Number(/^btime (\d+)/m.exec(text("/proc/stat") ?? "")?.[1]);
}

/** A running process. Undefined for one that has ended, a zombie included. */
export function readProcess(pid: number, boot = bootTime()): ProcessInfo | undefined {
  const [stat, args] = [text(`/proc/${pid}/stat`), text(`/proc/${pid}/cmdline`)];
  if (stat === undefined || args === undefined || args === "") return undefined;
  // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; the name may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [parent, started] = [Number(fields[1]), Number(fields[19])];
  const variable = text(`/proc/${pid}/environ`)
    ?.split("\0")
    .find((line) => line.startsWith(`${STACK_VARIABLE}=`));
  return {
    pid,
    parent,
    args: args.split("\0").slice(0, -1),
    started: new Date((boot + started / TICKS) * 1000),
    cwd: attempt(`/proc/${pid}/cwd`, (link) => fs.readlinkSync(link)),
    stack: variable?.slice(STACK_VARIABLE.length + 1),
  };
}

/** Every running process of this machine; empty without `/proc`. */
export function readProcesses(): ProcessInfo[] {
  if (!hasProc()) return [];
  const boot = bootTime();
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name), boot))
    .filter((info) => info !== undefined);
}
