import * as assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT } from "../../operations/base/exit-codes";
import { readProcesses, type ProcessInfo } from "../../operations/engine/processes";
import { ended } from "./ended";
import { TinyProject } from "./tiny-project";

const NAMESPACE = "kubernetes:core/v1:Namespace::namespace";

/** Tests what remains of an update when one of its processes is killed, with a real engine. */
describe("an update with a killed process", function () {
  let project: TinyProject;
  before(async function () {
    if (!fs.existsSync("/proc/self/stat")) this.skip();
    project = await TinyProject.make();
    project.stackFile("prod");
    await run("init", "--stack", "prod");
  });
  after(() => (project as TinyProject | undefined)?.remove());

  const run = (...args: string[]) => ended(project.start(args));
  const up = (...args: string[]) =>
    run("up", "--stack", "prod", "--yes", "--skip-preflight", ...args);
  /** Processes of the project by role. */
  const processes = () => {
    const own = readProcesses().filter(({ stack, cwd }) => stack === "prod" && cwd === project.cwd);
    const named = (text: string) =>
      own.filter(({ args }) => args.slice(0, 2).some((one) => one.endsWith(text)));
    const program = own.filter(({ args }) => args.some((one) => one.includes("/cmd/run")));
    return { all: own, engine: named("pulumi"), program };
  };
  const kill = (killed: readonly ProcessInfo[]) => {
    assert.ok(killed.length > 0, "there is nothing to kill");
    killed.forEach(({ pid }) => process.kill(pid, "SIGKILL"));
  };
  /** Starts a long update, and resolves once its program runs. */
  const longUpdate = async (until?: string) => {
    project.behave({ resources: [NAMESPACE], sleepSeconds: 600, until });
    const child = project.start(["up", "--stack", "prod", "--yes", "--skip-preflight"]);
    const end = ended(child);
    while (project.locks("prod").length === 0 || processes().program.length === 0) {
      if (child.exitCode !== null)
        throw new Error(`the update ended too early: ${(await end).stderr}`);
      await sleep(50);
    }
    await sleep(500);
    return { child, end };
  };
  const waitUntilGone = async (look: () => ProcessInfo[]) => {
    const began = Date.now();
    while (look().length > 0 && Date.now() - began < 30_000) await sleep(100);
    assert.deepEqual(look(), [], "still there after 30 seconds");
  };
  const recoverAndDeploy = async () => {
    const { code, output } = await run("recover", "--stack", "prod", "--yes");
    assert.equal(code, EXIT.OK, output);
    assert.deepEqual(processes().all, []);
    project.behave({ resources: [NAMESPACE] });
    const deployed = await up();
    assert.equal(deployed.code, EXIT.OK, deployed.output);
    assert.deepEqual(project.locks("prod"), []);
    return output;
  };

  it("engine: the program ends, and the next command ends and reports the remaining processes", async () => {
    const { end } = await longUpdate();
    kill(processes().engine);
    assert.notEqual((await end).code, EXIT.OK);
    await waitUntilGone(() => processes().program);
    const left = processes().all;
    const output = await recoverAndDeploy();
    for (const { pid } of left) assert.match(output, new RegExp(`\\(process ${pid}\\) outlived`));
  });

  it("program: the update fails, and releases the lock", async () => {
    const { end } = await longUpdate();
    kill(processes().program);
    const { code, stdout } = await end;
    assert.equal(code, EXIT.FAILED, stdout);
    await waitUntilGone(() => processes().all);
    await recoverAndDeploy();
  });

  const killed = async (child: ChildProcess, signal: NodeJS.Signals) => {
    child.kill(signal);
    await new Promise((resolve) => child.on("close", resolve));
  };

  // A terminal that closes sends SIGHUP.
  for (const signal of ["SIGKILL", "SIGHUP"] as const)
    it(`command line, ${signal}: its engine continues, and the next command waits, reports the lock and never removes it`, async () => {
      const over = path.join(project.cwd, `over-${signal}`);
      const { child } = await longUpdate(over);
      const [lock] = project.locks("prod");
      await killed(child, signal);
      await sleep(1000);
      assert.deepEqual(project.locks("prod"), [lock]);
      assert.equal(processes().engine.length, 1, "the engine ended with the command line");
      const refused = await run("recover", "--stack", "prod", "--yes");
      assert.equal(refused.code, EXIT.LOCKED, refused.output);
      assert.deepEqual(project.locks("prod"), [lock]);
      const next = project.start(["up", "--stack", "prod", "--yes", "--skip-preflight"]);
      next.stderr?.on("data", (chunk) => {
        if (/locked by \S+@\S+ \(process \d+\).*waiting, for/.test(String(chunk))) {
          fs.writeFileSync(over, "");
        }
      });
      const { code, output } = await ended(next);
      assert.equal(code, EXIT.OK, output);
      assert.ok(fs.existsSync(over), output);
      await waitUntilGone(() => processes().all);
    });
});
