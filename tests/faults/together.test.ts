import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { EXIT } from "../../operations/base/exit-codes";
import { catalogueStack } from "../engine/catalogue-stack";
import { ended } from "../engine/ended";
import { objects } from "../engine/read-back";
import { assertSame, DisturbedPlane } from "./disturbed-plane";

const ROOT = path.resolve(__dirname, "../..");

/** Several people and pipelines deploy the same stacks at the same time. Nothing is lost. */
describe("deployments at the same time", function () {
  let plane: DisturbedPlane;

  before(async function () {
    // `FAULTS=0` runs only the two crash sequences.
    if (Number(process.env["FAULTS"] ?? 0) === 0) this.skip();
    plane = await DisturbedPlane.start();
    plane.settings("up");
  });
  after(() => (plane as DisturbedPlane | undefined)?.stop());

  /** Starts a command in the plane's project. */
  const start = (...args: string[]) => {
    const line = [path.join(ROOT, "bin/access-plane"), "-C", plane.project, ...args];
    return spawn(process.execPath, line, { env: plane.stack.env });
  };
  const unchanged = async (stacks: string) => {
    const flags = ["--refresh", "--expect-no-changes"];
    const { code, output } = await ended(start("preview", "--stacks", stacks, ...flags));
    assert.equal(code, EXIT.OK, output);
  };

  it("two first deployments: one waits for the other, and nothing is created twice", async () => {
    const runs = await Promise.all([plane.run("up"), plane.run("up")]);
    for (const { code, output } of runs) assert.equal(code, EXIT.OK, output);
    const made = runs.map(({ output }) => DisturbedPlane.done(output)).sort((a, b) => a - b);
    assert.equal(made[0], 0, "the later deployment creates nothing");
    const statuses = Object.values(await plane.helmStatuses());
    assert.deepEqual(statuses, ["deployed", "deployed"]);
    await unchanged("sandbox");
  });

  it("two updates with different settings: the later one takes effect completely", async () => {
    plane.settings("upgrade");
    await plane.command("upgrade");
    const goal = await plane.objects();
    plane.settings("up");
    await plane.command("up");
    const other = path.join(plane.project, "Pulumi.other.yaml");
    fs.copyFileSync(plane.stack.configFile, other);
    plane.settings("upgrade");
    const runs = await Promise.all([plane.run("up", "--config-file", other), plane.run("upgrade")]);
    for (const { code, output } of runs) assert.equal(code, EXIT.OK, output);
    fs.rmSync(other);
    // Their order is random. One more update of either kind reaches its own state.
    await plane.command("upgrade");
    assertSame(await plane.objects(), goal);
  });

  it("two fleets: both succeed, and each stack has its own resources", async () => {
    const file = path.join(plane.project, "Pulumi.apps.yaml");
    fs.writeFileSync(file, catalogueStack(fs.readFileSync(plane.stack.configFile, "utf8")));
    const init = await ended(start("init", "--stack", "apps"));
    assert.equal(init.code, EXIT.OK, init.output);
    plane.settings("up");
    const fleet = ["up", "--stacks", "sandbox,apps", "--yes", "--skip-preflight"];
    const runs = await Promise.all([ended(start(...fleet)), ended(start(...fleet))]);
    for (const { code, output } of runs) assert.equal(code, EXIT.OK, output);
    assert.deepEqual([...(await objects(plane.stack, "teleportappsv3")).keys()], ["forum"]);
    await unchanged("sandbox,apps");
  });

  it("a deployment while `verify --watch` runs: neither disturbs the other", async () => {
    const watch = start("verify", "--stack", "sandbox", "--json", "--watch", "1");
    const end = ended(watch);
    let rounds = 0;
    watch.stdout.on("data", (chunk) => {
      rounds += (String(chunk).match(/"results":/g) ?? []).length;
    });
    plane.settings("upgrade");
    await plane.command("upgrade");
    const during = rounds;
    await new Promise((resolve) => setTimeout(resolve, 15_000));
    watch.kill("SIGINT");
    const { output, code } = await end;
    assert.ok(rounds > during, `verify stopped watching:\n${output.slice(-4000)}`);
    assert.ok(code === EXIT.OK || code === EXIT.CANCELLED || code === EXIT.VERIFY, output);
    assert.doesNotMatch(output, /locked|unexpected/i);
    await unchanged("sandbox,apps");
  });
});
