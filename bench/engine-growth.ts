import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { EngineStack } from "../tests/engine/stack";
import { seconds } from "./pairs";
import { catalogue, plane, ROOT, STACK, withProject } from "./projects";
import { linear, row, type Row } from "./result";

/** Updates and previews by the number of apps, users and roles in one stack, on the real engine. */

/** The smallest stands for what every run costs. */
const APPS = [12, 100, 1000];
const USERS = [10, 100, 1000];
/** How often each is measured, but the first `up`. */
const RUNS = 3;

const KINDS = ["first up", "preview", "no-change up", "one change"] as const;
type Times = Record<(typeof KINDS)[number], number[]>;

const RESOURCES = "access-plane:resources";

interface Resources {
  roles: Record<string, { spec: { allow: object } }>;
  users: object;
}

const many = (size: number) => plane(0, size)[RESOURCES] as Resources;

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

async function measure({ what, cwd, env, flags, change }: Sized): Promise<Times> {
  const run = (...command: string[]) => {
    const args = [...command, "--non-interactive", ...flags];
    return seconds({ name: `${what}: ${command[0] ?? ""}`, command: "pulumi", args, cwd, env });
  };
  const up = () => run("up", "--yes", "--skip-preview");
  const times: Times = {
    "first up": [await up()],
    preview: [],
    "no-change up": [],
    "one change": [],
  };
  for (let count = 0; count < RUNS; count++) {
    times.preview.push(await run("preview"));
    times["no-change up"].push(await up());
    change(count);
    times["one change"].push(await up());
  }
  return times;
}

/** A stack of kind `apps` with so many, on the plane of the sandbox. */
async function apps(size: number, { env }: EngineStack): Promise<Times> {
  const name = `of${size}`;
  const { config, files } = catalogue(size);
  // All stacks have their objects in one namespace.
  const own = Object.entries(files).map(([app, content]) => [`${name}-${app}`, content]);
  const settings = {
    ...config,
    "pulumi:disable-default-providers": ["*"],
    "access-plane:kubernetes": { context: "sandbox" },
  };
  const use = (cwd: string): Promise<Times> => {
    fs.renameSync(path.join(cwd, `Pulumi.${STACK}.yaml`), path.join(cwd, `Pulumi.${name}.yaml`));
    execFileSync("pulumi", ["stack", "init", name, "--non-interactive"], { cwd, env });
    const file = path.join(cwd, "apps", `${name}-app-0.yaml`);
    const change = (run: number) =>
      fs.writeFileSync(file, stringify({ ...files["app-0"], description: `Change ${run}` }));
    return measure({ what: `${size} apps`, cwd, env, flags: ["--stack", name], change });
  };
  return withProject(settings, use, Object.fromEntries(own) as Record<string, object>);
}

/** The sandbox's plane with so many users and as many roles, of which it has none before and after. */
async function users(size: number, stack: EngineStack): Promise<Times> {
  const before = fs.readFileSync(stack.configFile, "utf8");
  const { roles, users: all } = many(size);
  stack.change((config) => {
    const own = (config[RESOURCES] ?? {}) as Partial<Resources>;
    config[RESOURCES] = { ...own, roles: { ...own.roles, ...roles }, users: all };
  });
  const change = (run: number) =>
    stack.change((config) => {
      const role = (config[RESOURCES] as Resources).roles["role-0"];
      if (role !== undefined) role.spec.allow = { app_labels: { change: `change-${run}` } };
    });
  const flags = ["--stack", "sandbox", "--config-file", stack.configFile];
  const what = `${size} users and roles`;
  const times = await measure({ what, cwd: ROOT, env: stack.env, flags, change });
  fs.writeFileSync(stack.configFile, before);
  await stack.up();
  return times;
}

/** The rows of a series of sizes. */
function rows(what: string, sizes: readonly number[], found: readonly Times[]): Row[] {
  return KINDS.flatMap((kind) => {
    const all = found.map((times, at) =>
      row("engine-growth", `${String(sizes[at])} ${what}: ${kind}`, "s", times[kind]),
    );
    const medians = all.map(({ median }) => median);
    const growth = linear("engine-growth", `${what}: ${kind}`, sizes, medians);
    const [, hundred = NaN, thousand = NaN] = medians;
    // Of 10,000 in ten stacks, one stack is deployed.
    const ratio = `${what}: ${kind}, 1000 against 100`;
    const one = row("engine-growth", ratio, "×", [thousand / hundred], 3);
    return [...all, growth, ...(kind === "one change" ? [one] : [])];
  });
}

export async function engineGrowth(): Promise<Row[]> {
  const stack = await EngineStack.start();
  try {
    await stack.up();
    const series = async (sizes: readonly number[], of: typeof apps) => {
      const found: Times[] = [];
      for (const size of sizes) found.push(await of(size, stack));
      return found;
    };
    return [
      ...rows("apps", APPS, await series(APPS, apps)),
      ...rows("users and roles", USERS, await series(USERS, users)),
    ];
  } finally {
    await stack.stop();
  }
}
