import * as fs from "node:fs";
import * as path from "node:path";
import * as assert from "node:assert/strict";
import { Cancellation } from "../../../../operations/engine/cancellation";
import { refuseFullDisk } from "../../../../operations/engine/file-backend";
import { FakeEngine } from "../deploy/fake-engine";
import { fails } from "./events";

const MEBIBYTE = 2 ** 20;

describe("the disk of a backend of files", () => {
  let engine: FakeEngine;
  before(() => (engine = new FakeEngine()));
  after(() => engine.remove());

  const check = (backend: string | undefined, free: number) => {
    const PATH = `${path.join(engine.cwd, "bin")}:${process.env["PATH"] ?? ""}`;
    const env = {
      ...process.env,
      PATH,
      FAKE_LOG: path.join(engine.cwd, "log"),
      FAKE_BACKEND: backend,
    };
    const options = { cwd: engine.cwd, env, cancellation: new Cancellation() };
    return refuseFullDisk("prod", options, () => free * MEBIBYTE);
  };
  const backend = () => path.join(engine.cwd, "backend");

  it("must not be nearly full; the error has the free and the needed space", async () => {
    const refused = fails("ENVIRONMENT", /backend\) has 3\.5 MiB free, an update needs 32\.0 MiB/);
    await assert.rejects(check(`file://${backend()}`, 3.5), refused);
    await assert.rejects(check(`file://${backend()}?metadata=skip`, 3.5), refused);
    await check(`file://${backend()}`, 33);
  });

  it("must have room for copies of the stack's state", async () => {
    const folder = path.join(backend(), ".pulumi/stacks/access-plane");
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, "prod.json.gz"), Buffer.alloc(2 * MEBIBYTE));
    const refused = fails("ENVIRONMENT", /an update needs 44\.0 MiB/);
    await assert.rejects(check(`file://${backend()}`, 33), refused);
    await check(`file://${backend()}`, 45);
  });

  it("is asked for once by all stacks of a command", async () => {
    const PATH = `${path.join(engine.cwd, "bin")}:${process.env["PATH"] ?? ""}`;
    const log = path.join(engine.cwd, "once");
    const env = { ...process.env, PATH, FAKE_LOG: log, FAKE_BACKEND: `file://${backend()}` };
    const options = () => ({ cwd: engine.cwd, env, cancellation: new Cancellation() });
    await Promise.all(["prod", "other"].map((one) => refuseFullDisk(one, options(), () => 1e12)));
    await refuseFullDisk("third", options(), () => 1e12);
    assert.equal(fs.readFileSync(log, "utf8").match(/whoami/g)?.length, 1);
  });

  it("is not checked for a bucket or a service", async () => {
    await check("s3://states", 0);
    await check(undefined, 0);
  });
});
