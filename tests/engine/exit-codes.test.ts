import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { EXIT } from "../../operations/base/exit-codes";
import { goodSettings } from "../unit/settings/fixture";
import { ended } from "./ended";
import { TinyProject } from "./tiny-project";
import { CHART_VERSION } from "../../teleport/versions";

const NAMESPACE = "kubernetes:core/v1:Namespace::namespace";
const URN = "urn:pulumi:prod::access-plane::example:index:Thing::thing";
const NOWHERE = "127.0.0.1:2";

/** Tests the exit codes that tests/engine/cli.test.ts does not. Both use the real engine. */
describe("exit codes of the command line", () => {
  let project: TinyProject;
  before(async () => {
    project = await TinyProject.make();
    const { vault, aws, ...rest } = goodSettings();
    project.stackFile("prod", {
      ...rest,
      vault: { ...(vault as object), address: `https://${NOWHERE}` },
      aws: { ...(aws as object), endpoint: `http://${NOWHERE}` },
      chart: { version: CHART_VERSION, repository: `https://${NOWHERE}` },
      kubernetes: { context: "lumie", kubeconfig: path.join(project.cwd, "kubeconfig") },
    });
    project.behave({ resources: [NAMESPACE] });
  });
  after(() => project.remove());

  const run = (args: string[], env: NodeJS.ProcessEnv = {}) =>
    ended(project.start([...args, "--stack", "prod"], env));
  const expect = async (code: number, ...args: string[]) => {
    const job = await run(args);
    assert.equal(job.code, code, `${job.stdout}\n${job.stderr}`);
    return `${job.stdout}\n${job.stderr}`;
  };

  it("are 2 for every command if the backend has no such stack", async () => {
    for (const command of ["graph", "report"]) {
      assert.match(await expect(EXIT.USAGE, command), /no stack named .*access-plane init/s);
    }
    assert.match(await expect(EXIT.OK, "verify", "--only", "drift"), /stack prod does not exist/);
  });

  it("are 4 if a preflight check fails, and nothing changes", async () => {
    await expect(EXIT.OK, "init");
    const text = await expect(EXIT.PREFLIGHT, "up", "--yes");
    assert.match(text, /\d+ of \d+ checks failed; nothing was touched:/);
    assert.match(text, /kubernetes\.reachable: fetch failed/);
    assert.match(text, /vault\.reachable: .*\n +\S/);
    assert.doesNotMatch(text, /previewing|deploying/);
    const groups = "kubernetes,vault,aws,database,issuer,quota,version,owner,chart,recordings";
    assert.match(
      await expect(EXIT.OK, "up", "--yes", "--skip-preflight", groups),
      /prod: 1 created.*warning: prod: kubernetes\.reachable: /s,
    );
  });

  it("are 8 at once if an output is an error, with its message and location", async () => {
    project.behave({ resources: [NAMESPACE], breaks: "no such value" });
    const began = Date.now();
    const text = await expect(EXIT.FAILED, "up", "--yes", "--skip-preflight");
    assert.match(text, /Error: no such value\n +at .*index\.js/);
    assert.ok(Date.now() - began < 60_000, "the engine waited in vain");
    project.behave({ resources: [NAMESPACE] });
  });

  it("are 10 if verification fails", async () => {
    const text = await expect(EXIT.VERIFY, "verify", "--only", "kubernetes.reachable,drift");
    assert.match(text, /✗ kubernetes\.reachable[^]*✓ drift\.none +nothing to change/);
  });

  it("are 9 after the deadline, with the lock released", async () => {
    project.behave({ resources: [NAMESPACE], sleepSeconds: 300 });
    const flags = ["--yes", "--skip-preflight", "--deadline", "20s"];
    const text = await expect(EXIT.DEADLINE, "up", ...flags);
    assert.match(text, /the deadline passed: the running steps were ended/);
    assert.deepEqual(project.locks("prod"), []);
    project.behave({ resources: [NAMESPACE] });
  });

  it("are 12 if it is unknown whether a resource was created, until a person decides", async () => {
    project.cutOff("prod", URN);
    const text = await expect(EXIT.RECOVERY, "up", "--yes", "--skip-preflight");
    assert.match(text, /Thing thing, cut off while creating: needs a decision/);
    assert.match(text, new RegExp(`${URN}\n.*recover --stack prod --yes --made URN=ID`));
    const resolved = await expect(EXIT.OK, "recover", "--yes", "--not-made", URN);
    assert.match(resolved, /made again by the next update \(it was not made\)\nResolved\./);
    const backups = path.join(project.cwd, ".access-plane/backups");
    const [backup = ""] = fs.readdirSync(backups);
    assert.ok(fs.readFileSync(path.join(backups, backup), "utf8").includes(URN));
  });

  it("are 1 for an unexpected answer of the engine, with the location", async () => {
    const bin = path.join(project.cwd, "bin");
    fs.mkdirSync(bin);
    const nonsense = '#!/bin/sh\n[ "$1" = version ] && echo v3.246.0 || echo nonsense\n';
    fs.writeFileSync(path.join(bin, "pulumi"), nonsense, { mode: 0o755 });
    const PATH = `${bin}:${project.env["PATH"] ?? ""}`;
    const { code, stdout, stderr } = await run(["outputs", "--json"], { PATH });
    assert.equal(code, EXIT.UNEXPECTED);
    assert.match(stderr, /nonsense.*is not valid JSON\n +at .*outputs\.ts/s);
    const { error } = JSON.parse(stdout) as { error: { reason: string } };
    assert.equal(error.reason, "UNEXPECTED");
  });

  it("all have a test with a real engine", () => {
    const text = ["cli", "exit-codes"]
      .map((name) => fs.readFileSync(path.join(__dirname, `${name}.test.ts`), "utf8"))
      .join("\n");
    for (const name of Object.keys(EXIT)) assert.match(text, new RegExp(`EXIT\\.${name}\\b`));
  });
});
