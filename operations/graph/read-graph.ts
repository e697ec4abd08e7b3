import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { CommandError } from "../cli/exit-codes";
import { planOf, withBase } from "../report/base";
import { comparePlans } from "../report/compare-plans";
import { buildGraph } from "./build-graph";
import type { Graph } from "./model";
import { planResources, previewResources, stateResources } from "./resources";

const run = promisify(execFile);

/** Where the facts of a picture come from. */
export type Source = "state" | "plan" | "preview";

export interface GraphOptions {
  stack: string;
  /** Folder of the Pulumi project. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** `state` as deployed, `plan` as the settings say, `preview` as an engine would change it. */
  source: Source;
  /** With `plan`: Git revision or folder to show the difference to. */
  base?: string;
}

async function pulumi(args: string[], { cwd, env, stack }: GraphOptions): Promise<unknown> {
  const command = [...args, "--stack", stack, "--non-interactive", "--color", "never"];
  try {
    const { stdout } = await run("pulumi", command, { cwd, env, maxBuffer: 1024 * 1024 * 1024 });
    return JSON.parse(stdout.slice(stdout.indexOf("{"))) as unknown;
  } catch (error) {
    const { code, stderr = "" } = error as { code?: unknown; stderr?: string };
    if (code === "ENOENT") {
      throw new CommandError("ENVIRONMENT", "the Pulumi CLI cannot be run: is it on PATH?", {
        cause: error,
      });
    }
    throw new CommandError("FAILED", `pulumi ${args.join(" ")} failed:\n${stderr.trim()}`, {
      cause: error,
    });
  }
}

async function plan({ stack, cwd, base }: GraphOptions): Promise<Graph> {
  const head = await planOf(stack, cwd);
  if (head === undefined) {
    throw new CommandError("USAGE", `there is no stack "${stack}": add Pulumi.${stack}.yaml.`);
  }
  if (base === undefined) {
    return buildGraph(stack, "As the settings say; nothing was asked.", planResources(head.plan));
  }
  return withBase(base, cwd, async (opened) => {
    const before = await planOf(stack, opened.cwd);
    const changes = comparePlans(before?.plan ?? [], head.plan);
    const source = `As the settings say, compared with ${opened.label}; nothing was asked.`;
    return buildGraph(stack, source, planResources(head.plan, changes));
  });
}

/** The access plane of a stack as a graph. Throws what the engine or the settings refuse. */
export async function readGraph(options: GraphOptions): Promise<Graph> {
  const { stack, source } = options;
  switch (source) {
    case "plan":
      return plan(options);
    case "preview": {
      const printed = await pulumi(["preview", "--json", "--show-sames"], options);
      return buildGraph(stack, "As an update would change it.", previewResources(printed));
    }
    case "state": {
      const exported = await pulumi(["stack", "export"], options);
      return buildGraph(stack, "As it was deployed last.", stateResources(exported));
    }
  }
}
