import * as fs from "node:fs";
import { planStack } from "../operations/plan/plan-stack";
import { loadAccess } from "../operations/access/load";
import { stackConfig } from "../operations/base/stack-file";
import { parseSettings, readConfig } from "../settings/load";
import { STACK } from "./projects";

/** Measurements of one process: processor time in seconds, and memory in MiB. */
export interface Measured {
  settings: number;
  access: number;
  plan: number;
  memory: number;
}

/** Processor time, which other work on the machine affects less than elapsed time. */
async function timed(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Runs in a separate process, to measure its memory alone. */
async function main(folder: string, result: string): Promise<void> {
  const settings = await timed(() => {
    const { problems } = parseSettings(readConfig(stackConfig(STACK, folder)).raw, folder);
    if (problems !== undefined) throw new Error(JSON.stringify(problems.slice(0, 3)));
  });
  const isPlane = stackConfig(STACK, folder)["access-plane:kind"] === undefined;
  const access = isPlane ? await timed(() => loadAccess(STACK, folder)) : 0;
  const plan = await timed(() => planStack(STACK, { cwd: folder }));
  const memory = process.resourceUsage().maxRSS / 1024;
  fs.writeFileSync(result, JSON.stringify({ settings, access, plan, memory } satisfies Measured));
}

void main(process.argv[2] ?? "", process.argv[3] ?? "");
