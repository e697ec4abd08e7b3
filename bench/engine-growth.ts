import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { EngineStack } from "../tests/engine/stack";
import { seconds } from "./pairs";
import { appFile, catalogue, rolesAndUsers, ROOT, withProject } from "./projects";
import { linear, medianOf, row, type Row } from "./result";

/** Updates and previews by the number of apps, users and roles in one stack, on the real engine. */

/** The smallest stands for what every run costs. */
const APPS = [12, 100, 1000];
const USERS = [10, 100, 1000];
/** Apps of several stacks, and of each of them. */
const MANY = 10_000;
const ONE_STACK = 500;
/** How often each is measured, but the first `up`. */
const RUNS = 3;

const RESOURCES = "access-plane:resources";
/** The file of the users and roles. */
const PEOPLE = "resources/people.yaml";

/** All with plain `pulumi`, but one with all that `access-plane up` does. */
const KINDS = [
  "first up",
  "preview",
  "no-change up",
  "no-change access-plane up",
  "one change",
] as const;
type Times = Record<(typeof KINDS)[number], number[]>;

/** A stack whose size is measured. */
interface Sized {
  /** What it has, such as `12 apps`. */
  what: string;
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Flags that name the stack. */
  flags: readonly string[];
  /** Changes one of its resources. The number is another one each time. */
  change: (run: number) => void;
}

const UP = ["up", "--yes", "--skip-preview"];

/** Runs Pulumi's CLI on the stack. */
function engine({ what, cwd, env, flags }: Omit<Sized, "change">, ...command: string[]) {
  const args = [...command, "--non-interactive", ...flags];
  return seconds({ name: `${what}: ${command[0] ?? ""}`, command: "pulumi", args, cwd, env });
}

/** Runs `access-plane up` in a folder. */
function accessPlaneUp({ what, cwd, env, flags }: Omit<Sized, "change">) {
  const args = [path.join(ROOT, "bin/access-plane"), "-C", cwd, "up", "--yes", ...flags];
  return seconds({ name: `${what}: access-plane up`, command: process.execPath, args, cwd, env });
}

async function measure(sized: Sized): Promise<Times> {
  const up = () => engine(sized, ...UP);
  const times: Times = {
    "first up": [await up()],
    preview: [],
    "no-change up": [],
    "no-change access-plane up": [],
    "one change": [],
  };
  for (let count = 0; count < RUNS; count++) {
    times.preview.push(await engine(sized, "preview"));
    times["no-change up"].push(await up());
    times["no-change access-plane up"].push(await accessPlaneUp(sized));
    sized.change(count);
    times["one change"].push(await up());
  }
  return times;
}

/** Makes stacks of kind `apps` with so many apps each, on the plane of the sandbox, and passes their folder. */
function withCatalogues<T>(
  apps: number,
  stacks: readonly string[],
  { env }: EngineStack,
  use: (folder: string, change: (stack: string, run: number) => void) => Promise<T>,
): Promise<T> {
  const project = catalogue(apps, ...stacks);
  for (const config of Object.values(project.configs)) {
    config["pulumi:disable-default-providers"] = ["*"];
    config["access-plane:kubernetes"] = { context: "sandbox" };
  }
  return withProject(project, (cwd) => {
    for (const stack of stacks) {
      execFileSync("pulumi", ["stack", "init", stack, "--non-interactive"], { cwd, env });
    }
    return use(cwd, (stack, run) => {
      const file = appFile(stack, 0);
      const app = { ...project.files[file], description: `Change ${run}` };
      fs.writeFileSync(path.join(cwd, file), stringify(app));
    });
  });
}

/** One stack with so many apps. */
function apps(size: number, stack: EngineStack): Promise<Times> {
  const name = `of${size}`;
  return withCatalogues(size, [name], stack, (cwd, change) =>
    measure({
      what: `${size} apps`,
      cwd,
      env: stack.env,
      flags: ["--stack", name],
      change: (run) => change(name, run),
    }),
  );
}

/** As many stacks as apps need (docs/apps.md), deployed by one command. `changed` are updates of 100 apps. */
function manyApps(stack: EngineStack, changed: readonly number[]): Promise<Row[]> {
  const { env } = stack;
  const names = Array.from({ length: MANY / ONE_STACK }, (_, index) => `catalogue-${index}`);
  const what = `${MANY} apps in ${names.length} stacks`;
  return withCatalogues(ONE_STACK, names, stack, async (cwd, change) => {
    const flags = ["--stacks", "catalogue-*", "--parallel", String(os.cpus().length)];
    const upOfAll = () => accessPlaneUp({ what, cwd, env, flags });
    const [first, again] = [await upOfAll(), await upOfAll()];
    const one: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      change("catalogue-0", run);
      one.push(await engine({ what, cwd, env, flags: ["--stack", "catalogue-0"] }, ...UP));
    }
    const ratios = one.map((took) => took / medianOf(changed));
    return [
      row(`${what}: first up of all`, "s", [first]),
      row(`${what}: no-change up of all`, "s", [again]),
      row(`${what}: one change`, "s", one),
      row(`${what}: one change, against 100 apps`, "×", ratios, 3),
    ];
  });
}

/** The sandbox's plane with so many users and as many roles, after it had none. */
async function users(size: number, stack: EngineStack): Promise<Times> {
  const { configFile, env } = stack;
  const before = fs.readFileSync(configFile, "utf8");
  await stack.up();
  stack.change((config) => {
    config[RESOURCES] = { ...(config[RESOURCES] as object), files: ["resources/*.yaml"] };
  });
  const all = rolesAndUsers(size);
  const times = await withProject({ configs: {}, files: { [PEOPLE]: all } }, (cwd) => {
    // Its charts, by a path below the folder of the stack file.
    fs.symlinkSync(path.join(ROOT, "sandbox"), path.join(cwd, "sandbox"));
    const change = (run: number) => {
      const role = { ...all.roles["role-0"], description: `Change ${run}` };
      const roles = { ...all.roles, "role-0": role };
      fs.writeFileSync(path.join(cwd, PEOPLE), stringify({ ...all, roles }));
    };
    const flags = ["--stack", "sandbox", "--config-file", configFile];
    return measure({ what: `${size} users and roles`, cwd, env, flags, change });
  });
  fs.writeFileSync(configFile, before);
  return times;
}

/** The rows of a series of sizes. */
function rows(what: string, sizes: readonly number[], found: readonly Times[]): Row[] {
  return KINDS.flatMap((kind) => {
    const all = found.map((times, at) =>
      row(`${String(sizes[at])} ${what}: ${kind}`, "s", times[kind]),
    );
    const medians = all.map(({ median }) => median);
    return [...all, linear(`${what}: ${kind}`, sizes, medians)];
  });
}

/** Measures a series of sizes on the plane of a new sandbox. */
async function onPlane<T>(measureAll: (stack: EngineStack) => Promise<T>): Promise<T> {
  const stack = await EngineStack.start();
  try {
    await stack.up();
    return await measureAll(stack);
  } finally {
    await stack.stop();
  }
}

async function series(sizes: readonly number[], of: typeof apps, stack: EngineStack) {
  const found: Times[] = [];
  for (const size of sizes) found.push(await of(size, stack));
  return found;
}

export const engineApps = (): Promise<Row[]> =>
  onPlane(async (stack) => {
    const found = await series(APPS, apps, stack);
    const many = await manyApps(stack, found[1]?.["one change"] ?? []);
    return [...rows("apps", APPS, found), ...many];
  });

export const engineUsers = (): Promise<Row[]> =>
  onPlane(async (stack) => rows("users and roles", USERS, await series(USERS, users, stack)));
