import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";
import { EXIT } from "../../operations/base/exit-codes";
import { readProcesses, type ProcessInfo } from "../../operations/engine/processes";
import type { StackState } from "../../operations/engine/state";
import { ended, type Ended } from "../engine/ended";
import { linkedProject } from "../engine/linked-project";
import { EngineStack, type Config } from "../engine/stack";
import type { DisturbedServers } from "./disturbed-servers";
import { outsideObjects } from "./outside-objects";
import { helmStatuses, planeObjects } from "./plane-objects";

export const NAMESPACE = "teleport";

/** Processes that a test can kill. */
export const VICTIMS = [
  "engine",
  "program",
  "Kubernetes plugin",
  "AWS plugin",
  "command line",
  "everything",
] as const;
export type Victim = (typeof VICTIMS)[number] | "Vault plugin";

/** Deployments from one state of the plane to another. */
export const PHASES = ["up", "upgrade", "destroy"] as const;
export type Phase = (typeof PHASES)[number];

/** Which process is killed, and when. */
export interface Crash {
  victim: Victim;
  /** Number of finished resources. */
  after: number;
  /** Milliseconds after these resources. */
  delay: number;
}

/** The phase that leads to the start of each phase. */
const START = { up: "destroy", upgrade: "up", destroy: "upgrade" } as const;
const COMMAND = { up: "up", upgrade: "up", destroy: "destroy" } as const;
/** A line of output that reports a finished resource. */
const DONE = /: (created|updated|deleted) /g;

/** All objects of a plane, by kind and name. */
export type Objects = Record<string, string | string[]>;

/** Asserts that the objects are the same. The error shows only the differences. */
export function assertSame(found: Objects, goal: Objects | undefined): void {
  assert.ok(goal !== undefined);
  const keys = [...new Set([...Object.keys(found), ...Object.keys(goal)])].sort();
  const differs = (key: string) => JSON.stringify(found[key]) !== JSON.stringify(goal[key]);
  const only = (objects: Objects) =>
    Object.fromEntries(keys.filter(differs).map((key) => [key, objects[key]]));
  assert.deepEqual(only(found), only(goal));
}

/** A plane in its own sandbox, whose deployments a test disturbs. */
export class DisturbedPlane {
  private readonly config = new k8s.KubeConfig();
  /** The environment that reaches the servers without proxies. */
  private readonly direct: NodeJS.ProcessEnv;
  /** A test's own changes of the settings. `upgraded` is true for the settings of an upgrade. */
  changeSettings: (config: Config, upgraded: boolean) => void = () => undefined;
  /** The phase that ended last. */
  private lastPhase: Phase = "destroy";
  /** Milliseconds that each phase's first command took. */
  private readonly took: Partial<Record<Phase, number>> = {};

  private constructor(
    readonly stack: EngineStack,
    readonly project: string,
    /** Proxies between the plane and its servers. */
    readonly servers?: DisturbedServers,
  ) {
    this.direct = { ...stack.env };
    this.config.loadFromFile(stack.env["KUBECONFIG"] ?? "");
    Object.assign(stack.env, servers?.env);
  }

  /** Starts a sandbox. With `disturb`, deployments reach its servers through the proxies of `disturb`. */
  static async start(
    disturb?: (env: NodeJS.ProcessEnv, folder: string) => Promise<DisturbedServers>,
  ): Promise<DisturbedPlane> {
    const project = linkedProject();
    const stack = await EngineStack.start(project);
    let servers: DisturbedServers | undefined;
    try {
      servers = await disturb?.(stack.env, project);
      const plane = new DisturbedPlane(stack, project, servers);
      stack.liftProtection();
      // Creates the stack in the backend behind the proxy.
      if (servers !== undefined) await stack.expect(0, "stack", "init", "sandbox");
      // Replaces the file that `init` wrote, for commands without --config-file.
      const file = path.join(project, "Pulumi.sandbox.yaml");
      fs.rmSync(file, { force: true });
      fs.symlinkSync(stack.configFile, file);
      return plane;
    } catch (error) {
      // Otherwise the proxies and the sandbox would keep running.
      await servers?.stop();
      await stack.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.processes().forEach(({ pid }) => process.kill(pid, "SIGKILL"));
    await this.servers?.stop();
    await this.stack.stop();
    fs.rmSync(this.project, { recursive: true, force: true });
  }

  async objects(): Promise<Objects> {
    const [kubernetes, outside, state] = await Promise.all([
      planeObjects(this.config, NAMESPACE),
      outsideObjects(this.stack, this.direct),
      this.state(),
    ]);
    const { resources = [], pending_operations: pending = [] } = state.deployment ?? {};
    const urns = (list: { urn: string }[]) => list.map(({ urn }) => urn).sort();
    return {
      ...{ ...kubernetes, ...outside },
      "resources in the state": urns(resources),
      "pending in the state": urns(pending.map(({ resource }) => resource)),
    };
  }

  private async state(): Promise<StackState> {
    // With the state in a bucket, the CLI writes warnings of the AWS SDK to stderr.
    const { code, stdout, output } = await this.stack.run("stack", "export");
    assert.equal(code, EXIT.OK, output);
    return JSON.parse(stdout) as StackState;
  }

  helmStatuses(): Promise<Record<string, string>> {
    return helmStatuses(this.config, NAMESPACE);
  }

  /** Writes the settings of a phase. `upgrade` changes both Helm releases. */
  settings(phase: Phase): void {
    this.stack.change((config) => {
      config["access-plane:teleport"] = {
        ...(config["access-plane:teleport"] as object),
        certificateReload: phase === "upgrade" ? "7m" : "5m",
      };
      const agents = config["access-plane:agents"] as Record<string, object>;
      agents["teleport-agent"] = {
        ...agents["teleport-agent"],
        podLabels: { phase: phase === "upgrade" ? "new" : "old" },
      };
      this.changeSettings(config, phase === "upgrade");
    });
  }

  /** Runs the command of a phase. */
  run(phase: Phase, ...flags: string[]): Promise<Ended> {
    return ended(this.begin(phase, ...flags));
  }

  /** Runs the command of a phase and asserts that it succeeds, after `recover` if its output says so. */
  async command(phase: Phase): Promise<string> {
    const began = Date.now();
    let run = await this.run(phase);
    if (run.code === EXIT.LOCKED && /recover --stack \S+ --yes/.test(run.output)) {
      const recovered = await this.stack.accessPlane("recover", "--yes");
      assert.equal(recovered.code, EXIT.OK, recovered.output);
      run = await this.run(phase);
    }
    assert.equal(run.code, EXIT.OK, run.output);
    this.reached(phase);
    this.took[phase] ??= Date.now() - began;
    return run.output;
  }

  /** Records that a phase has ended. */
  reached(phase: Phase): void {
    this.lastPhase = phase;
  }

  /** Deploys the state in which a phase begins, and writes the phase's settings. */
  async prepare(phase: Phase): Promise<void> {
    const start = START[phase];
    if (this.lastPhase !== start) {
      this.settings(start);
      await this.command(start);
    }
    this.settings(phase);
  }

  /** Seconds in which a phase ends on this machine, with reserve: twice its first duration and 15 more. */
  timeLimit(phase: Phase): number {
    return 15 + Math.ceil((2 * (this.took[phase] ?? 60_000)) / 1000);
  }

  /** Writes the settings of the other deployed state, and resolves to the phase that deploys it. */
  async switchSettings(): Promise<Phase> {
    if (this.lastPhase === "destroy") await this.prepare("upgrade");
    const phase = this.lastPhase === "up" ? "upgrade" : "up";
    this.settings(phase);
    return phase;
  }

  /** Starts the command of a phase. */
  begin(phase: Phase, ...flags: string[]) {
    const own = phase === "destroy" ? ["--allow", "all"] : ["--skip-preflight"];
    return this.stack.spawnAccessPlane(COMMAND[phase], "--yes", ...own, ...flags);
  }

  /** The number of finished resources in an output. */
  static done(output: string): number {
    return (output.match(DONE) ?? []).length;
  }

  /** Processes of this plane's deployments. Other stacks are called `sandbox`, too: KUBECONFIG differs. */
  processes(): ProcessInfo[] {
    const own = `KUBECONFIG=${this.stack.env["KUBECONFIG"] ?? ""}`;
    return readProcesses().filter(({ pid, stack }) => {
      if (stack !== "sandbox") return false;
      try {
        return fs.readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(own);
      } catch {
        return false;
      }
    });
  }

  /** Running processes that a victim stands for. */
  private victims(victim: Victim, cli: number): { pid: number }[] {
    const all = this.processes();
    const first = (text: RegExp) =>
      all.filter(({ args }) => args.slice(0, 2).some((one) => text.test(one)));
    switch (victim) {
      case "engine":
        return first(/(^|\/)pulumi$/);
      case "program":
        return all.filter(({ args }) => args.some((one) => one.includes("/cmd/run")));
      case "Kubernetes plugin":
        return first(/resource-kubernetes/);
      case "AWS plugin":
        return first(/resource-aws/);
      case "Vault plugin":
        return first(/resource-vault/);
      case "command line":
        return [{ pid: cli }];
      case "everything":
        return [{ pid: cli }, ...all];
    }
  }

  private static kill(victims: readonly { pid: number }[]): void {
    for (const { pid } of victims) {
      try {
        process.kill(pid, "SIGKILL");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    }
  }

  /** Runs a phase's command, kills the victim, and resolves to the end of the command. */
  async crash(phase: Phase, { victim, after, delay }: Crash): Promise<Ended & { killed: boolean }> {
    const child = this.begin(phase);
    let output = "";
    let killed = false;
    let waits: NodeJS.Timeout | undefined;
    child.stderr?.on("data", (chunk: Buffer) => {
      output += String(chunk);
      const working = /: (deploying|destroying)\n/.test(output);
      if (waits !== undefined || !working || DisturbedPlane.done(output) < after) return;
      const kill = () => {
        const victims = this.victims(victim, child.pid ?? 0);
        killed = victims.length > 0;
        DisturbedPlane.kill(victims);
        // The process may not have started yet.
        if (!killed) waits = setTimeout(kill, 200);
      };
      waits = setTimeout(kill, delay);
    });
    const end = await ended(child);
    clearTimeout(waits);
    return { ...end, killed };
  }

  /** Runs a phase's command, and kills the victim when `moment` resolves. */
  async crashWhen(phase: Phase, moment: Promise<void>, victim: Victim): Promise<void> {
    const child = this.begin(phase);
    const end = ended(child);
    const early = end.then(({ output }) => {
      throw new Error(`the command ended before the crash:\n${output}`);
    });
    await Promise.race([moment, early]);
    DisturbedPlane.kill(this.victims(victim, child.pid ?? 0));
    await end;
  }

  /** Runs a phase's command, and kills the victim once a Helm release has this status. */
  async crashAt(phase: Phase, status: string, victim: Victim): Promise<void> {
    const child = this.begin(phase);
    const end = ended(child);
    for (let victims = this.victims(victim, child.pid ?? 0), looks = 0; ; looks++) {
      if (Object.values(await this.helmStatuses()).includes(status)) {
        DisturbedPlane.kill(victims);
        await end;
        return;
      }
      if (child.exitCode !== null) {
        throw new Error(`no release was ${status}:\n${(await end).output}`);
      }
      // The status may last only a few hundred milliseconds, and reading all processes takes as long.
      if (looks % 20 === 0) victims = this.victims(victim, child.pid ?? 0);
      await sleep(10);
    }
  }

  /** Waits until no process is left. Fails 30 seconds after `since`. */
  async nothingRuns(since: number): Promise<void> {
    while (this.processes().length > 0 && Date.now() < since + 30_000) await sleep(200);
    assert.deepEqual(this.processes(), [], "processes are left after 30 seconds");
  }
}
