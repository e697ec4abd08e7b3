import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { EngineStack } from "../tests/engine/stack";
import { differences, objects } from "./baseline/objects";
import { writeFiles } from "./baseline/files";
import { criticalPath, type Made } from "./critical-path";
import { ROOT } from "./projects";
import { row, type Row } from "./result";

/** Compares the first `up` on a new sandbox with the same objects made by hand on another new sandbox. */

const ROUNDS = 2;
const GOAL = 1.1;

/** Runs a command. Returns its duration in seconds, and each line with the time of its output in seconds. */
async function lines(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ took: number; lines: [at: number, text: string][] }> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
  const found: [number, string][] = [];
  let errors = "";
  createInterface({ input: child.stdout }).on("line", (text) => found.push([seconds(), text]));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) {
    const printed = found.map(([, text]) => text).join("\n");
    throw new Error(`${command} ended with ${String(code)}:\n${printed}\n${errors}`.slice(-6000));
  }
  return { took: seconds(), lines: found };
}

interface StateResource {
  urn: string;
  type: string;
  dependencies?: string[];
  parent?: string;
}

/** When each resource was started and finished, from the engine's output, and what it waits for. */
function resourcesMade(stack: EngineStack, printed: readonly [number, string][]): Made[] {
  const { checkpoint } = JSON.parse(stack.state()) as {
    checkpoint: { latest: { resources: StateResource[] } };
  };
  const times = new Map<string, { began?: number; ended?: number }>();
  for (const [at, text] of printed) {
    const [, type = "", name = "", what] =
      /^\s*\+?\s*(\S+:\S+) (\S+) (creating|created|reading|read)\b/.exec(text) ?? [];
    if (what === undefined) continue;
    const key = `${type} ${name}`;
    const time = times.get(key) ?? {};
    times.set(key, time);
    if (what === "created" || what === "read") time.ended = at;
    else time.began ??= at;
  }
  return checkpoint.latest.resources.flatMap(({ urn, type, dependencies = [] }) => {
    const { began, ended } = times.get(`${type} ${urn.split("::").at(-1) ?? ""}`) ?? {};
    return ended === undefined || type.startsWith("access-plane:") || type === "pulumi:pulumi:Stack"
      ? []
      : [{ urn, began: began ?? ended, ended, dependencies }];
  });
}

const short = (urn: string) => urn.split("::").slice(2).join(" ").replace(/^.*\$/, "");

function pathText(made: readonly Made[], took: number): string {
  const rows = criticalPath(made).map(
    ({ urn, began, ended, waitedFor }) =>
      `  ${began.toFixed(1).padStart(6)} ${ended.toFixed(1).padStart(6)}  ${short(urn)}` +
      (waitedFor === undefined ? "" : `, after ${short(waitedFor)}`),
  );
  return `critical path of a first up of ${took.toFixed(1)} s (began, done, what it waited for)\n${rows.join("\n")}\n`;
}

async function fresh<T>(use: (stack: EngineStack) => Promise<T>): Promise<T> {
  const stack = await EngineStack.start();
  try {
    return await use(stack);
  } finally {
    await stack.stop();
  }
}

export async function firstUp(): Promise<Row[]> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-baseline-"));
  const [ours, byHand]: [number[], number[]] = [[], []];
  try {
    await writeFiles(folder);
    for (let round = 0; round < ROUNDS; round++) {
      const program = await fresh(async (stack) => {
        const args = ["up", "--yes", "--skip-preview", "--stack", "sandbox", "--non-interactive"];
        const up = await lines("pulumi", args, stack.env);
        if (round === 0) process.stdout.write(pathText(resourcesMade(stack, up.lines), up.took));
        return { took: up.took, objects: await objects(stack) };
      });
      const hand = await fresh(async (stack) => {
        const script = path.join(ROOT, "bench/baseline/up.sh");
        const up = await lines(
          "sh",
          [script, folder, path.join(ROOT, "sandbox/charts")],
          stack.env,
        );
        if (round === 0)
          process.stdout.write(`${up.lines.map(([, text]) => `  ${text}`).join("\n")}\n`);
        return { took: up.took, objects: await objects(stack) };
      });
      ours.push(program.took);
      byHand.push(hand.took);
      const other = differences(program.objects, hand.objects);
      const count = `${program.objects.size} objects`;
      process.stdout.write(
        other.length === 0
          ? `${count} are the same\n`
          : `of ${count} differ:\n  ${other.join("\n  ")}\n`,
      );
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
  const against = ours.map((took, round) => took / (byHand[round] ?? NaN));
  return [
    row("first up", "s", ours),
    row("the same objects by hand", "s", byHand),
    row("first up against by hand", "×", against, GOAL),
  ];
}
