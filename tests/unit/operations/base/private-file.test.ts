import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { writePrivate } from "../../../../operations/base/private-file";

describe("a private file", () => {
  let folder: string;
  before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-private-"))));
  after(() => fs.rmSync(folder, { recursive: true }));
  const mode = (file: string) => fs.statSync(file).mode & 0o777;

  it("is readable only by its owner, whether it existed or not", () => {
    const file = path.join(folder, "state.json");
    writePrivate(file, "new");
    assert.equal(mode(file), 0o600);
    fs.chmodSync(file, 0o644);
    writePrivate(file, "again");
    assert.deepEqual([mode(file), fs.readFileSync(file, "utf8")], [0o600, "again"]);
  });

  it("is never overwritten with wx, and a device keeps its mode", () => {
    const file = path.join(folder, "Pulumi.prod.yaml");
    writePrivate(file, "first", "wx");
    assert.equal(mode(file), 0o600);
    assert.throws(() => writePrivate(file, "second", "wx"), /EEXIST/);
    const before = mode("/dev/null");
    writePrivate("/dev/null", "text");
    assert.equal(mode("/dev/null"), before);
  });
});
