import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { withScratch } from "../../../../operations/adopt/scratch";
import { readStackDocument } from "../../../../settings/stack-document";

/** Values that YAML parsers read in different ways. */
const TEXT = `encryptionsalt: v1:none
config:
  access-plane:values: { word: off, octal: 030443, date: 2026-01-02, quoted: "1.10", big: 12345678901234567890 }
  access-plane:count: 0o17
`;

describe("the copy of a project that adoption tries settings in", () => {
  it("has the same settings for the engine, and not how the state is encrypted", async () => {
    const cwd = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-scratch-"));
    fs.writeFileSync(path.join(cwd, "Pulumi.prod.yaml"), TEXT);
    try {
      const copied = await withScratch("prod", { cwd, env: {} }, (scratch) =>
        Promise.resolve(fs.readFileSync(path.join(scratch.cwd, "Pulumi.prod.yaml"), "utf8")),
      );
      assert.deepEqual(readStackDocument(copied).config, readStackDocument(TEXT).config);
      assert.doesNotMatch(copied, /encryptionsalt/);
    } finally {
      fs.rmSync(cwd, { recursive: true });
    }
  });
});
