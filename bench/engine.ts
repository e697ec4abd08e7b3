import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { EngineStack } from "../tests/engine/stack";
import { ratios, rounds, type Variant } from "./pairs";
import { ROOT } from "./projects";
import { row, type Row } from "./result";

/** Measures the start-up of the program with the real engine, and `verify`, on a new sandbox. */

const ROUNDS = 5;

/** A program that only imports the SDKs. */
export const IMPORTS = `import * as kubernetes from "@pulumi/kubernetes";
import * as aws from "@pulumi/aws";
import * as vault from "@pulumi/vault";
import * as random from "@pulumi/random";
export const loaded = [kubernetes, aws, vault, random].length;
`;

/** The runbook's way to see whether all is well, for scale. */
const BY_HAND = "nine kubectl commands";

/** Programs that the reference stack is compared with. */
const PROGRAMS = { empty: "export {};\n", imports: IMPORTS };

/** Makes a program in its own folder, with a deployed stack. */
function program(name: keyof typeof PROGRAMS, parent: string, env: NodeJS.ProcessEnv): string {
  const folder = path.join(parent, name);
  fs.mkdirSync(folder);
  for (const file of ["node_modules", "tsconfig.json"]) {
    fs.symlinkSync(path.join(ROOT, file), path.join(folder, file));
  }
  fs.writeFileSync(path.join(folder, "Pulumi.yaml"), `name: bench-${name}\nruntime: nodejs\n`);
  fs.writeFileSync(path.join(folder, "index.ts"), PROGRAMS[name]);
  const options = ["--stack", "bench", "--non-interactive"];
  execFileSync("pulumi", ["stack", "init", "bench", "--non-interactive"], { cwd: folder, env });
  execFileSync("pulumi", ["up", "--yes", "--skip-preview", ...options], { cwd: folder, env });
  return folder;
}

/** Runs the CLI on the reference stack. */
function reference(name: string, env: NodeJS.ProcessEnv, args: readonly string[]): Variant {
  const options = ["--stack", "sandbox", "--non-interactive"];
  return { name, command: "pulumi", args: [...args, ...options], cwd: ROOT, env };
}

async function startUp(stack: EngineStack, folders: string): Promise<Row[]> {
  // As in a shell of their own: with this variable of the bench's start, all of them would take less.
  const { NODE_COMPILE_CACHE: _compiled, ...env } = stack.env;
  const found: Row[] = [];
  const places = {
    empty: program("empty", folders, env),
    imports: program("imports", folders, env),
  };
  for (const [what, args] of [
    ["preview", ["preview"]],
    ["no-change up", ["up", "--yes", "--skip-preview"]],
  ] as const) {
    const variants: Variant[] = [
      ...Object.entries(places).map(([name, cwd]) => ({
        ...{ name, command: "pulumi", cwd, env },
        args: [...args, "--stack", "bench", "--non-interactive"],
      })),
      reference("reference", env, args),
    ];
    const times = await rounds(variants, ROUNDS);
    for (const { name } of variants) {
      found.push(row(`${what}: ${name}`, "s", times[name] ?? []));
    }
    for (const [to, goal] of [
      ["empty", 2],
      ["imports", 1.3],
    ] as const) {
      const values = ratios(times, "reference", to);
      found.push(row(`${what}: reference against ${to}`, "×", values, goal));
    }
  }
  return found;
}

async function verify(stack: EngineStack): Promise<Row[]> {
  const bin = path.join(ROOT, "bin/access-plane");
  const command = (name: string, ...args: string[]): Variant => ({
    ...{ name, command: process.execPath, cwd: ROOT, env: stack.env },
    args: [bin, "verify", "--stack", "sandbox", ...args],
    // Findings are a valid result.
    codes: [0, 10],
  });
  const times = await rounds(
    [
      command("with drift"),
      command("without drift", "--skip", "drift"),
      reference("preview --refresh", stack.env, ["preview", "--refresh"]),
      {
        ...{ name: BY_HAND, command: "sh", cwd: ROOT, env: stack.env, codes: [0, 1] },
        args: [path.join(ROOT, "bench/baseline/verify.sh")],
      },
    ],
    ROUNDS,
  );
  const of = (name: string, goal?: number) => row(name, "s", times[name] ?? [], goal);
  const against = ratios(times, "with drift", "preview --refresh");
  return [
    of("without drift", 2),
    of("with drift"),
    of("preview --refresh"),
    of(BY_HAND),
    row("with drift against preview --refresh", "×", against, 1.2),
  ];
}

export async function engine(): Promise<Row[]> {
  const folders = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-bench-"));
  const stack = await EngineStack.start();
  try {
    await stack.up();
    return [...(await startUp(stack, folders)), ...(await verify(stack))];
  } finally {
    await stack.stop();
    fs.rmSync(folders, { recursive: true });
  }
}
