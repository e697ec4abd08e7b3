import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hostScript } from "../src/setup/go.ts";
import { installFolder, installLink, writeWhole } from "../src/setup/install.ts";
import { withLock } from "../src/setup/lock.ts";

const source = (name: string) => join(import.meta.dirname, "../src/setup", name);

/** Start a script in a process of its own and wait until it says it is in the middle. */
async function startScript(text: string) {
  const child = spawn(process.execPath, ["--input-type=module", "-e", text], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

describe("setup: installing a tool", () => {
  let folder = "";
  let target = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "setup-install-"));
    target = join(folder, "tool", "1.0.0");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("never publishes a tool whose build was killed, and finishes it in the next run", async () => {
    const child = await startScript(`
      import { installFolder } from ${JSON.stringify(source("install.ts"))};
      import { writeFileSync } from "node:fs";
      await installFolder(${JSON.stringify(target)}, async (folder) => {
        writeFileSync(folder + "/tool", "half of");
        console.log("midway");
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      });`);
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.ok(!existsSync(target), "a half-built tool stands where finished ones are looked for");
    assert.equal(readdirSync(join(folder, "tool")).length, 1, "its remains lie beside it");

    await installFolder(target, (partial) => {
      writeFileSync(join(partial, "tool"), "the whole tool");
      return Promise.resolve();
    });
    assert.equal(readFileSync(join(target, "tool"), "utf8"), "the whole tool");
    assert.deepEqual(readdirSync(join(folder, "tool")), ["1.0.0"], "the remains are gone");
  });

  it("leaves nothing if the build fails, and reports the reason", async () => {
    await assert.rejects(
      installFolder(target, (partial) => {
        writeFileSync(join(partial, "tool"), "half of");
        return Promise.reject(new Error("compiler says no"));
      }),
      /compiler says no/,
    );
    assert.deepEqual(readdirSync(join(folder, "tool")), []);
  });

  it("does not touch the leftovers of another version", async () => {
    const other = join(folder, "tool", "1.0.0-rc.partial-7");
    mkdirSync(other, { recursive: true });
    await installFolder(target, () => Promise.resolve());
    assert.ok(existsSync(other));
  });

  it("writes files atomically and makes them executable", async () => {
    const file = join(folder, "deep", "script");
    await writeWhole(file, "#!/bin/sh\n", 0o755);
    assert.deepEqual(readdirSync(join(folder, "deep")), ["script"]);
  });
});

const unexpected = () => assert.fail("nothing to wait for");

describe("setup: the language host beside the CLI", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "setup-host-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Starts a host that prints its arguments, by the script and a link to it as set-up makes them. */
  async function started(project: string | undefined): Promise<string> {
    await writeWhole(join(folder, "host/1/host"), '#!/bin/sh\necho "$@"\n', 0o755);
    await writeWhole(join(folder, "host/1/script"), hostScript("../../host/1/host"), 0o755);
    mkdirSync(join(folder, "cli/2"), { recursive: true });
    await installLink("../../host/1/script", join(folder, "cli/2/host"));
    if (project !== undefined) writeFileSync(join(folder, "Pulumi.yaml"), project);
    const link = join(folder, "cli/2/host");
    return execFileSync(link, ["-root=a b", "127.0.0.1:1"], { cwd: folder, encoding: "utf8" });
  }

  it("gets the option that the program needs no compiler", async () => {
    const project = "runtime:\n  name: nodejs\n  options:\n    typescript: false\n";
    assert.equal(await started(project), "-typescript=false -root=a b 127.0.0.1:1\n");
  });

  it("gets no option for other programs", async () => {
    const same = "-root=a b 127.0.0.1:1\n";
    assert.equal(await started(undefined), same);
    assert.equal(await started("runtime: nodejs\n# typescript: false\n"), same);
  });
});

describe("setup: one at a time", () => {
  let folder = "";
  let file = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "setup-lock-"));
    file = join(folder, "setup.lock");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const holder = () => `
    import { withLock } from ${JSON.stringify(source("lock.ts"))};
    await withLock(${JSON.stringify(file)}, () => {}, async () => {
      console.log("held");
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });`;

  it("waits for the other process and names it", async () => {
    const child = await startScript(holder());
    const waited: number[] = [];
    let ran = false;
    const mine = withLock(
      file,
      (pid) => waited.push(pid),
      () => Promise.resolve((ran = true)),
    );
    await sleep(700);
    assert.equal(ran, false);
    assert.deepEqual(waited, [child.pid]);
    child.kill("SIGKILL");
    await mine;
    assert.equal(ran, true);
    assert.deepEqual(readdirSync(folder), []);
  });

  it("takes the lock of a dead process", async () => {
    writeFileSync(file, JSON.stringify({ pid: 2 ** 22 + 1, started: "1", id: "dead" }));
    assert.equal(await withLock(file, unexpected, () => Promise.resolve("done")), "done");
  });

  it("takes the lock of a process whose pid was reused", async () => {
    writeFileSync(file, JSON.stringify({ pid: process.pid, started: "1", id: "dead" }));
    assert.equal(await withLock(file, unexpected, () => Promise.resolve("done")), "done");
  });

  it("serializes many processes", async () => {
    let inside = 0;
    let most = 0;
    const one = () =>
      withLock(
        file,
        () => undefined,
        async () => {
          most = Math.max(most, ++inside);
          await sleep(5);
          inside -= 1;
        },
      );
    await Promise.all([one(), one(), one()]);
    assert.equal(most, 1);
  });

  it("releases the lock after an error", async () => {
    await assert.rejects(
      withLock(file, unexpected, () => Promise.reject(new Error("broken"))),
      /broken/,
    );
    assert.deepEqual(readdirSync(folder), []);
  });
});
