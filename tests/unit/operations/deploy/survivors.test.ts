import * as assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { CommandError } from "../../../../operations/base/exit-codes";
import { Cancellation } from "../../../../operations/engine/cancellation";
import { readProcess, type ProcessInfo } from "../../../../operations/engine/processes";
import {
  findSurvivors,
  waitForSurvivors,
  survivorsText,
} from "../../../../operations/deploy/survivors";

const CWD = fs.realpathSync(os.tmpdir());
const started = new Date();

const info = (pid: number, parent: number, args: string, more: Partial<ProcessInfo> = {}) => ({
  ...{ pid, parent, started, args: args.split(" "), cwd: CWD },
  ...more,
});

const ENGINE = info(10, 1, "pulumi up --stack prod");
const PLUGIN =
  "/home/x/.pulumi/plugins/resource-kubernetes-v4/pulumi-resource-kubernetes 127.0.0.1:1";
const RUN = "node /project/node_modules/@pulumi/pulumi/cmd/run --stack";

describe("processes that outlive their engine", () => {
  const found = (...processes: ProcessInfo[]) =>
    findSurvivors("prod", CWD, processes).map(({ pid, kind }) => [pid, kind]);

  it("are plugins, programs and language hosts without an engine as ancestor", () => {
    assert.deepEqual(
      found(
        info(1, 0, "init"),
        ...[info(20, 1, PLUGIN), info(21, 1, "/bin/pulumi-language-nodejs 127.0.0.1:1")],
        ...[info(22, 21, `${RUN} prod --project p .`), info(23, 1, "node index.js")],
        info(
          24,
          1,
          "/usr/bin/node /home/x/plugins/resource-vault/pulumi-resource-vault 127.0.0.1:1",
        ),
        info(25, 1, "/usr/bin/node /home/x/plugins/resource-aws-v7.48.0/main.mjs 127.0.0.1:1"),
        // Somebody reads a file of the plugin.
        info(26, 1, "less /home/x/plugins/resource-aws-v7.48.0/main.mjs"),
      ),
      [
        [20, "plugin"],
        [21, "program"],
        [22, "program"],
        [24, "plugin"],
        [25, "plugin"],
      ],
    );
  });

  it("are not those of a running engine, another stack or another folder", () => {
    const processes = [
      ...[ENGINE, info(11, 10, PLUGIN), info(12, 10, "pulumi-language-nodejs x")],
      ...[info(13, 12, `${RUN} prod`), info(30, 1, PLUGIN, { stack: "other" })],
      ...[info(31, 1, `${RUN} org/p/other`), info(32, 1, PLUGIN, { cwd: "/elsewhere" })],
    ];
    assert.deepEqual(found(...processes), []);
    assert.deepEqual(found(...processes.slice(1), info(33, 1, PLUGIN, { stack: "prod" })).at(-1), [
      ...[33, "plugin"],
    ]);
  });

  describe("real processes that outlive their engine", function () {
    const children: ChildProcess[] = [];
    let folder: string;
    before(function () {
      if (!fs.existsSync("/proc/self/stat")) this.skip();
      folder = fs.mkdtempSync(path.join(CWD, "access-plane-survivors-"));
    });
    after(() => {
      children.forEach((child) => child.kill("SIGKILL"));
      fs.rmSync(folder, { recursive: true });
    });
    /** A process that looks like a plugin and ignores SIGTERM. */
    const start = async () => {
      const script = path.join(folder, "pulumi-resource-kubernetes");
      fs.writeFileSync(
        script,
        'process.on("SIGTERM", () => {});\nconsole.log("ready");\nsetInterval(() => {}, 1000);\n',
      );
      const env = { ACCESS_PLANE_STACK: "prod" };
      const child = spawn(process.execPath, [script], { cwd: folder, env, stdio: "pipe" });
      children.push(child);
      await new Promise((resolve) => child.stdout.once("data", resolve));
      return child;
    };
    const options = (busy: () => Promise<string | undefined>, timeout = 60_000) => {
      const told: string[] = [];
      const onWait = (text: string) => told.push(text);
      const cancellation = new Cancellation();
      return { told, cwd: folder, cancellation, timeout, onWait, busy, pause: 10 };
    };

    it("have a stack, a parent and a start time", async () => {
      const { pid = 0 } = await start();
      const seen = readProcess(pid);
      assert.deepEqual([seen?.stack, seen?.parent, seen?.cwd], ["prod", process.pid, folder]);
      assert.ok(Math.abs(Date.now() - (seen?.started.getTime() ?? 0)) < 10_000);
    });

    it("may finish their work and are then ended, even if they ignore signals", async () => {
      const [child] = children;
      let looks = 0;
      const wait = options(() =>
        Promise.resolve((looks += 1) < 3 ? "Release x is pending" : undefined),
      );
      const settled = await waitForSurvivors("prod", wait);
      assert.deepEqual(
        settled.map(({ pid }) => pid),
        [child?.pid],
      );
      assert.match(
        wait.told.join("\n"),
        /pulumi-resource-kubernetes \(process \d+\): Release x is pend/,
      );
      assert.equal(looks, 3);
      assert.deepEqual(findSurvivors("prod", folder), []);
    });

    it("are never ended during their work: LOCKED after the timeout, with a remedy", async () => {
      const { pid = 0 } = await start();
      const busy = waitForSurvivors(
        "prod",
        options(() => Promise.resolve("Release x is pending"), 30),
      );
      await assert.rejects(busy, (error) => {
        assert.ok(error instanceof CommandError);
        assert.equal(error.reason, "LOCKED");
        return error.message.includes(`end it: kill ${pid}`);
      });
      assert.equal(survivorsText(findSurvivors("prod", folder)).includes(String(pid)), true);
    });
  });
});
