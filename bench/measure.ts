import * as fs from "node:fs";
import * as path from "node:path";
import { planStack } from "../operations/plan/plan-stack";
import { planText } from "../operations/plan/text";
import { stackConfig } from "../operations/base/stack-file";
import { readCatalogue } from "../settings/catalogue";
import { parseSettings, readConfig } from "../settings/load";

/** What one process measured. Seconds, and MiB. */
export interface Measured {
  read: number;
  settings: number;
  plan: number;
  lines: number;
  memory: number;
}

async function timed<T>(work: () => T | Promise<T>): Promise<[seconds: number, result: T]> {
  const began = performance.now();
  const result = await work();
  return [(performance.now() - began) / 1000, result];
}

/** Runs in a process of its own, so that its memory is its own. */
async function main(cwd: string, result: string): Promise<void> {
  const [read] = await timed(() => readCatalogue(["apps/*.yaml"], cwd));
  const [settings, { problems }] = await timed(() =>
    parseSettings(readConfig(stackConfig("bench", cwd)).raw, cwd),
  );
  if (problems !== undefined) throw new Error(JSON.stringify(problems.slice(0, 3)));
  const [plan, planned] = await timed(() => planStack("bench", { cwd }));
  const measured: Measured = {
    read,
    settings,
    plan,
    lines: planText("bench", planned).split("\n").length,
    memory: process.resourceUsage().maxRSS / 1024,
  };
  fs.writeFileSync(path.resolve(result), JSON.stringify(measured));
}

void main(process.argv[2] ?? "", process.argv[3] ?? "");
