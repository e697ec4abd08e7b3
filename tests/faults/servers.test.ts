import * as assert from "node:assert/strict";
import { EXIT } from "../../operations/base/exit-codes";
import { assertSame, DisturbedPlane, PHASES, type Objects, type Phase } from "./disturbed-plane";
import { disturbServers, SERVERS, type DisturbedServers, type Server } from "./disturbed-servers";
import { FAILURES, type Fault } from "./fault-proxy";
import { random } from "./random";

const SEED = Number(process.env["FAULTS_SEED"] ?? 1);
/** Seconds after its deadline in which a disturbed command must have ended its running steps. */
const GRACE_SECONDS = 90;

interface Case {
  server: Server;
  /** Default: an update to the other of the two deployed states. */
  phase?: Phase;
  what: string;
  /** Percentage of requests that get a fault. */
  percent: number;
  faults?: readonly Fault[];
  /** Share of an undisturbed upgrade's requests that pass before the first fault. Default: 0. */
  share?: number;
  /** What the error must contain. Undefined if the command may succeed. */
  error?: RegExp;
}

const UNREACHABLE =
  /429|50[03]|reset|EOF|refused|timed? ?out|deadline|terminated|socket|connect|closed|cut off/i;
const CASES: Case[] = [
  ...SERVERS.flatMap((server) =>
    PHASES.map((phase) => ({ server, phase, what: "fails 5 of 100 requests", percent: 5 })),
  ),
  ...SERVERS.map((server) => ({
    ...{ server, what: "fails all requests", percent: 100, faults: FAILURES },
    error: UNREACHABLE,
  })),
  ...(
    [
      ["Kubernetes", /Unauthorized|provide credentials/],
      ["Vault", /permission denied/],
      ["AWS", /ExpiredToken/],
      ["state backend", /ExpiredToken|Bad ?Request/],
    ] as const
  ).map(([server, error]) => ({
    ...{ server, error, percent: 100, faults: ["expired"] as const, share: 0.5 },
    what: "rejects the credentials after half of the requests",
  })),
];

/**
 * The servers of a deployment fail now and then. The command succeeds or ends with one clear error,
 * within its deadline. The next command, without faults, reaches the state of an undisturbed
 * deployment.
 */
describe(`a deployment whose servers fail (FAULTS_SEED=${SEED})`, function () {
  let plane: DisturbedPlane | undefined;
  let servers: DisturbedServers;
  const undisturbed: Partial<Record<Phase, Objects>> = {};
  /** Number of requests to each server in an undisturbed upgrade. */
  const needed: Partial<Record<Server, number>> = {};
  const requests = () =>
    Object.fromEntries(
      SERVERS.map((server) => [server, servers.proxies[server].requests]),
    ) as Record<Server, number>;

  before(async function () {
    // `FAULTS=0` runs only the two crash sequences.
    if (Number(process.env["FAULTS"] ?? 0) === 0) this.skip();
    const started = await DisturbedPlane.start((env, folder) =>
      disturbServers(env, folder, random(SEED)),
    );
    plane = started;
    assert.ok(started.servers !== undefined);
    servers = started.servers;
    for (const phase of PHASES) {
      started.settings(phase);
      const before = requests();
      await started.command(phase);
      if (phase === "upgrade") {
        const after = requests();
        for (const server of SERVERS) needed[server] = after[server] - before[server];
      }
      undisturbed[phase] = await started.objects();
    }
  });
  after(() => plane?.stop());

  for (const { server, phase: given, what, percent, faults, share = 0, error } of CASES) {
    it(`${given ?? "an update"} while ${server} ${what}`, async () => {
      assert.ok(plane !== undefined);
      const proxy = servers.proxies[server];
      const phase = given ?? (await plane.switchSettings());
      if (given !== undefined) await plane.prepare(given);
      const before = { ...proxy.injected };
      proxy.disturb(percent, faults, Math.floor(share * (needed[server] ?? 0)));
      const began = Date.now();
      // Retries and delays take time.
      const deadline = 60 + plane.timeLimit(phase);
      const run = await plane
        .run(phase, "--deadline", `${deadline}s`)
        .finally(() => proxy.disturb());
      const seconds = (Date.now() - began) / 1000;
      const count = Object.entries(proxy.injected)
        .map(([fault, times]) => [fault, times - (before[fault as Fault] ?? 0)] as const)
        .filter(([, times]) => times !== 0)
        .map(([fault, times]) => `${String(times)} × ${fault}`);
      process.stdout.write(
        `      exit code ${String(run.code)} in ${seconds.toFixed(0)} s; ${count.join(", ")}\n`,
      );
      if (run.code !== EXIT.OK) process.stdout.write(run.stdout.replace(/^/gm, "      | "));
      assert.ok(seconds < deadline + GRACE_SECONDS, "the command took too long");
      const codes: (number | null)[] = [EXIT.OK, EXIT.FAILED, EXIT.ENVIRONMENT, EXIT.DEADLINE];
      assert.ok(codes.includes(run.code), `exit code ${String(run.code)}\n${run.output}`);
      const trace = /^\s+at .*\(.*:\d+:\d+\)$/m;
      assert.doesNotMatch(run.output, trace, `a stack trace\n${run.output}`);
      if (error !== undefined) {
        assert.ok(count.length > 0, "no request to this server got a fault");
        assert.notEqual(run.code, EXIT.OK);
        assert.match(run.output, error);
      }
      // A command that succeeded has done everything.
      if (run.code === EXIT.OK) plane.reached(phase);
      else await plane.command(phase);
      assertSame(await plane.objects(), undisturbed[phase]);
    });
  }
});
