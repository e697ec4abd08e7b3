import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execFileSync } from "node:child_process";
import { quote } from "../src/run/environment.ts";
import { birthNow, groupOf, identify, isAlive, memoryOf } from "../src/run/identity.ts";
import { layoutOf, makeFolders } from "../src/run/layout.ts";
import type { Part, Sandbox, Step } from "../src/run/part.ts";
import { launch, tail, terminate } from "../src/run/processes.ts";
import { loadSecrets } from "../src/run/secrets.ts";
import { locked, readState } from "../src/run/state.ts";
import { PartCrashed, StartFailed, bringDown, bringUp } from "../src/run/supervisor.ts";
import type { StepEvent } from "../src/run/supervisor.ts";

const sh = (script: string) => ({ file: "/bin/sh", args: ["-c", script] });

describe("run: processes", () => {
  let folder: string;
  let log: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "access-plane-run-"));
    log = join(folder, "part.log");
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("are identified by pid and start time, never by the pid alone", async () => {
    const process_ = await launch("part", sh("exec sleep 60"), log);
    assert.ok(isAlive(process_));
    assert.ok(memoryOf(process_.pid) > 0);
    const other = { pid: process_.pid, birth: "another boot/1" };
    assert.equal(isAlive(other), false);
    await terminate(other); // must leave the process alone: the pid is somebody else's
    assert.ok(isAlive(process_));
    await terminate(process_);
    assert.equal(identify(process_.pid), undefined);
  });

  it("are ended with their children", async () => {
    const leader = await launch("part", sh("sleep 60 & sleep 60 & wait"), log);
    while (groupOf(leader).length < 3) await sleep(20);
    await terminate(leader);
    assert.deepEqual(groupOf(leader), []);
  });

  it("are ended if their leader has gone", async () => {
    const leader = await launch("part", sh("sleep 60 & exit 1"), log);
    while (isAlive(leader)) await sleep(20);
    assert.equal(groupOf(leader).length, 1);
    await terminate(leader);
    assert.deepEqual(groupOf(leader), []);
  });

  it("are ended if their leader was gone before the check", async () => {
    const earliest = birthNow();
    const leader = await launch("part", sh("sleep 60 & exit 1"), log);
    while (isAlive(leader)) await sleep(20);
    const unseen = { pid: leader.pid, birth: earliest };
    assert.equal(groupOf(unseen).length, 1);
    await terminate(unseen);
    assert.deepEqual(groupOf(unseen), []);
  });

  it("are killed if they ignore the signal", async () => {
    const stubborn = await launch(
      "part",
      sh("trap '' TERM; echo up; while :; do sleep 1; done"),
      log,
    );
    while (!readFileSync(log, "utf8").includes("up")) await sleep(20);
    await terminate(stubborn, "SIGTERM", 0.3);
    assert.equal(isAlive(stubborn), false);
  });

  it("that cannot be started are named in the error", async () => {
    await assert.rejects(
      launch("etcd", { file: join(folder, "absent"), args: [] }, log),
      /^Error: etcd cannot be started: .*ENOENT/,
    );
  });

  it("have the end of the latest run's log in the error", () => {
    writeFileSync(log, "--- part starts\nold\n--- part starts\none\ntwo\nthree\n");
    assert.equal(tail(log, 2), "two\nthree");
    assert.equal(tail(log), "one\ntwo\nthree");
    assert.equal(tail(join(folder, "none")), "(no log)");
  });

  it("get any value quoted for the shell", () => {
    const nasty = 'it\'s $HOME `id` "x" \\ #!';
    const out = execFileSync("/bin/sh", ["-c", `printf %s ${quote(nasty)}`], { encoding: "utf8" });
    assert.equal(out, nasty);
  });
});

describe("run: supervisor", () => {
  let folder: string;
  let sandbox: Sandbox;
  let events: StepEvent[];

  const options = () => ({
    partial: false,
    onEvent: (event: StepEvent) => void events.push(event),
  });
  const part = (name: string, script: string, more: Partial<Part> = {}): Part => ({
    name,
    after: [],
    ports: [],
    command: () => sh(script),
    ready: async () => {
      await sleep(100);
    },
    ...more,
  });
  const told = (state: StepEvent["state"]) =>
    events.filter((event) => event.state === state).map(({ name }) => name);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "access-plane-run-"));
    const layout = layoutOf(folder);
    makeFolders(layout);
    sandbox = { layout, ports: {}, secrets: loadSecrets(layout) };
    events = [];
  });

  afterEach(async () => {
    await bringDown([], sandbox.layout);
    rmSync(folder, { recursive: true, force: true });
  });

  it("starts a part after its dependencies, and stops it before them", async () => {
    const seed: Step = { name: "seed", after: ["base"], run: () => {} };
    const steps = [
      part("top", "exec sleep 60", { after: ["seed"] }),
      seed,
      part("base", "exec sleep 60"),
    ];
    await bringUp(steps, sandbox, options());
    assert.deepEqual(told("ready"), ["base", "seed", "top"]);
    assert.deepEqual(await bringDown(steps, sandbox.layout), ["top", "base"]);
    assert.deepEqual(readState(sandbox.layout).parts, {});
  });

  it("keeps running parts, and restarts only crashed ones", async () => {
    const steps = [part("one", "exec sleep 60"), part("two", "exec sleep 60")];
    await bringUp(steps, sandbox, options());
    const before = readState(sandbox.layout).parts;
    await terminate(before["two"]!, "SIGKILL");
    events = [];
    await bringUp(steps, sandbox, options());
    const now = readState(sandbox.layout).parts;
    assert.deepEqual(told("kept"), ["one"]);
    assert.deepEqual(told("starting"), ["two"]);
    assert.equal(now["one"]!.pid, before["one"]!.pid);
    assert.notEqual(now["two"]!.pid, before["two"]!.pid);
  });

  it("reports a part that dies during its start by name, with its output", async () => {
    const dying = part("etcd", "echo 'the disk is full'; exit 3", {
      ready: () => Promise.reject(new Error("no answer")),
    });
    const steps = [
      dying,
      part("other", "exec sleep 60"),
      part("user", "exec sleep 60", { after: ["etcd"] }),
    ];
    await assert.rejects(bringUp(steps, sandbox, options()), (error: unknown) => {
      assert.ok(error instanceof StartFailed);
      assert.ok(error.failures[0] instanceof PartCrashed);
      assert.match(error.message, /etcd stopped while starting[^]*the disk is full/);
      return true;
    });
    assert.deepEqual(told("ready"), ["other"], "what does not need it starts all the same");
  });

  it("fails with the reason if a part never becomes ready", async () => {
    const mute = part("mute", "exec sleep 60", {
      ready: () => Promise.reject(new Error("connection refused")),
      readyWithin: 0.3,
    });
    await assert.rejects(
      bringUp([mute], sandbox, options()),
      /mute is not ready after 0.3 s: connection refused/,
    );
  });

  it("omits parts that are not set up only if asked", async () => {
    const requires = () => {
      throw new Error('the tool "kwok" is not installed');
    };
    const steps = [part("kwok", "exec sleep 60", { requires })];
    await assert.rejects(
      bringUp(steps, sandbox, options()),
      /kwok: the tool "kwok" is not installed/,
    );
    await bringUp(steps, sandbox, { ...options(), partial: true });
    assert.deepEqual(told("left out"), ["kwok"]);
  });

  it("lets one command at a time start and stop, and takes over a dead command's lock", async () => {
    const { layout } = sandbox;
    const order: string[] = [];
    const first = locked(layout, async () => {
      await sleep(300);
      order.push("first");
    });
    await Promise.all([first, locked(layout, () => Promise.resolve(order.push("second")))]);
    assert.deepEqual(order, ["first", "second"]);
    writeFileSync(layout.lock, JSON.stringify({ pid: process.pid, birth: "another boot/1" }));
    assert.equal(await locked(layout, () => Promise.resolve("in")), "in");
  });
});
