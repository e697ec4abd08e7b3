import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { cold } from "./cold";
import { commands } from "./commands";
import { engine } from "./engine";
import { engineApps, engineUsers } from "./engine-growth";
import { firstUp } from "./first-up";
import { growth } from "./growth";
import { ROOT } from "./projects";
import { line, type Row } from "./result";
import { stacks } from "./stacks";

/** `npm run bench [PART …]`: measures, prints a table, and keeps JSON and a chart. */

const PARTS: Record<string, () => Promise<Row[]>> = {
  growth,
  commands,
  engine,
  "first-up": firstUp,
  "engine-apps": engineApps,
  "engine-users": engineUsers,
  stacks,
  cold,
};
const RESULTS = path.join(ROOT, "bench/results");

async function main(wanted: readonly string[]): Promise<void> {
  const unknown = wanted.filter((name) => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0) {
    const parts = Object.keys(PARTS).join(", ");
    throw new Error(`no part is called ${unknown.join(" or ")}; there are ${parts}`);
  }
  fs.mkdirSync(RESULTS, { recursive: true });
  for (const [name, measure] of Object.entries(PARTS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const rows = await measure();
    const title = name.padEnd(66);
    process.stdout.write(
      `${title} runs${["min", "median", "max"].map((one) => one.padStart(8)).join("")}\n`,
    );
    for (const one of rows) process.stdout.write(`${line(one)}\n`);
    const file = path.join(RESULTS, `${name}.json`);
    const machine = {
      cpus: os.cpus().length,
      model: os.cpus()[0]?.model,
      load: os.loadavg().map((load) => Number(load.toFixed(1))),
      node: process.version,
    };
    const result = { date: new Date().toISOString().slice(0, 10), machine, rows };
    fs.writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
    const chart = ["bench/chart.mjs", file, file.replace(/json$/, "svg")];
    const drawn = spawnSync(process.execPath, chart, { cwd: ROOT, encoding: "utf8" });
    if (drawn.status !== 0) throw new Error(`the chart of ${name}:\n${drawn.stderr}`);
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
