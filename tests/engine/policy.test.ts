import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { EngineStack, type Config } from "./stack";

const PACK = path.resolve("policy");

/** Runs the policy pack with the real engine, on previews of the real program. */
describe("the policy pack with the engine", () => {
  let stack: EngineStack;
  let folder: string;
  let host: string;

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-policy-"));
    if (!fs.existsSync(path.join(PACK, "node_modules"))) {
      execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: PACK, stdio: "pipe" });
    }
    // The sandbox's language host is older than the engine and starts no plugins. The engine also accepts
    // an executable as a pack: this one starts the same script that a current host starts.
    host = path.join(folder, "pack");
    const script = path.join(PACK, "node_modules/@pulumi/pulumi/cmd/run-policy-pack");
    fs.writeFileSync(host, `#!/bin/sh\ncd ${PACK}\nexec node ${script} "$@" ${PACK}\n`, {
      mode: 0o755,
    });
    stack = await EngineStack.start();
  });
  after(async () => {
    await stack.stop();
    fs.rmSync(folder, { recursive: true });
  });

  const preview = (code: number, ...args: string[]) =>
    stack.expect(code, "preview", "--policy-pack", host, ...args);

  it("refuses unprotected resources, and names them", async () => {
    stack.liftProtection();
    const output = await preview(1);
    assert.match(output, /access-plane@v0\.1\.0/);
    assert.match(output, /\[mandatory\]\s+protected-kinds/);
    assert.match(output, /namespace is not protected/);
    assert.match(output, /load-balancer is not protected/);
  });

  it("allows protected resources, and warns of images without a digest", async () => {
    stack.change((config: Config) => {
      config["access-plane:namespace"] = { protect: true };
      const balancer = config["access-plane:loadBalancer"] as { deletionProtection: boolean };
      balancer.deletionProtection = true;
    });
    const output = await preview(0);
    assert.doesNotMatch(output, /\[mandatory\]/);
    assert.match(output, /\[advisory\]\s+images-by-digest/);
  });

  it("reads the level of a policy from a configuration", async () => {
    const file = path.join(folder, "levels.json");
    fs.writeFileSync(file, JSON.stringify({ "images-by-digest": "mandatory" }));
    assert.match(
      await preview(1, "--policy-pack-config", file),
      /\[mandatory\]\s+images-by-digest/,
    );
  });
});
