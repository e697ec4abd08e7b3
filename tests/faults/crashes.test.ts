import * as assert from "node:assert/strict";
import { EXIT } from "../../operations/base/exit-codes";
import {
  assertSame,
  DisturbedPlane,
  VICTIMS,
  type Objects,
  type Phase,
  type Victim,
} from "./disturbed-plane";
import { random } from "./random";

/** `FAULTS_SEED` repeats a run. `FAULTS` is the number of random crashes besides the two sequences. */
const SEED = Number(process.env["FAULTS_SEED"] ?? 1);
const CRASHES = Number(process.env["FAULTS"] ?? 0);

/** Each phase begins in the state in which the one before it ends. */
const PHASES: readonly Phase[] = ["destroy", "up", "upgrade"];

const next = random(SEED);
const pick = <T>(list: readonly T[]) => list[Math.floor(next() * list.length)] as T;
/** The process to kill, and when: after a share of the phase's resources and a delay in milliseconds. */
const PLAN = Array.from({ length: CRASHES }, (_, index) => ({
  phase: PHASES[index % PHASES.length] as Phase,
  victim: pick<Victim>(VICTIMS),
  part: next(),
  delay: Math.floor(next() * 2500),
}));

/**
 * Kills a process of a deployment. The next ordinary command must reach the state of an undisturbed
 * deployment.
 */
describe(`a deployment with a crash (FAULTS_SEED=${SEED} FAULTS=${CRASHES})`, () => {
  let plane: DisturbedPlane;
  const undisturbed: Partial<Record<Phase, { objects: Objects; done: number }>> = {};

  before(async () => {
    plane = await DisturbedPlane.start();
    undisturbed.destroy = { objects: await plane.objects(), done: 0 };
    await runUndisturbed("up");
    // The two sequences compare only with an undisturbed `up`.
    if (CRASHES === 0) return;
    await runUndisturbed("upgrade");
    await runUndisturbed("destroy");
    await runUndisturbed("up");
  });
  after(() => plane.stop());

  /** Runs a phase undisturbed and records its end state. A second run must reach the same state. */
  const runUndisturbed = async (phase: Phase) => {
    plane.settings(phase);
    const done = DisturbedPlane.done(await plane.command(phase));
    const objects = await plane.objects();
    assertSame(objects, undisturbed[phase]?.objects ?? objects);
    undisturbed[phase] = { objects, done };
  };
  /** Asserts the state after the command that followed a crash at this time. */
  const converged = async (phase: Phase, crashed: number) => {
    const goal = undisturbed[phase];
    if (goal !== undefined) assertSame(await plane.objects(), goal.objects);
    const statuses = Object.values(await plane.helmStatuses());
    assert.deepEqual(statuses, phase === "destroy" ? [] : ["deployed", "deployed"]);
    await plane.nothingRuns(crashed);
  };
  /** Asserts that a preview with a refresh shows no change. */
  const unchanged = async () => {
    const { code, output } = await plane.stack.accessPlane(
      ...["preview", "--refresh", "--expect-no-changes"],
    );
    assert.equal(code, EXIT.OK, output);
  };
  const recover = async () => {
    const { code, output } = await plane.stack.accessPlane("recover", "--yes");
    assert.equal(code, EXIT.OK, output);
    return output;
  };

  it("a destroy that is killed while Helm uninstalls: recover and up install everything again", async () => {
    await plane.crashAt("destroy", "uninstalling", "everything");
    const crashed = Date.now();
    assert.match(JSON.stringify(await plane.helmStatuses()), /uninstalling/);
    plane.settings("up");
    assert.match(await recover(), /uninstalling.*the uninstall is finished/);
    await plane.command("up");
    await converged("up", crashed);
    await unchanged();
  });

  it("an upgrade whose plugin outlives the engine: recover waits for the plugin, and up finds its result", async () => {
    plane.settings("upgrade");
    await plane.crashAt("upgrade", "pending-upgrade", "engine");
    const crashed = Date.now();
    await recover();
    assert.doesNotMatch(JSON.stringify(await plane.helmStatuses()), /pending/);
    await plane.command("upgrade");
    await converged("upgrade", crashed);
    await unchanged();
  });

  for (const [index, { phase, victim, part, delay }] of PLAN.entries()) {
    const share = `${Math.floor(part * 100)} %`;
    it(`${index + 1}: ${victim} is killed ${delay} ms after ${share} of ${phase}`, async () => {
      plane.settings(phase);
      const began = Date.now();
      const { done } = undisturbed[phase === "destroy" ? "up" : phase] ?? { done: 0 };
      const after = Math.floor(part * done);
      const { killed, code, output } = await plane.crash(phase, { victim, after, delay });
      const crashed = Date.now();
      try {
        await plane.command(phase);
        await converged(phase, crashed);
      } catch (error) {
        const end = `      the disturbed command ended with ${String(code)}:\n${output}\n`;
        process.stdout.write(end);
        throw error;
      }
      const seconds = (from: number) => `${((Date.now() - from) / 1000).toFixed(0)} s`;
      process.stdout.write(
        `      ${killed ? `killed, exit code ${String(code)}` : "ended before the crash"}; ` +
          `converged in ${seconds(crashed)} of ${seconds(began)}\n`,
      );
    });
  }

  it("leaves no changes after a refresh", async function () {
    if (CRASHES === 0) this.skip();
    plane.settings("upgrade");
    await plane.command("upgrade");
    assertSame(await plane.objects(), undisturbed.upgrade?.objects);
    await unchanged();
  });
});
