import { LocalWorkspace, Stack } from "@pulumi/pulumi/automation";
import { CommandError } from "../base/exit-codes";
import type { Cancellation } from "./cancellation";
import { EngineCommand, EngineError } from "./engine-command";
import { engineFailure, printedErrors } from "./engine-errors";

/** Where a stack is, and how to run its engine. */
export interface EngineOptions {
  /** Folder of the Pulumi project. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  cancellation: Cancellation;
  /** Flags for each command of the CLI, such as flags for tracing. */
  extraArgs?: readonly string[];
}

/** A stack in a local workspace. Changes neither its settings nor the selected stack. */
export async function openStack(name: string, options: EngineOptions): Promise<Stack> {
  const command = await EngineCommand.find(
    options.env,
    options.cancellation.forced,
    options.extraArgs,
  );
  const workspace = await LocalWorkspace.create({ workDir: options.cwd, pulumiCommand: command });
  workspace.selectStack = () => Promise.resolve();
  return Stack.select(name, workspace);
}

/** JSON output of a command of the CLI, which may print lines before it. */
export async function engineJson<T>(args: readonly string[], options: EngineOptions): Promise<T> {
  const text = await engineCommand(args, options);
  const start = text.search(/^[{[]/m);
  return JSON.parse(start < 0 ? text : text.slice(start)) as T;
}

/** A stack of the project in the backend. */
export interface ListedStack {
  name: string;
  /** Name in the backend, with organization and project if the backend has them. */
  fullName: string;
  resourceCount: number;
}

/** The stacks of the project in the backend. */
export async function listStacks(options: EngineOptions): Promise<ListedStack[]> {
  const listed = await engineJson<{ name: string; resourceCount?: number }[]>(
    ["stack", "ls", "--json"],
    options,
  );
  return listed.map(({ name, resourceCount = 0 }) => ({
    ...{ name: name.split("/").at(-1) ?? name, fullName: name, resourceCount },
  }));
}

/** Runs a command of the CLI that does not operate on resources. Resolves to its output. */
export async function engineCommand(
  args: readonly string[],
  { cwd, env, cancellation, extraArgs }: EngineOptions,
): Promise<string> {
  const command = await EngineCommand.find(env, cancellation.forced, extraArgs);
  try {
    const run = await command.run([...args], cwd, {}, undefined, undefined, cancellation.graceful);
    return run.stdout;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const failure = engineFailure(error.stderr, printedErrors(error.stdout), error.killed);
    const { reason } = cancellation;
    throw reason === undefined
      ? failure
      : new CommandError(
          reason,
          `cancelled: it ran pulumi ${args[0] ?? ""}, which changes no resource.`,
          { cause: failure },
        );
  }
}
