import * as assert from "node:assert/strict";
import { EXIT } from "../../operations/base/exit-codes";
import { assertSame, DisturbedPlane, PHASES, type Objects, type Phase } from "./disturbed-plane";
import { disturbServers, SERVERS, type DisturbedServers, type Server } from "./disturbed-servers";
import type { Fault } from "./fault-proxy";
import { random } from "./random";

const SEED = Number(process.env["FAULTS_SEED"] ?? 1);
/** How much longer than its deadline a disturbed command may take, to end its running steps. */
const GRACE_SECONDS = 90;

interface Case {
  server: Server;
  /** Default: an update of what is deployed, forth or back. */
  phase?: Phase;
  what: string;
  /** Of a hundred requests, how many meet a fault. */
  percent: number;
  faults?: readonly Fault[];
  /** How many of the requests of an undisturbed upgrade pass before. Default: none. */
  share?: number;
  /** What the error must say; undefined where the command may end well. */
  told?: RegExp;
}

const UNREACHABLE =
  /429|50[03]|reset|EOF|refused|timed? ?out|deadline|terminated|socket|connect|closed/i;
const CASES: Case[] = [
  ...SERVERS.flatMap((server) =>
    PHASES.map((phase) => ({ server, phase, what: "fails 5 of 100 requests", percent: 5 })),
  ),
  ...SERVERS.map((server) => ({
    ...{ server, what: "fails all requests", percent: 100 },
    told: UNREACHABLE,
  })),
  ...(
    [
      ["Kubernetes", /Unauthorized|provide credentials/],
      ["Vault", /permission denied/],
      ["AWS", /ExpiredToken/],
      ["state backend", /ExpiredToken|Bad ?Request/],
    ] as const
  ).map(([server, told]) => ({
    ...{ server, told, percent: 100, faults: ["expired"] as const, share: 0.5 },
    what: "takes no credentials after half of the requests",
  })),
];

/**
 * The servers that a deployment talks to fail now and then. The command ends well or with one clear
 * error, within its deadline; the next command, undisturbed, comes to the state of a deployment that
 * nobody disturbed.
 */
describe(`a deployment whose servers fail (FAULTS_SEED=${SEED})`, function () {
  let plane: DisturbedPlane | undefined;
  let servers: DisturbedServers;
  const undisturbed: Partial<Record<Phase, Objects>> = {};
  /** Requests to each server in an undisturbed upgrade. */
  const needed: Partial<Record<Server, number>> = {};
  const requests = () =>
    Object.fromEntries(
      SERVERS.map((server) => [server, servers.proxies[server].requests]),
    ) as Record<Server, number>;

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

  for (const { server, phase: given, what, percent, faults, share = 0, told } of CASES) {
    it(`${given ?? "an update"} while ${server} ${what}`, async () => {
      assert.ok(plane !== undefined);
      const proxy = servers.proxies[server];
      const phase = given ?? (await plane.other());
      if (given !== undefined) await plane.beginning(given);
      const before = { ...proxy.done };
      proxy.disturb(percent, faults, Math.floor(share * (needed[server] ?? 0)));
      const began = Date.now();
      // Requests are tried again, and some are late.
      const deadline = 60 + plane.enough(phase);
      const run = await plane
        .run(phase, "--deadline", `${deadline}s`)
        .finally(() => proxy.disturb());
      const seconds = (Date.now() - began) / 1000;
      const count = Object.entries(proxy.done)
        .map(([fault, times]) => [fault, times - (before[fault as Fault] ?? 0)] as const)
        .filter(([, times]) => times !== 0)
        .map(([fault, times]) => `${String(times)} × ${fault}`);
      process.stdout.write(
        `      exit code ${String(run.code)} in ${seconds.toFixed(0)} s; ${count.join(", ")}\n`,
      );
      if (run.code !== EXIT.OK) process.stdout.write(run.stdout.replace(/^/gm, "      | "));
      assert.ok(seconds < deadline + GRACE_SECONDS, "it took too long");
      const codes: (number | null)[] = [EXIT.OK, EXIT.FAILED, EXIT.ENVIRONMENT, EXIT.DEADLINE];
      assert.ok(codes.includes(run.code), `exit code ${String(run.code)}\n${run.output}`);
      assert.doesNotMatch(run.output, /^\s+at .*\(.*:\d+:\d+\)$/m, "a stack trace");
      if (told !== undefined) {
        assert.ok(count.length > 0, "the command did not ask this server");
        assert.notEqual(run.code, EXIT.OK);
        assert.match(run.output, told);
      }
      // A command that ended well has done it all.
      if (run.code === EXIT.OK) plane.reached(phase);
      else await plane.command(phase);
      assertSame(await plane.objects(), undisturbed[phase]);
    });
  }
});
