import { existsSync } from "node:fs";
import {
  builtPlugin,
  goTools,
  moduleData,
  moto,
  postgres,
  type GoTool,
  type ModuleData,
} from "./catalogue.ts";
import type { Resources } from "./machine.ts";
import type { Release } from "./releases.ts";
import type { Source } from "./choices.ts";
import { findPostgres } from "./postgres.ts";
import { dataDir, findGoTool, motoPython } from "./tools.ts";

export type Work =
  | { kind: "build"; title: string; seconds: number; tool: GoTool }
  | { kind: "download"; title: string; seconds: number; tool: GoTool; release: Release }
  | { kind: "data"; title: string; seconds: number; data: ModuleData }
  | { kind: "moto" | "postgres"; title: string; seconds: number };

export interface Plan {
  /** What is ready, and where it was found. */
  ready: { title: string; from: string }[];
  /** What has to be done, in order. */
  work: Work[];
}

/** Expected speed of a download, for one second. */
const megabytesPerSecond = 8;

/**
 * Compares what the sandbox needs with what is ready. With the vendor's plugins one build is not needed, and without
 * the tests another one. `downloads` are the releases to use instead of builds.
 */
export function makePlan(
  { providers, tests }: { providers: Source; tests: boolean },
  downloads: ReadonlyMap<string, Release> = new Map(),
): Plan {
  const plan: Plan = { ready: [], work: [] };
  const found = findPostgres();
  if (found.bin !== undefined && found.wal2json) {
    plan.ready.push({ title: "PostgreSQL", from: found.bin });
  } else plan.work.push({ kind: "postgres", title: "PostgreSQL", seconds: postgres.seconds });
  if (existsSync(motoPython())) plan.ready.push({ title: `moto ${moto.version}`, from: "cache" });
  else plan.work.push({ kind: "moto", title: `moto ${moto.version}`, seconds: moto.seconds });
  for (const tool of goTools) {
    if (tool === builtPlugin && providers === "official") continue;
    if (tool.forTests && !tests) continue;
    const title = `${tool.name} ${tool.version}`;
    const stands = findGoTool(tool);
    if (stands?.from === "PATH") {
      plan.ready.push({ title: tool.name, from: Object.values(stands.paths).join(", ") });
    } else if (stands) plan.ready.push({ title, from: "cache" });
    else if (tool.releasedWith === undefined || !downloads.has(tool.releasedWith)) {
      const release = downloads.get(tool.name);
      plan.work.push(
        release === undefined
          ? { kind: "build", title, seconds: tool.seconds, tool }
          : { kind: "download", title, seconds: secondsOf(release), tool, release },
      );
    }
  }
  for (const data of moduleData) {
    const title = `${data.name} ${data.version}`;
    if (existsSync(dataDir(data))) plan.ready.push({ title, from: "cache" });
    else plan.work.push({ kind: "data", title, seconds: data.seconds, data });
  }
  return plan;
}

function secondsOf(release: Release): number {
  return Math.ceil(release.megabytes / megabytesPerSecond) + release.parts.length;
}

const measuredOnCores = 2;

/** Expected seconds of a step on this machine. Compilation scales with up to eight cores. */
export function expectedSeconds(work: Work, cores: number): number {
  if (work.kind !== "build") return work.seconds;
  return Math.ceil((work.seconds * measuredOnCores) / Math.min(Math.max(cores, 1), 8));
}

/** Whether a step uses the cores. Other steps wait for the network, and run at the same time. */
export const compiles = (work: Work) => work.kind === "build";

/** Seconds for all steps: compilations one after the other, and downloads at the same time. */
export function estimate(work: Work[], cores: number): number {
  const sum = (pieces: Work[]) =>
    pieces.reduce((seconds, piece) => seconds + expectedSeconds(piece, cores), 0);
  return Math.max(sum(work.filter(compiles)), sum(work.filter((piece) => !compiles(piece))));
}

/** Disk space for all steps. Binaries stay, and build caches exist only during builds. */
export function neededDiskMiB(work: Work[], cachesAreWarm: boolean): number {
  const builds = work.filter(({ kind }) => kind === "build").length;
  const caches = builds === 0 || cachesAreWarm ? 0 : Math.min(3000 + builds * 1600, 14_000);
  return caches + builds * 120 + (work.length - builds) * 250;
}

/** Peak memory of most builds, linking included. */
const usualMemoryMiB = 2500;

/** Peak memory of a step. 0 if it compiles nothing. */
export function neededMemoryMiB(work: Work): number {
  return work.kind === "build" ? (work.tool.memoryMiB ?? usualMemoryMiB) : 0;
}

/** Why the machine cannot do the work, and what to do. Empty if it can. */
export function shortages(work: Work[], has: Resources, cachesAreWarm: boolean): string[] {
  const problems: string[] = [];
  const disk = neededDiskMiB(work, cachesAreWarm);
  if (has.freeDiskMiB < disk) {
    problems.push(
      `disk: ${gib(disk)} needed in the cache folder, ${gib(has.freeDiskMiB)} free; free some, ` +
        "or set XDG_CACHE_HOME to a folder with room",
    );
  }
  const memory = Math.max(0, ...work.map(neededMemoryMiB));
  if (has.freeMemoryMiB < memory) {
    problems.push(
      `memory: ${gib(memory)} needed to compile, ${gib(has.freeMemoryMiB)} available; ` +
        "end other programs, or put the tools on PATH",
    );
  }
  return problems;
}

function gib(mib: number): string {
  return `${(mib / 1024).toFixed(1)} GiB`;
}

/** "45 s", "4 min 10 s", "1 h 05 min". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  if (minutes === 0) return `${whole} s`;
  if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
