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

/** What can die. */
export const VICTIMS = [
  "engine",
  "program",
  "Kubernetes plugin",
  "AWS plugin",
  "command line",
  "everything",
] as const;
export type Victim = (typeof VICTIMS)[number] | "Vault plugin";

/** How a deployment goes from one state to another. */
export const PHASES = ["up", "upgrade", "destroy"] as const;
export type Phase = (typeof PHASES)[number];

/** When a process is killed. */
export interface Crash {
  victim: Victim;
  /** How many resources are done by then. */
  after: number;
  /** Milliseconds from there. */
  delay: number;
}

/** Where each phase begins. */
const START = { up: "destroy", upgrade: "up", destroy: "upgrade" } as const;
const COMMAND = { up: "up", upgrade: "up", destroy: "destroy" } as const;
/** A line of the command line that tells that a resource is done. */
const DONE = /: (created|updated|deleted) /g;

/** Everything that stands: object by object. */
export type Objects = Record<string, string | string[]>;

/** Fails with what differs, and nothing beside it. */
export function assertSame(found: Objects, goal: Objects | undefined): void {
  assert.ok(goal !== undefined);
  const keys = [...new Set([...Object.keys(found), ...Object.keys(goal)])].sort();
  const differs = (key: string) => JSON.stringify(found[key]) !== JSON.stringify(goal[key]);
  const only = (objects: Objects) =>
    Object.fromEntries(keys.filter(differs).map((key) => [key, objects[key]]));
  assert.deepEqual(only(found), only(goal));
}

/** A plane on a sandbox of its own, whose deployments are disturbed. */
export class DisturbedPlane {
  private readonly config = new k8s.KubeConfig();
  /** The environment without anything between. */
  private readonly direct: NodeJS.ProcessEnv;
  /** What a test changes in the settings besides; `upgraded` is true at the end of an upgrade. */
  also: (config: Config, upgraded: boolean) => void = () => undefined;
  /** The phase that ended last. */
  private stands: Phase = "destroy";
  /** How long each phase's command took at first, in milliseconds. */
  private readonly took: Partial<Record<Phase, number>> = {};

  private constructor(
    readonly stack: EngineStack,
    readonly project: string,
    /** What stands between the plane and its servers. */
    readonly servers?: DisturbedServers,
  ) {
    this.direct = { ...stack.env };
    this.config.loadFromFile(stack.env["KUBECONFIG"] ?? "");
    Object.assign(stack.env, servers?.env);
  }

  /** Starts a sandbox; with `disturb`, deployments reach its servers through what that puts there. */
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
      // In the backend that the servers' faults reach.
      if (servers !== undefined) await stack.expect(0, "stack", "init", "sandbox");
      // For commands that take no other file, in the place of what `init` has written.
      const file = path.join(project, "Pulumi.sandbox.yaml");
      fs.rmSync(file, { force: true });
      fs.symlinkSync(stack.configFile, file);
      return plane;
    } catch (error) {
      // What did start would keep running.
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
    // With a state in a bucket, the CLI writes the SDK's warnings to its standard error.
    const { code, stdout, output } = await this.stack.run("stack", "export");
    assert.equal(code, EXIT.OK, output);
    return JSON.parse(stdout) as StackState;
  }

  helmStatuses(): Promise<Record<string, string>> {
    return helmStatuses(this.config, NAMESPACE);
  }

  /** Takes the settings of a phase's end: `upgrade` changes both releases. */
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
      this.also(config, phase === "upgrade");
    });
  }

  /** Runs the ordinary command of a phase. */
  run(phase: Phase, ...flags: string[]): Promise<Ended> {
    return ended(this.begin(phase, ...flags));
  }

  /** The ordinary command of a phase, with `recover` first where the command itself says so. */
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

  /** Tells that a phase has ended. */
  reached(phase: Phase): void {
    this.stands = phase;
  }

  /** Brings the plane to where a phase begins, and takes that phase's settings. */
  async beginning(phase: Phase): Promise<void> {
    const start = START[phase];
    if (this.stands !== start) {
      this.settings(start);
      await this.command(start);
    }
    this.settings(phase);
  }

  /** Seconds in which a phase surely ends, as fast as this machine is: twice what it took at first. */
  enough(phase: Phase): number {
    return 15 + Math.ceil((2 * (this.took[phase] ?? 60_000)) / 1000);
  }

  /** Takes the settings of the other one of two deployed states; resolves to its phase. */
  async other(): Promise<Phase> {
    if (this.stands === "destroy") await this.beginning("upgrade");
    const phase = this.stands === "up" ? "upgrade" : "up";
    this.settings(phase);
    return phase;
  }

  /** Starts the ordinary command of a phase. */
  begin(phase: Phase, ...flags: string[]) {
    const own = phase === "destroy" ? ["--allow", "all"] : ["--skip-preflight"];
    return this.stack.spawnAccessPlane(COMMAND[phase], "--yes", ...own, ...flags);
  }

  /** How many resources an output says are done. */
  static done(output: string): number {
    return (output.match(DONE) ?? []).length;
  }

  /** Processes of this plane's deployments. Their variable tells which; others work on `sandbox`, too. */
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

  /** Processes to kill, at this moment. */
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

  /** Runs a phase's command and kills a process of it; resolves to how it ended. */
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
        // It may not have begun yet.
        if (!killed) waits = setTimeout(kill, 200);
      };
      waits = setTimeout(kill, delay);
    });
    const end = await ended(child);
    clearTimeout(waits);
    return { ...end, killed };
  }

  /** Runs a phase's command and kills a process of it as soon as this has happened. */
  async crashWhen(phase: Phase, moment: Promise<void>, victim: Victim): Promise<void> {
    const child = this.begin(phase);
    const end = ended(child);
    const early = end.then(({ output }) => {
      throw new Error(`it ended before it could be killed:\n${output}`);
    });
    await Promise.race([moment, early]);
    DisturbedPlane.kill(this.victims(victim, child.pid ?? 0));
    await end;
  }

  /** Runs a phase's command and kills a process of it once Helm has a release in this status. */
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
      // The status may last only some hundred milliseconds; reading each process takes as long.
      if (looks % 20 === 0) victims = this.victims(victim, child.pid ?? 0);
      await sleep(10);
    }
  }

  /** Waits until no process is left; fails 30 seconds after this moment. */
  async nothingRuns(since: number): Promise<void> {
    while (this.processes().length > 0 && Date.now() < since + 30_000) await sleep(200);
    assert.deepEqual(this.processes(), [], "processes are left after 30 seconds");
  }
}
