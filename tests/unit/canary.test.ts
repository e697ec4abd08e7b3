import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as zlib from "node:zlib";
import { helmRecord, leaks, newValue } from "../engine/canary";
import { ended } from "../engine/ended";
import { OwnProcesses } from "../engine/own-processes";

const base64 = (text: string | Buffer) => Buffer.from(text).toString("base64");

/** The search of tests/engine/canaries.test.ts, with leaks planted on purpose. */
describe("the search for canaries", () => {
  const value = newValue();
  const found = (text: string) => leaks([{ name: "it", value }], [{ name: "there", text }]);

  it("finds a value in plain text, in a URL, and in base64 at any offset", () => {
    for (const before of ["", "a", "ab", "abc", "Bearer ", "user:"]) {
      for (const after of ["", "\n", "@host", "xyz"]) {
        const text = `${before}${value}${after}`;
        for (const leak of [text, base64(text), Buffer.from(text).toString("base64url")]) {
          assert.deepEqual(found(`x ${leak} y`), ["it in there"], leak);
        }
      }
    }
    const odd = "a/b+c d?~ü".repeat(3);
    const urls = leaks(
      [{ name: "it", value: odd }],
      [{ name: "u", text: encodeURIComponent(odd) }],
    );
    assert.deepEqual(urls, ["it in u"]);
  });

  it("finds nothing in other texts", () => {
    assert.deepEqual(found(`${value.slice(1)} ${base64(newValue())} ${newValue()}`), []);
    assert.notEqual(newValue(), newValue());
  });

  it("reads Helm's records", () => {
    const packed = zlib.gzipSync(JSON.stringify({ config: { token: value } }));
    const data = base64(base64(packed));
    assert.deepEqual(found(data), []);
    assert.deepEqual(found(helmRecord(data)), ["it in there"]);
  });

  it("checks arguments of processes, and temporary files that no longer exist", async () => {
    const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-canary-"));
    const own = new OwnProcesses(path.join(scratch, "tmp"));
    try {
      const script = 'echo "$1" > "$TMPDIR/leak"; sleep 1; rm "$TMPDIR/leak"; sleep 0.3';
      const env = { ...process.env, ...own.env };
      await ended(spawn("sh", ["-c", script, "sh", value], { env }));
      // It belongs to another owner.
      await ended(spawn("sh", ["-c", "sleep 0.3", "sh", value]));
      const places = leaks([{ name: "it", value }], own.places());
      assert.equal(places.length, 2, places.join());
      assert.match(places.join(), /it in temporary file leak \d+,it in arguments of a process/);
      assert.match([...own.open].join(), /^leak 6/);
    } finally {
      own.stop();
      fs.rmSync(scratch, { recursive: true });
    }
  });
});
