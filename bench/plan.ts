import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";

/** Runs of each measurement; the median is what to compare. */
const RUNS = 5;
const ROOT = path.resolve(__dirname, "..");

interface StackFile {
  config: { "access-plane:agents": Record<string, { apps: { name: string; uri: string }[] }> };
}

/** The reference stack with so many apps. */
function withApps(count: number): string {
  const file = parse(fs.readFileSync(path.join(ROOT, "Pulumi.prod.yaml"), "utf8")) as StackFile;
  const [agent] = Object.values(file.config["access-plane:agents"]);
  if (agent === undefined) throw new Error("the reference stack has no agent");
  for (let index = agent.apps.length; index < count; index++) {
    const name = `app-${String(index)}`;
    agent.apps.push({ name, uri: `http://${name}.apps.svc.cluster.local:80` });
  }
  return stringify(file);
}

/** Seconds of one whole process, and its peak memory in MiB. */
function measure(cwd: string): { seconds: number; mebibytes: number } {
  const script = `
    require("tsx/cjs");
    require(${JSON.stringify(path.join(ROOT, "operations/plan.ts"))})
      .planStack("bench", { cwd: ${JSON.stringify(cwd)} })
      .then(() => process.stdout.write(String(process.resourceUsage().maxRSS)));`;
  const began = process.hrtime.bigint();
  const run = spawnSync(process.execPath, ["-e", script], { cwd: ROOT, encoding: "utf8" });
  if (run.status !== 0) throw new Error(run.stderr);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  return { seconds, mebibytes: Number(run.stdout.split("\n").pop()) / 1024 };
}

const median = (values: number[]) =>
  values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** A folder that looks like the project, with a stack file of its own. */
function project(stackFile: string): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-bench-"));
  const shared = [
    "components",
    "settings",
    "teleport",
    "node_modules",
    "tsconfig.json",
    "index.ts",
  ];
  for (const name of shared) fs.symlinkSync(path.join(ROOT, name), path.join(dir, name));
  fs.writeFileSync(path.join(dir, "Pulumi.bench.yaml"), stackFile);
  return dir;
}

process.stdout.write("Load, check and run the whole program, without an engine:\n");
process.stdout.write("  apps   seconds (min, median, max)     peak memory\n");
for (const count of [12, 100, 1000]) {
  const dir = project(withApps(count));
  try {
    const runs = Array.from({ length: RUNS }, () => measure(dir));
    const seconds = runs.map((run) => run.seconds);
    const figures = [Math.min(...seconds), median(seconds), Math.max(...seconds)]
      .map((value) => value.toFixed(2))
      .join("   ");
    const memory = median(runs.map((run) => run.mebibytes)).toFixed(0);
    process.stdout.write(`  ${String(count).padStart(4)}   ${figures.padEnd(28)} ${memory} MiB\n`);
  } finally {
    fs.rmSync(dir, { recursive: true });
  }
}
