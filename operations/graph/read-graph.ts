import { CommandError } from "../base/exit-codes";
import { Cancellation } from "../engine/cancellation";
import { engineJson } from "../engine/engine-stack";
import type { StackState } from "../engine/state";
import { planOf, withBase } from "../report/base";
import { comparePlans } from "../report/compare-plans";
import type { CheckResult } from "../verify/check";
import { buildGraph } from "./build-graph";
import { withHealth } from "./health";
import type { Graph, GraphResource } from "./model";
import { planResources, previewResources, stateResources, type PrintedPreview } from "./resources";

/** Source of the facts of a graph. */
export type Source = "state" | "plan" | "preview";

export interface GraphOptions {
  stack: string;
  /** Folder of the Pulumi project. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** `state`: as deployed. `plan`: from the settings. `preview`: as an update would change it. */
  source: Source;
  /** With `plan`: Git revision or folder to compare with. */
  base?: string;
  /** Results of `verify` to colour by; not with a preview or a comparison. */
  results?: readonly CheckResult[];
}

/** JSON output of a command of the engine. */
const asked = <T>(args: string[], { cwd, env, stack }: GraphOptions): Promise<T> =>
  engineJson<T>([...args, "--stack", stack, "--color", "never"], {
    ...{ cwd, env, cancellation: new Cancellation() },
  });

/** Resources, and one sentence about their source. */
interface Facts {
  source: string;
  resources: GraphResource[];
}

async function plan({ stack, cwd, base }: GraphOptions): Promise<Facts> {
  const head = await planOf(stack, cwd);
  if (head === undefined) {
    throw new CommandError("USAGE", `there is no stack "${stack}": add Pulumi.${stack}.yaml.`);
  }
  if (base === undefined) {
    const source = "As the settings say; nothing was asked.";
    return { source, resources: planResources(head.plan) };
  }
  return withBase(base, cwd, async (opened) => {
    const before = await planOf(stack, opened.cwd);
    const changes = comparePlans(before?.plan ?? [], head.plan);
    const source = `From the settings, compared with ${opened.label}; nothing was asked.`;
    return { source, resources: planResources(head.plan, changes) };
  });
}

async function facts(options: GraphOptions): Promise<Facts> {
  switch (options.source) {
    case "plan":
      return plan(options);
    case "preview": {
      const printed = await asked<PrintedPreview>(["preview", "--json", "--show-sames"], options);
      return { source: "As an update would change it.", resources: previewResources(printed) };
    }
    case "state": {
      const exported = await asked<StackState>(["stack", "export"], options);
      return { source: "From the last deployment.", resources: stateResources(exported) };
    }
  }
}

/** The access plane of a stack as a graph. Throws the errors of the engine and of the settings. */
export async function readGraph(options: GraphOptions): Promise<Graph> {
  const { stack, results } = options;
  const { source, resources } = await facts(options);
  const graph = buildGraph(stack, source, resources);
  return results === undefined ? graph : withHealth(graph, resources, results);
}
