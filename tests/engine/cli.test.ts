import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { EXIT } from "../../operations/base/exit-codes";
import { ended } from "./ended";
import { TinyProject } from "./tiny-project";

interface StackReport {
  stack: string;
  result: string;
  reason: string;
  code: number;
  changes?: Record<string, number>;
  error?: string;
}

const NAMESPACE = "kubernetes:core/v1:Namespace::namespace";
const OTHER = "tiny:index:Thing::thing";

/** Runs the command line with a real engine and a program without providers. */
describe("the command line with a real engine", () => {
  let project: TinyProject;
  before(async () => {
    project = await TinyProject.make();
    project.stackFile("prod");
  });
  after(() => project.remove());

  const run = (...args: string[]) => ended(project.start(args));
  const reports = (stdout: string) => (JSON.parse(stdout) as { stacks: StackReport[] }).stacks;
  const expect = async (code: number, command: string, ...args: string[]) => {
    const { stdout, stderr, ...end } = await run(command, "--stack", "prod", "--json", ...args);
    assert.equal(end.code, code, `${stdout}\n${stderr}`);
    const [report] = reports(stdout);
    assert.ok(report !== undefined);
    return { ...report, error: report.error ?? "" };
  };
  const up = (code: number, ...args: string[]) =>
    expect(code, "up", "--yes", "--skip-preflight", ...args);
  /** Starts a long update, and resolves once it holds the lock and has created its resource. */
  const longUpdate = async () => {
    project.behave({ resources: [NAMESPACE], sleepSeconds: 300 });
    const child = project.start(["up", "--stack", "prod", "--yes", "--skip-preflight"]);
    const end = ended(child);
    while (project.locks("prod").length === 0 || !project.records("prod", "namespace")) {
      if (child.exitCode !== null)
        throw new Error(`the update ended too early: ${(await end).stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return { child, end };
  };

  it("exits with 11 without the engine, and with 2 without the stack", async () => {
    const lost = await ended(project.start(["outputs", "--stack", "prod"], { PATH: "/nowhere" }));
    assert.equal(lost.code, EXIT.ENVIRONMENT);
    assert.match(lost.stderr, /not on PATH/);
    assert.match((await expect(EXIT.USAGE, "preview")).error, /access-plane init/);
  });

  it("creates a stack once, and changes neither its file nor the selected stack", async () => {
    const file = path.join(project.cwd, "Pulumi.prod.yaml");
    const content = fs.readFileSync(file, "utf8");
    assert.match((await run("init", "--stack", "prod")).stdout, /made/);
    assert.match((await run("init", "--stack", "prod")).stdout, /was there/);
    project.behave({ resources: [NAMESPACE] });
    assert.deepEqual((await expect(EXIT.OK, "preview")).changes, { create: 1 });
    assert.deepEqual((await up(EXIT.OK)).changes, { create: 1 });
    assert.equal(fs.readFileSync(file, "utf8"), content);
    const workspaces = path.join(project.cwd, "home/workspaces");
    const selected = fs.existsSync(workspaces)
      ? fs.readdirSync(workspaces).map((name) => fs.readFileSync(path.join(workspaces, name)))
      : [];
    assert.doesNotMatch(selected.join(), /prod/);
    const { stdout } = await run("outputs", "--stack", "prod");
    assert.match(stdout, /url +│ https:\/\/teleport\.example\.com/);
  });

  it("exits with 7 if there is a change with --expect-no-changes", async () => {
    assert.equal((await expect(EXIT.OK, "preview", "--expect-no-changes")).result, "unchanged");
    project.behave({ resources: [NAMESPACE, OTHER] });
    const { error } = await expect(EXIT.CHANGES, "preview", "--expect-no-changes");
    assert.match(error, /create tiny:index:Thing thing/);
  });

  it("exits with 5 before it deletes a protected resource, unless --allow permits that", async () => {
    project.behave({ resources: [OTHER] });
    assert.match((await up(EXIT.PROTECTED)).error, /delete Namespace namespace.*everything in it/);
    assert.deepEqual((await up(EXIT.OK, "--allow", "namespace")).changes, { create: 1, delete: 1 });
  });

  it("exits with 5 if the update would delete a protected resource that the preview keeps", async () => {
    project.behave({ resources: [OTHER, NAMESPACE] });
    await up(EXIT.OK);
    project.behave({ resources: [OTHER, NAMESPACE], inUpdate: [OTHER] });
    const { error } = await up(EXIT.PROTECTED);
    assert.match(error, /stopped at.*would delete Namespace namespace: everything in it/s);
    assert.ok(project.records("prod", "namespace"), "the namespace is gone");
    // With the previewed program, the next update needs no other step.
    project.behave({ resources: [OTHER, NAMESPACE] });
    assert.deepEqual((await up(EXIT.OK)).changes, {});
    project.behave({ resources: [OTHER] });
    assert.deepEqual((await up(EXIT.OK, "--allow", "namespace")).changes, { delete: 1 });
  });

  it("keeps many Teleport resources protected during an update, and none after it", async () => {
    const type =
      "access-plane:components:TeleportResources$kubernetes:resources.teleport.dev/v1:TeleportRoleV7";
    const roles = Array.from({ length: 60 }, (_, index) => `${type}::role-${index}`);
    project.behave({ resources: [OTHER, ...roles] });
    assert.deepEqual((await up(EXIT.OK)).changes, { create: 60 });
    project.behave({ resources: [OTHER, ...roles], inUpdate: [OTHER, ...roles.slice(1)] });
    const { error } = await up(EXIT.PROTECTED);
    assert.match(error, /stopped at.*would delete TeleportRoleV7 role-0/s);
    assert.ok(project.records("prod", "role-0"), "the role is gone");
    assert.deepEqual(project.protectedOnes("prod"), []);
    project.behave({ resources: [OTHER, ...roles] });
    assert.deepEqual((await up(EXIT.OK)).changes, {});
    project.protect("prod", "role-1");
    const shown = await run("recover", "--stack", "prod");
    assert.match(shown.stdout, /still protected as during an update: 1\..*again with --yes/s);
    assert.match((await run("recover", "--stack", "prod", "--yes")).stdout, /Resolved\./);
    assert.deepEqual(project.protectedOnes("prod"), []);
    project.behave({ resources: [OTHER] });
    assert.deepEqual((await up(EXIT.OK, "--allow", "role")).changes, { delete: 60 });
  });

  it("exits with 8 if the engine fails, with the program's message", async () => {
    project.behave({ resources: [OTHER], fails: "no such chart" });
    assert.match((await up(EXIT.FAILED)).error, /no such chart/);
    project.behave({ resources: [OTHER] });
  });

  it("exits with 130 on SIGINT, after it has written the state and released the lock", async () => {
    const { child, end } = await longUpdate();
    child.kill("SIGINT");
    const { code, stdout } = await end;
    assert.equal(code, EXIT.CANCELLED, stdout);
    assert.match(stdout, /the state was written/);
    assert.deepEqual(project.locks("prod"), []);
  });

  it("exits with 6 while another update runs, and names that update, which continues", async () => {
    const { child, end } = await longUpdate();
    const { error } = await expect(EXIT.LOCKED, "refresh", "--yes", "--lock-timeout", "1s");
    assert.match(error, /locked by \S+@\S+ \(process \d+\) since .*waited/);
    assert.equal(child.exitCode, null);

    // Kills the update and its engine, for the next test.
    const [lock = ""] = project.locks("prod");
    const folder = "state/.pulumi/locks/organization/access-plane/prod";
    const file = path.join(project.cwd, folder, lock);
    const { pid } = JSON.parse(fs.readFileSync(file, "utf8")) as { pid: number };
    child.kill("SIGKILL");
    process.kill(-pid, "SIGKILL");
    await end;
  });

  it("exits with 6 at once if the lock's process is gone, and recover removes that lock", async () => {
    project.behave({ resources: [OTHER] });
    const { error } = await up(EXIT.LOCKED, "--lock-timeout", "10m", "--allow", "all");
    assert.match(error, /that process is gone.*recover --stack prod --yes/s);
    assert.equal(project.locks("prod").length, 1);
    const shown = await run("recover", "--stack", "prod");
    assert.match(shown.stdout, /locked by .*Run it again with --yes/s);
    const { code, stdout } = await run("recover", "--stack", "prod", "--yes");
    assert.equal(code, EXIT.OK, stdout);
    assert.match(stdout, /^Resolved\./);
    assert.deepEqual(project.locks("prod"), []);
  });

  it("runs several stacks: a failure stops no other stack, and decides the exit code", async () => {
    project.stackFile("broken", { nodePort: 1 });
    const events = path.join(project.cwd, "events.jsonl");
    const { code, stdout, stderr } = await run(
      ...["destroy", "--stacks", "prod,broken", "--parallel", "2", "--yes"],
      ...["--allow", "all", "--events", events, "--log-format", "json"],
    );
    assert.equal(code, EXIT.SETTINGS, stdout);
    assert.match(stdout, /broken +│ failed +│ settings/);
    assert.match(stdout, /prod +│ done +│ 2 deleted/);
    for (const line of stderr.trim().split("\n")) assert.ok("message" in JSON.parse(line));
    const lines = fs.readFileSync(events, "utf8").trim().split("\n");
    assert.ok(lines.some((line) => "summaryEvent" in (JSON.parse(line) as object)));
  });
});
