import * as assert from "node:assert/strict";
import { EXIT } from "../../operations/base/exit-codes";
import { assertSame, DisturbedPlane, PHASES, type Objects, type Phase } from "./disturbed-plane";
import { disturbServers, SERVERS, type DisturbedServers } from "./disturbed-servers";
import { random } from "./random";

const SEED = Number(process.env["FAULTS_SEED"] ?? 1);
/** Of a hundred requests, how many meet a fault: some, and all. */
const PERCENTS = [5, 100];
/** How long a disturbed command may take. */
const DEADLINE_MINUTES = 5;

/**
 * The servers that a deployment talks to fail now and then. The command ends well or with one clear
 * error, within its deadline; the next command, undisturbed, comes to the state of a deployment that
 * nobody disturbed.
 */
describe(`a deployment whose servers fail (FAULTS_SEED=${SEED})`, function () {
  let plane: DisturbedPlane | undefined;
  let servers: DisturbedServers;
  const undisturbed: Partial<Record<Phase, Objects>> = {};

  before(async function () {
    // `FAULTS=0` asks for the two sequences of crashes alone.
    if (Number(process.env["FAULTS"] ?? 0) === 0) this.skip();
    const started = await DisturbedPlane.start((env, folder) =>
      disturbServers(env, folder, random(SEED)),
    );
    plane = started;
    assert.ok(started.servers !== undefined);
    servers = started.servers;
    for (const phase of PHASES) {
      started.settings(phase);
      await started.command(phase);
      undisturbed[phase] = await started.objects();
    }
  });
  after(() => plane?.stop());

  for (const server of SERVERS) {
    for (const percent of PERCENTS) {
      for (const phase of PHASES) {
        it(`${phase} while ${server} fails ${percent} of 100 requests`, async () => {
          const proxy = servers.proxies[server];
          assert.ok(plane !== undefined);
          plane.settings(phase);
          const before = { ...proxy.done };
          proxy.percent = percent;
          const began = Date.now();
          const run = await plane
            .run(phase, "--deadline", `${DEADLINE_MINUTES}m`)
            .finally(() => (proxy.percent = 0));
          const minutes = (Date.now() - began) / 60_000;
          assert.ok(minutes < DEADLINE_MINUTES + 2, `it took ${minutes.toFixed(1)} minutes`);
          const codes: (number | null)[] = [EXIT.OK, EXIT.FAILED, EXIT.ENVIRONMENT, EXIT.DEADLINE];
          assert.ok(codes.includes(run.code), `exit code ${String(run.code)}\n${run.output}`);
          assert.doesNotMatch(run.output, /^\s+at .*\(.*:\d+:\d+\)$/m, "a stack trace");
          await plane.command(phase);
          assertSame(await plane.objects(), undisturbed[phase]);
          const count = Object.entries(proxy.done)
            .map(([fault, times]) => [fault, times - (before[fault as keyof typeof before] ?? 0)])
            .filter(([, times]) => times !== 0)
            .map(([fault, times]) => `${String(times)} × ${String(fault)}`);
          process.stdout.write(`      exit code ${String(run.code)}; ${count.join(", ")}\n`);
        });
      }
    }
  }
});
