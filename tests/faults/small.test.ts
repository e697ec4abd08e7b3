import * as assert from "node:assert/strict";
import { EXIT } from "../../operations/base/exit-codes";
import { DisturbedPlane, type Victim } from "./disturbed-plane";
import { disturbServers } from "./disturbed-servers";
import { random } from "./random";

const SEED = Number(process.env["FAULTS_SEED"] ?? 1);
const next = random(SEED);
const VICTIMS: readonly Victim[] = ["engine", "program", "Kubernetes plugin", "everything"];
const CRASH = {
  victim: VICTIMS[Math.floor(next() * VICTIMS.length)] as Victim,
  after: 0,
  delay: Math.floor(next() * 1500),
};

/**
 * The small fault test of `make test`: a plane without load balancer and agents, whose servers fail
 * during its first deployment. `make faults` also kills a process during an upgrade.
 */
describe(`a disturbed deployment (FAULTS_SEED=${SEED})`, () => {
  let plane: DisturbedPlane;

  before(async () => {
    plane = await DisturbedPlane.start((env, folder) => disturbServers(env, folder, next));
    plane.changeSettings = (config) => {
      config["access-plane:agents"] = {};
      delete config["access-plane:loadBalancer"];
      delete config["access-plane:aws"];
    };
  });
  after(() => (plane as DisturbedPlane | undefined)?.stop());

  it("fails cleanly while requests fail, and completes with the next command", async () => {
    plane.settings("up");
    const { proxies } = plane.servers ?? {};
    const [kubernetes, vault, state] = ["Kubernetes", "Vault", "state backend"] as const;
    proxies?.[kubernetes].disturb(100, undefined, 60);
    for (const server of [vault, state] as const) proxies?.[server].disturb(10);
    const { code, output } = await plane.run("up");
    assert.notEqual(code, EXIT.OK, output);
    assert.notEqual(code, EXIT.UNEXPECTED, output);
    Object.values(proxies ?? {}).forEach((proxy) => proxy.disturb());
    await plane.command("up");
    assert.deepEqual(Object.values(await plane.helmStatuses()), ["deployed"]);
  });

  it(`completes an upgrade after a crash: ${CRASH.victim}, ${CRASH.delay} ms after the start`, async function () {
    // Takes too much processor time for `make test`.
    if (Number(process.env["FAULTS"] ?? 0) === 0) this.skip();
    plane.settings("upgrade");
    await plane.crash("upgrade", CRASH);
    const crashed = Date.now();
    await plane.command("upgrade");
    assert.deepEqual(Object.values(await plane.helmStatuses()), ["deployed"]);
    const { code, output } = await plane.stack.accessPlane(
      ...["preview", "--refresh", "--expect-no-changes"],
    );
    assert.equal(code, EXIT.OK, output);
    await plane.nothingRuns(crashed);
  });
});
