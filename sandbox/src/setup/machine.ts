import { mkdirSync, readFileSync, statfsSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { findOnPath } from "./find-on-path.ts";
import { ask } from "./run-command.ts";

export interface Resources {
  cores: number;
  freeMemoryMiB: number;
  freeDiskMiB: number;
}

/** Free resources of the machine, with the disk of a folder. */
export function resources(folder: string): Resources {
  mkdirSync(folder, { recursive: true });
  const disk = statfsSync(folder);
  return {
    cores: availableParallelism(),
    freeMemoryMiB: availableMemoryMiB(),
    freeDiskMiB: Math.floor((disk.bavail * disk.bsize) / 2 ** 20),
  };
}

/** Free memory, within the limits of a container. */
export function availableMemoryMiB(): number {
  return Math.floor(availableMemory() / 2 ** 20);
}

function availableMemory(): number {
  const read = (file: string) => {
    try {
      return readFileSync(file, "utf8");
    } catch {
      return "";
    }
  };
  const available = /MemAvailable:\s+(\d+) kB/.exec(read("/proc/meminfo"))?.[1];
  const machine = available === undefined ? totalmem() : Number(available) * 1024;
  const limit = Number.parseInt(read("/sys/fs/cgroup/memory.max"), 10);
  const used = Number.parseInt(read("/sys/fs/cgroup/memory.current"), 10);
  return Number.isNaN(limit) || Number.isNaN(used) ? machine : Math.min(machine, limit - used);
}

/** Words before a command that needs root: none as root, or sudo if it asks for no password. */
export function becomeRoot(): string[] | undefined {
  if (process.getuid?.() === 0) return [];
  const sudo = findOnPath("sudo");
  return sudo !== undefined && ask(sudo, ["-n", "true"]) !== undefined ? [sudo, "-n"] : undefined;
}
