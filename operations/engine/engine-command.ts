import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as semver from "semver";
import { CommandError } from "../base/exit-codes";
import { STACK_VARIABLE } from "./processes";
import { temporaryFolder } from "./temporary-folder";

/** First version of the CLI that streams its events. */
const MINIMUM = "3.206.0";

/** A failed command of the Pulumi CLI. The message is its standard error. */
export class EngineError extends Error {
  constructor(
    readonly args: readonly string[],
    /** Exit code; null if a signal ended the CLI. */
    readonly code: number | null,
    readonly stdout: string,
    readonly stderr: string,
    readonly signal: NodeJS.Signals | null = null,
  ) {
    super(stderr.trim() === "" ? endOf(args, code, signal) : stderr);
    this.name = "EngineError";
  }

  /** What to say of a CLI that a signal ended, which says nothing itself. */
  get killed(): string | undefined {
    return this.signal === null ? undefined : endOf(this.args, this.code, this.signal);
  }
}

function endOf([command = ""]: readonly string[], code: number | null, signal: string | null) {
  return signal === null
    ? `pulumi ${command} ended with ${String(code)}`
    : `pulumi ${command} was killed by ${signal}, by another process or because the machine ran out of memory: ` +
        "run the command again, it continues from what the state records";
}

/** Output of a finished command of the CLI. */
export interface EngineOutput {
  stdout: string;
  stderr: string;
  code: number;
}

type Listener = (text: string) => void;

/** What `pulumi version` printed, by the environment that it was asked in. */
const versions = new WeakMap<NodeJS.ProcessEnv, Promise<EngineOutput>>();

/** Asks the CLI for its version in advance. Errors are those of the command that needs it. */
export function askVersion(env: NodeJS.ProcessEnv, forced = new AbortController().signal) {
  const asked = versions.get(env) ?? execute(["version"], { env, forced });
  versions.set(env, asked);
  asked.catch(() => undefined);
  return asked;
}

/**
 * Runs the Pulumi CLI for the Automation API. Unlike the SDK's own class, it gives the CLI its own process group. So
 * Ctrl-C in the terminal reaches the CLI once, through this process, and its providers can be ended together with it.
 */
export class EngineCommand {
  readonly command = "pulumi";

  private constructor(
    readonly version: semver.SemVer,
    private readonly env: NodeJS.ProcessEnv,
    private readonly forced: AbortSignal,
    private readonly extraArgs: readonly string[],
  ) {}

  /** Finds the CLI on PATH. `forced` ends running commands at once; every command gets `extraArgs`. */
  static async find(
    env: NodeJS.ProcessEnv,
    forced: AbortSignal,
    extraArgs: readonly string[] = [],
  ): Promise<EngineCommand> {
    const version = semver.parse((await askVersion(env, forced)).stdout.trim());
    if (version === null || semver.lt(version, MINIMUM)) {
      throw new CommandError(
        "ENVIRONMENT",
        `the Pulumi CLI on PATH is ${version === null ? "of an unknown version" : version.version}, ` +
          `must be ${MINIMUM} or later: install a current one.`,
      );
    }
    return new EngineCommand(version, env, forced, extraArgs);
  }

  run(
    args: string[],
    cwd: string,
    extraEnv: Record<string, string>,
    onOutput?: Listener,
    onError?: Listener,
    signal?: AbortSignal,
  ): Promise<EngineOutput> {
    const at = args.indexOf("--stack");
    return execute([...args, "--non-interactive", ...this.extraArgs], {
      cwd,
      env: {
        ...this.env,
        ...extraEnv,
        ...(isPreview(args) && UNSAVED),
        PULUMI_AUTOMATION_API: "true",
        // All processes of the engine inherit it, so they can be found if the engine dies.
        [STACK_VARIABLE]: at === -1 ? undefined : args[at + 1],
      },
      forced: this.forced,
      onOutput,
      onError,
      signal,
    });
  }
}

interface Execution {
  cwd?: string;
  env: NodeJS.ProcessEnv;
  forced: AbortSignal;
  signal?: AbortSignal;
  onOutput?: Listener;
  onError?: Listener;
}

/**
 * Environment of a preview. Without it the engine writes the whole state into memory twice for each new resource,
 * although a preview saves none: 155 instead of 27 seconds for 2,000 of them. An update must not have it.
 */
const UNSAVED = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };

const isPreview = (args: readonly string[]) =>
  args[0] === "preview" || args.includes("--preview-only");

/** Commands that change resources. */
const CHANGING = ["up", "refresh", "destroy"];

/**
 * Output files of a command that changes resources; undefined for other commands. With a pipe, a kill of
 * this process would end the command at its next line: its state would be half written and its lock held.
 */
function outputFiles(args: readonly string[], folder: string) {
  if (!CHANGING.includes(args[0] ?? "")) return undefined;
  const names = { stdout: path.join(folder, "stdout"), stderr: path.join(folder, "stderr") };
  const open = (file: string) => fs.openSync(file, "w", 0o600);
  const files = [open(names.stdout), open(names.stderr)] as const;
  return {
    files,
    read: () => ({
      stdout: fs.readFileSync(names.stdout, "utf8"),
      stderr: fs.readFileSync(names.stderr, "utf8"),
    }),
    close: () => files.forEach((file) => fs.closeSync(file)),
  };
}

async function execute(args: readonly string[], options: Execution): Promise<EngineOutput> {
  const { cwd, forced, signal } = options;
  const temporary = temporaryFolder();
  const env = { ...options.env, ...temporary.env };
  const written = outputFiles(args, temporary.path);
  const [stdout, stderr] = written?.files ?? (["pipe", "pipe"] as const);
  const child = spawn("pulumi", args, {
    ...{ env, cwd, detached: true, stdio: ["ignore", stdout, stderr] },
  });
  // On the first interrupt the engine ends its running steps. The Kubernetes provider stops waiting then.
  const interrupt = () => child.kill("SIGINT");
  const kill = () => endGroup(child);
  if (signal?.aborted === true) interrupt();
  if (forced.aborted) kill();
  signal?.addEventListener("abort", interrupt);
  forced.addEventListener("abort", kill);
  let output = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
    options.onOutput?.(text);
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
    options.onError?.(text);
  });
  try {
    const [code, killer] = await new Promise<[number | null, NodeJS.Signals | null]>(
      (resolve, reject) => {
        child.on("error", reject);
        child.on("close", (...end) => resolve(end));
      },
    );
    if (written !== undefined) {
      output = written.read();
      options.onOutput?.(output.stdout);
      options.onError?.(output.stderr);
    }
    if (code !== 0) throw new EngineError(args, code, output.stdout, output.stderr, killer);
    return { ...output, code };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new CommandError(
      "ENVIRONMENT",
      "the Pulumi CLI is not on PATH: install it, or source the environment that has it.",
    );
  } finally {
    signal?.removeEventListener("abort", interrupt);
    forced.removeEventListener("abort", kill);
    written?.close();
    temporary.remove();
  }
}

/** Kills the CLI and all its providers. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
