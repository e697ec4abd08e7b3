import * as assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";
import { EXIT } from "../../operations/base/exit-codes";
import { readProcesses } from "../../operations/engine/processes";
import { ended } from "../engine/ended";
import { EngineStack } from "../engine/stack";
import { helmStatuses, planeObjects } from "./plane-objects";
import { random } from "./random";

const NAMESPACE = "teleport";
const VICTIMS = ["engine", "program", "plugin", "command line", "everything"] as const;
const PHASES = ["up", "upgrade", "destroy"] as const;
type Victim = (typeof VICTIMS)[number];
type Phase = (typeof PHASES)[number];

/** `FAULTS_SEED` repeats a run; `FAULTS` is how many crashes there are. Default: one a phase. */
const SEED = Number(process.env["FAULTS_SEED"] ?? 1);
const CRASHES = Number(process.env["FAULTS"] ?? PHASES.length);

interface Crash {
  phase: Phase;
  victim: Victim;
  /** How many resources are done when it comes. */
  after: number;
}

function crashes(): Crash[] {
  const next = random(SEED);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  return Array.from({ length: CRASHES }, (_, index) => ({
    phase: PHASES[index % PHASES.length] as Phase,
    victim: pick(VICTIMS),
    after: Math.floor(next() * 24),
  }));
}

/**
 * A process of a deployment is killed; the ordinary next command must come to the state of a
 * deployment that nobody disturbed.
 */
describe(`a deployment with a crash (FAULTS_SEED=${SEED} FAULTS=${CRASHES})`, function () {
  let stack: EngineStack;
  const kube = new k8s.KubeConfig();
  let undisturbed: Record<"empty" | "old" | "new", Record<string, string>>;

  before(async () => {
    stack = await EngineStack.start();
    kube.loadFromFile(stack.env["KUBECONFIG"] ?? "");
    const empty = await objects();
    settings("old");
    await command("up");
    const old = await objects();
    settings("new");
    await command("up");
    const changed = await objects();
    await command("destroy");
    assert.deepEqual(
      await objects(),
      empty,
      "a destruction that nobody disturbed leaves something",
    );
    undisturbed = { empty, old, new: changed };
  });
  after(() => stack.stop());

  const objects = () => planeObjects(kube, NAMESPACE);
  /** Settings whose change is an upgrade of both releases. */
  const settings = (which: "old" | "new") => {
    const reload = which === "old" ? "5m" : "7m";
    stack.change((config) => {
      config["access-plane:teleport"] = {
        ...(config["access-plane:teleport"] as object),
        certificateReload: reload,
      };
    });
  };
  const flags = (name: string) =>
    name === "destroy" ? ["--yes", "--allow", "all"] : ["--yes", "--skip-preflight"];
  /** The ordinary command; with a dead lock it says which command takes it away. */
  const command = async (name: "up" | "destroy") => {
    let run = await stack.accessPlane(name, ...flags(name));
    if (run.code === EXIT.LOCKED && /recover --stack \S+ --yes/.test(run.output)) {
      const recovered = await stack.accessPlane("recover", "--yes");
      assert.equal(recovered.code, EXIT.OK, recovered.output);
      run = await stack.accessPlane(name, ...flags(name));
    }
    assert.equal(run.code, EXIT.OK, run.output);
    return run.output;
  };
  const processes = () => {
    const own = readProcesses().filter((info) => info.stack === "sandbox");
    const first = (text: RegExp) =>
      own.filter(({ args }) => args.slice(0, 2).some((one) => text.test(one)));
    return {
      engine: first(/(^|\/)pulumi$/),
      plugin: first(/pulumi-resource-kubernetes$/),
      program: own.filter(({ args }) => args.some((one) => one.includes("/cmd/run"))),
      all: own,
    };
  };
  const kill = (victim: Victim, cli: number) => {
    const { all, ...named } = processes();
    if (victim === "command line" || victim === "everything") process.kill(cli, "SIGKILL");
    const chosen = victim === "everything" ? all : victim === "command line" ? [] : named[victim];
    for (const { pid } of chosen) process.kill(pid, "SIGKILL");
  };

  /** Runs a command and kills the victim once so many resources are done; ends with the command. */
  const crash = async (name: "up" | "destroy", { victim, after }: Crash) => {
    const child = stack.spawnAccessPlane(name, ...flags(name));
    let done = 0;
    let killed = false;
    const onOutput = (chunk: Buffer) => {
      done += (String(chunk).match(/: (created|updated|deleted) /g) ?? []).length;
      if (
        done < after ||
        killed ||
        !/(creating|updating|deleting|created|updated|deleted) /.test(String(chunk))
      )
        return;
      killed = true;
      kill(victim, child.pid ?? 0);
    };
    child.stderr?.on("data", onOutput);
    await ended(child);
    return killed;
  };

  for (const [index, one] of crashes().entries()) {
    const { phase, victim, after } = one;
    it(`${index + 1}: ${victim} in ${phase} after ${after} resources`, async function () {
      const began = Date.now();
      settings("old");
      await command(phase === "up" ? "destroy" : "up");
      if (phase === "upgrade") settings("new");
      const name = phase === "destroy" ? "destroy" : "up";
      const killed = await crash(name, one);
      const crashed = Date.now();
      await command(name);
      const goal = { up: undisturbed.old, upgrade: undisturbed.new, destroy: undisturbed.empty };
      assert.deepEqual(await objects(), goal[phase]);
      const statuses = Object.values(await helmStatuses(kube, NAMESPACE));
      assert.ok(
        statuses.every((status) => status === "deployed"),
        statuses.join(),
      );
      while (processes().all.length > 0 && Date.now() < crashed + 30_000) await sleep(200);
      assert.deepEqual(processes().all, []);
      if (phase !== "destroy") {
        const { code, output } = await stack.accessPlane(
          ...["preview", "--refresh", "--expect-no-changes"],
        );
        assert.equal(code, EXIT.OK, output);
      }
      const seconds = (ms: number) => `${(ms / 1000).toFixed(0)} s`;
      process.stdout.write(
        `      ${killed ? "killed" : "ended before the crash"}; converged in ` +
          `${seconds(Date.now() - crashed)} of ${seconds(Date.now() - began)}\n`,
      );
    });
  }
});
