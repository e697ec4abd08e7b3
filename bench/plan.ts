import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import type { Measured } from "./measure";

/** How many apps, and how often each is measured; the median counts. */
const SIZES: readonly [apps: number, runs: number][] = [
  [12, 5],
  [1000, 3],
  [10_000, 1],
];
/** The largest stack that the engine is asked about. */
const MOST_PREVIEWED = 1000;
const ROOT = path.resolve(__dirname, "..");

/** A folder that looks like the project, with a team's catalogue: a stack of kind `apps`. */
function project(count: number): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-bench-"));
  const shared = ["components", "settings", "teleport", "node_modules", "tsconfig.json"];
  for (const name of [...shared, "index.ts", "package.json", "Pulumi.yaml"]) {
    fs.symlinkSync(path.join(ROOT, name), path.join(dir, name));
  }
  fs.mkdirSync(path.join(dir, "apps"));
  for (let index = 0; index < count; index++) {
    const name = `app-${String(index)}`;
    const app = { uri: `http://${name}.apps.svc.cluster.local:80`, labels: { team: "bench" } };
    fs.writeFileSync(path.join(dir, "apps", `${name}.yaml`), stringify(app));
  }
  const config = {
    "access-plane:kind": "apps",
    "access-plane:plane": { clusterName: "lumie-infra.com" },
    "access-plane:apps": { agents: ["teleport-agent"], files: ["apps/*.yaml"] },
  };
  fs.writeFileSync(path.join(dir, "Pulumi.bench.yaml"), stringify({ config }));
  return dir;
}

function run(command: string, args: string[], cwd: string): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}:\n${stdout}\n${stderr}`);
}

function measure(dir: string): Measured {
  const result = path.join(dir, "measured.json");
  // Ten thousand resources in one stack: eight times what is advised, and more than Node's default.
  const node = ["--max-old-space-size=8192", "--import", "tsx", "bench/measure.ts"];
  run(process.execPath, [...node, dir, result], ROOT);
  return JSON.parse(fs.readFileSync(result, "utf8")) as Measured;
}

/** Seconds of the first preview with the engine; undefined without the sandbox's environment. */
function preview(dir: string, count: number): number | undefined {
  if (process.env["PULUMI_BACKEND_URL"]?.startsWith("file:") !== true) return undefined;
  if (count > MOST_PREVIEWED) return undefined;
  const stack = ["--stack", "bench", "--non-interactive"];
  run("pulumi", ["stack", "init", "bench", "--non-interactive"], dir);
  try {
    const began = performance.now();
    run("pulumi", ["preview", ...stack], dir);
    return (performance.now() - began) / 1000;
  } finally {
    run("pulumi", ["stack", "rm", "--yes", "--force", ...stack], dir);
  }
}

const median = (values: number[]) =>
  values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

process.stdout.write(
  "Seconds for a catalogue of so many files (medians); preview only with `source .sandbox/env`\n" +
    "   apps    read  settings    plan  its lines  peak memory  pulumi preview\n",
);
for (const [count, runs] of SIZES) {
  const dir = project(count);
  try {
    const measured = Array.from({ length: runs }, () => measure(dir));
    const of = (key: keyof Measured) => median(measured.map((one) => one[key]));
    const previewed = preview(dir, count);
    const cells = [
      String(count).padStart(7),
      of("read").toFixed(2).padStart(6),
      of("settings").toFixed(2).padStart(8),
      of("plan").toFixed(2).padStart(6),
      String(of("lines")).padStart(9),
      `${of("memory").toFixed(0)} MiB`.padStart(11),
      (previewed === undefined ? "-" : previewed.toFixed(1)).padStart(14),
    ];
    process.stdout.write(`${cells.join("  ")}\n`);
  } finally {
    fs.rmSync(dir, { recursive: true });
  }
}
