import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { EngineStack } from "../tests/engine/stack";
import { seconds } from "./pairs";
import { catalogue, STACK, withProject } from "./projects";
import { linear, row, type Row } from "./result";

/** First `up`, no-change `up` and the change of one app by the number of apps in one stack, on the real engine. */

/** The smallest stands for what every `up` costs. */
const SIZES = [12, 100, 1000];
/** How often each is measured, but the first `up`. */
const RUNS = 3;

type Times = Record<"first up" | "no-change up" | "one-app change", number[]>;

/** A stack of kind `apps` with so many, on the plane of the sandbox. */
async function measure(size: number, env: NodeJS.ProcessEnv): Promise<Times> {
  const name = `of${size}`;
  const { config, files } = catalogue(size);
  // All stacks have their objects in one namespace.
  const own = Object.entries(files).map(([app, content]) => [`${name}-${app}`, content]);
  const settings = {
    ...config,
    "pulumi:disable-default-providers": ["*"],
    "access-plane:kubernetes": { context: "sandbox" },
  };
  const use = async (cwd: string): Promise<Times> => {
    fs.renameSync(path.join(cwd, `Pulumi.${STACK}.yaml`), path.join(cwd, `Pulumi.${name}.yaml`));
    const options = ["--stack", name, "--non-interactive"];
    execFileSync("pulumi", ["stack", "init", name, "--non-interactive"], { cwd, env });
    const args = ["up", "--yes", "--skip-preview", ...options];
    const up = () => seconds({ name: `up of ${size} apps`, command: "pulumi", args, cwd, env });
    const times: Times = { "first up": [await up()], "no-change up": [], "one-app change": [] };
    const file = path.join(cwd, "apps", `${name}-app-0.yaml`);
    for (let run = 0; run < RUNS; run++) {
      times["no-change up"].push(await up());
      fs.writeFileSync(file, stringify({ ...files["app-0"], description: `Change ${run}` }));
      times["one-app change"].push(await up());
    }
    return times;
  };
  return withProject(settings, use, Object.fromEntries(own) as Record<string, object>);
}

export async function engineGrowth(): Promise<Row[]> {
  const stack = await EngineStack.start();
  try {
    await stack.up();
    const found: Times[] = [];
    for (const size of SIZES) found.push(await measure(size, stack.env));
    const rows: Row[] = [];
    for (const what of ["first up", "no-change up", "one-app change"] as const) {
      const all = found.map((times, at) =>
        row("engine-growth", `${String(SIZES[at])} apps: ${what}`, "s", times[what]),
      );
      const medians = all.map(({ median }) => median);
      rows.push(...all, linear("engine-growth", what, SIZES, medians));
      const [, hundred = NaN, thousand = NaN] = medians;
      if (what !== "one-app change") continue;
      // Of 10,000 apps in ten stacks, one stack is deployed.
      const ratio = `${what}: 1000 apps against 100`;
      rows.push(row("engine-growth", ratio, "×", [thousand / hundred], 3));
    }
    return rows;
  } finally {
    await stack.stop();
  }
}
