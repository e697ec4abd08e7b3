import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Measured } from "./measure";
import { catalogue, plane, ROOT, STACK, withProject } from "./projects";
import { linear, row, type Row } from "./result";

/** Measures the check of settings, the access model and the plan by size. Uses no engine and no sandbox. */

const APPS = [12, 100, 1000, 10_000];
const USERS = [10, 100, 1000];
/** Number of measurements of each. */
const RUNS = 3;

function measure(folder: string): Measured {
  const result = path.join(folder, "measured.json");
  const args = ["--import", "tsx", "bench/measure.ts", folder, result];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(`${folder} cannot be measured:\n${stderr}`);
  return JSON.parse(fs.readFileSync(result, "utf8")) as Measured;
}

const GOALS: Partial<Record<number, Partial<Measured>>> = {
  10_000: { settings: 2, plan: 10, memory: 600 },
};

const UNITS = { settings: "CPU s", access: "CPU s", plan: "CPU s", memory: "MiB" } as const;

function rows(what: string, measured: readonly Measured[], goals: Partial<Measured> = {}): Row[] {
  return (["settings", "access", "plan", "memory"] as const)
    .filter((key) => measured.some((one) => one[key] > 0))
    .map((key) => {
      const values = measured.map((one) => one[key]);
      return row(`${what}: ${key}`, UNITS[key], values, goals[key]);
    });
}

export async function growth(): Promise<Row[]> {
  const all: Row[] = [];
  const series = async (
    what: string,
    sizes: readonly number[],
    run: (size: number) => Promise<Measured[]>,
  ) => {
    const found: Row[][] = [];
    for (const size of sizes) found.push(rows(`${size} ${what}`, await run(size), GOALS[size]));
    all.push(...found.flat());
    const plans = found.map((of) => of.find(({ what: name }) => name.endsWith("plan")));
    all.push(
      linear(
        `${what}: plan`,
        sizes,
        plans.map((one) => one?.median ?? NaN),
      ),
    );
  };
  const several = (folder: string) => Array.from({ length: RUNS }, () => measure(folder));
  await series("apps in files", APPS, (size) => withProject(catalogue(size, STACK), several));
  await series("users and roles", USERS, (size) => withProject(plane(12, size), several));
  return all;
}
