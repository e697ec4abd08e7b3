import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { checkout, stateDir } from "../setup/paths.ts";
import { CommandError, runCommand } from "../setup/run-command.ts";
import { readSources } from "../setup/sources.ts";
import { toolPath } from "../setup/tools.ts";
import { inTerminal } from "./shell.ts";

const backend = join(stateDir, "pulumi-state", ".pulumi");

/** One stack of the program on the sandbox, driven with the real CLI. */
export class Stack {
  readonly name: string;
  readonly env: NodeJS.ProcessEnv;
  private readonly configFile: string | undefined;

  constructor(
    name: string,
    env: NodeJS.ProcessEnv,
    sources = readSources(),
    configFile = sources?.charts === "official" ? vendorChartSettings(name) : undefined,
  ) {
    this.name = name;
    // The language host beside the CLI is the right one. This turns off the warning about another one on PATH.
    this.env = { ...env, PULUMI_IGNORE_AMBIENT_PLUGINS: "true", PULUMI_SUPPRESS_NEO_LINK: "true" };
    this.configFile = configFile;
  }

  /** Whether the sandbox's backend has a stack of that name. */
  static exists(name: string): boolean {
    return existsSync(join(backend, "stacks", "access-plane", `${name}.json`));
  }

  /** Whether anything of that stack is deployed. */
  static deployed(name: string): boolean {
    return deployedResources(name).length > 0;
  }

  /** Arguments that users add to a command. */
  get flagsForPeople(): string {
    return this.configFile === undefined ? "" : `--config-file .sandbox/Pulumi.${this.name}.yaml `;
  }

  async select(): Promise<number> {
    if (Stack.exists(this.name)) return 0;
    try {
      await runCommand(toolPath("pulumi"), ["stack", "select", "--create", this.name], {
        cwd: checkout,
        env: this.env,
      });
      return 0;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      process.stderr.write(`${error.message}\n`);
      return 1;
    }
  }

  /** Runs a Pulumi command on this stack, on this terminal. */
  run(command: string, ...args: string[]): Promise<number> {
    const config = this.configFile === undefined ? [] : ["--config-file", this.configFile];
    const all = [command, "--stack", this.name, ...config, "--suppress-permalink=true", ...args];
    const quiet = process.stdout.isTTY ? [] : ["--non-interactive", "--color", "never"];
    return inTerminal(toolPath("pulumi"), [...all, ...quiet], this.env);
  }

  /** Runs a command of `access-plane` on this stack, on this terminal. */
  accessPlane(command: string, ...args: string[]): Promise<number> {
    const config = this.configFile === undefined ? [] : ["--config-file", this.configFile];
    const all = ["bin/access-plane", command, "--stack", this.name, ...config, ...args];
    return inTerminal(process.execPath, all, this.env);
  }

  /**
   * Turns off AWS's deletion protection of the load balancer, as docs/operations.md says, with settings of its own.
   * Nothing else changes, even if the stack file differs from what is deployed.
   */
  async unprotect(): Promise<number> {
    const there = deployedResources(this.name).filter(
      ({ type, inputs }) =>
        type === "aws:lb/loadBalancer:LoadBalancer" &&
        inputs?.["enableDeletionProtection"] === true,
    );
    if (there.length === 0) return 0;
    const file = settingsFile(this.name, this.configFile, ({ config }) => {
      const balancer = (config["access-plane:loadBalancer"] ??= {}) as Record<string, unknown>;
      balancer["deletionProtection"] = false;
    });
    const targets = there.flatMap(({ urn }) => ["--target", urn]);
    const own = new Stack(this.name, this.env, undefined, file);
    return own.run("up", "--yes", "--skip-preview", "--suppress-outputs", ...targets);
  }

  async outputs(): Promise<Record<string, unknown>> {
    return (await this.ask("stack", "output", "--json")) as Record<string, unknown>;
  }

  /** How many resources the last update touched. */
  async lastChanges(): Promise<number> {
    const [last] = (await this.ask("stack", "history", "--json", "--page-size", "1")) as [
      { resourceChanges?: Record<string, number> }?,
    ];
    return Object.entries(last?.resourceChanges ?? {})
      .filter(([kind]) => /^(create|update|delete|replace|import)/.test(kind))
      .reduce((sum, [, count]) => sum + count, 0);
  }

  private async ask(...args: string[]): Promise<unknown> {
    const text = await runCommand(toolPath("pulumi"), [...args, "--stack", this.name], {
      cwd: checkout,
      env: this.env,
    });
    return JSON.parse(text);
  }
}

interface Deployed {
  urn: string;
  type: string;
  protect?: boolean;
  inputs?: Record<string, unknown>;
}

/** What the sandbox's backend has of a stack. */
function deployedResources(name: string): Deployed[] {
  if (!Stack.exists(name)) return [];
  const file = join(backend, "stacks", "access-plane", `${name}.json`);
  const state = JSON.parse(readFileSync(file, "utf8")) as {
    checkpoint?: { latest?: { resources?: Deployed[] } };
  };
  return state.checkpoint?.latest?.resources ?? [];
}

/** The stack's settings without its chart folder, so that the program uses the vendor's charts. */
function vendorChartSettings(name: string): string {
  return settingsFile(name, undefined, ({ config }) => {
    delete config["access-plane:chart"];
  });
}

/** Settings of a stack, from its own file or another one, changed for the sandbox alone. */
function settingsFile(
  name: string,
  from: string | undefined,
  edit: (settings: { config: Record<string, unknown> }) => void,
): string {
  const settings = parse(
    readFileSync(from ?? join(checkout, `Pulumi.${name}.yaml`), "utf8"),
  ) as Parameters<typeof edit>[0];
  edit(settings);
  mkdirSync(stateDir, { recursive: true });
  const file = join(stateDir, `Pulumi.${name}.yaml`);
  writeFileSync(file, stringify(settings));
  return file;
}

/** A killed deployment leaves its lock in the backend: remove it when its process is gone. */
export function clearDeadLock(name: string): void {
  const folder = join(backend, "locks", "organization", "access-plane", name);
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder)) {
    const lock = JSON.parse(readFileSync(join(folder, file), "utf8")) as {
      pid: number;
      hostname: string;
    };
    if (lock.hostname === hostname() && !runs(lock.pid)) rmSync(join(folder, file));
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
