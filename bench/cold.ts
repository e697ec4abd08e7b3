import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { EngineStack } from "../tests/engine/stack";
import { IMPORTS } from "./engine";
import { seconds } from "./pairs";
import { ROOT } from "./projects";
import { row, type Row } from "./result";

/**
 * Measures a runner without caches, which installs the packages and previews. Compares the reference stack
 * and its own loader with a program that only imports the SDKs and the engine's loader, which checks types.
 */

const ROUNDS = 2;

/** Files that npm needs to install the packages of this checkout. */
const PACKAGES = ["package.json", "package-lock.json", ".npmrc", "sandbox/package.json"];

/** As a pipeline installs them (.github/actions/setup): without the tests' and the sandbox's packages. */
const INSTALL = ["--omit=dev", "--workspaces=false", "--no-audit", "--no-fund"];

const STRICT = {
  compilerOptions: {
    ...{ strict: true, target: "es2022" },
    ...{ module: "nodenext", moduleResolution: "nodenext" },
  },
};

/** Copies files of this checkout into a folder. */
function copy(files: readonly string[], folder: string): void {
  for (const file of files) {
    if (fs.existsSync(path.join(ROOT, file))) {
      fs.cpSync(path.join(ROOT, file), path.join(folder, file), { recursive: true });
    }
  }
}

/** Copies this checkout, including changes that are not committed. */
function reference(folder: string): void {
  const listed = execFileSync("git", ["ls-files", "-z"], { cwd: ROOT, encoding: "utf8" });
  copy(listed.split("\0").filter(Boolean), folder);
}

function importsOnly(folder: string, env: NodeJS.ProcessEnv): void {
  copy(PACKAGES, folder);
  const manifest = path.join(folder, "package.json");
  const content = JSON.parse(fs.readFileSync(manifest, "utf8")) as object;
  fs.writeFileSync(manifest, JSON.stringify({ ...content, main: "index.ts" }));
  fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: bench-cold\nruntime: nodejs\n");
  fs.writeFileSync(path.join(folder, "index.ts"), IMPORTS);
  fs.writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify(STRICT));
  execFileSync("pulumi", ["stack", "init", "bench", "--non-interactive"], { cwd: folder, env });
}

/** The environment of a runner whose caches are empty. */
function fresh(env: NodeJS.ProcessEnv, folder: string): NodeJS.ProcessEnv {
  const caches = { XDG_CACHE_HOME: path.join(folder, "cache"), npm_config_cache: `${folder}/npm` };
  const { NODE_COMPILE_CACHE: _compiled, PULUMI_NODEJS_TRANSPILE_ONLY: _unchecked, ...rest } = env;
  return { ...rest, ...caches };
}

export async function cold(): Promise<Row[]> {
  const stack = await EngineStack.start();
  const names = ["reference", "imports"] as const;
  const none = () => ({ install: [] as number[], preview: [] as number[] });
  const times = { reference: none(), imports: none() };
  try {
    await stack.up();
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of names) {
        const parent = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-bench-"));
        const cwd = path.join(parent, name);
        const env = fresh(stack.env, parent);
        fs.mkdirSync(cwd);
        if (name === "reference") reference(cwd);
        else importsOnly(cwd, { ...env, PULUMI_BACKEND_URL: `file://${parent}` });
        const backend = name === "reference" ? {} : { PULUMI_BACKEND_URL: `file://${parent}` };
        const run = (command: string, ...args: string[]) =>
          seconds({ name: `${name}: ${command}`, command, args, cwd, env: { ...env, ...backend } });
        const own = name === "reference" ? "sandbox" : "bench";
        const config = name === "reference" ? ["--config-file", stack.configFile] : [];
        try {
          times[name].install.push(await run("npm", "ci", ...INSTALL));
          const flags = ["--stack", own, "--non-interactive", ...config];
          times[name].preview.push(await run("pulumi", "preview", ...flags));
        } finally {
          fs.rmSync(parent, { recursive: true });
        }
      }
    }
  } finally {
    await stack.stop();
  }
  const both = (name: (typeof names)[number]) =>
    times[name].install.map((install, round) => install + (times[name].preview[round] ?? NaN));
  const against = (of: readonly number[], to: readonly number[]) =>
    of.map((value, round) => value / (to[round] ?? NaN));
  const previews = against(times.reference.preview, times.imports.preview);
  return [
    ...names.flatMap((name) => [
      row(`${name}: npm ci`, "s", times[name].install),
      row(`${name}: first preview`, "s", times[name].preview),
    ]),
    row("first preview: reference against imports", "×", previews, 0.4),
    row("with npm ci: the same", "×", against(both("reference"), both("imports")), 0.4),
  ];
}
