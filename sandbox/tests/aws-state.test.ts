import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { toolPath } from "../src/setup/tools.ts";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../aws");

/** Closes the emulator's store while its thread is saving a change. */
const script = `
import os, sys, threading, time
sys.path.insert(0, ${JSON.stringify(folder)})
import server

store = server.Store(sys.argv[1])
store.save()
written = os.stat(store.path).st_mtime_ns
dump = store.dump_picklable
begun = threading.Event()

def slow_dump():
    begun.set()
    time.sleep(1)
    return dump()

store.dump_picklable = slow_dump
threading.Thread(target=store.save_changes, daemon=True).start()
store.dirty.set()
begun.wait()
store.close()
print("kept" if os.stat(store.path).st_mtime_ns > written else "lost")
`;

/** Prints for each request whether it may change the state. */
const requests = `
import io, json, sys
sys.path.insert(0, ${JSON.stringify(folder)})
import actions

def asks(method, body="", **headers):
    data = body.encode()
    environ = {"REQUEST_METHOD": method, "wsgi.input": io.BytesIO(data), "CONTENT_LENGTH": len(data)}
    return actions.may_change({**environ, **headers})

form = {"CONTENT_TYPE": "application/x-www-form-urlencoded; charset=utf-8"}
print(json.dumps([
    asks("GET"), asks("HEAD"), asks("PUT"), asks("POST"), asks("DELETE"),
    asks("POST", "Action=DescribeVpcs&Version=2016-11-15", **form),
    asks("POST", "Version=2016-11-15&Action=CreateVpc", **form),
    asks("POST", HTTP_X_AMZ_TARGET="CertificateManager.ListCertificates"),
    asks("POST", HTTP_X_AMZ_TARGET="CertificateManager.RequestCertificate"),
]))
`;

describe("aws: the emulator's state on disk", function () {
  this.timeout(120_000); // loading moto takes long on a busy machine
  it("keeps the last change if the emulator is stopped during the write", async () => {
    const state = mkdtempSync(join(tmpdir(), "aws-state-"));
    try {
      const args = ["-c", script, state];
      const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
      const { stdout } = await promisify(execFile)(toolPath("moto-python"), args, { env });
      assert.equal(stdout.trim().split("\n").pop(), "kept");
    } finally {
      rmSync(state, { recursive: true });
    }
  });

  it("is saved after requests that may change the account, but not after reads", async () => {
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
    const { stdout } = await promisify(execFile)(toolPath("moto-python"), ["-c", requests], {
      env,
    });
    const [get, head, put, post, remove, describeVpcs, createVpc, list, request] = JSON.parse(
      stdout.trim().split("\n").pop() ?? "",
    ) as boolean[];
    assert.deepEqual([get, head, describeVpcs, list], [false, false, false, false]);
    assert.deepEqual([put, post, remove, createVpc, request], [true, true, true, true, true]);
  });
});
