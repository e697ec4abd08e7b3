import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { readDump } from "../../../../operations/verify/backups";
import { dumpHead } from "./dumps";

describe("a dump of a database", () => {
  const file = path.join(os.tmpdir(), `dump-${process.pid}`);
  after(() => fs.rmSync(file, { force: true }));

  for (const minor of [14, 15, 16]) {
    it(`has its database and time in the header, in archive format 1.${minor}`, () => {
      const made = new Date(2026, 10, 26, 11, 45, 7);
      fs.writeFileSync(file, dumpHead("teleport_audit", made, minor));
      assert.deepEqual(readDump(file), { database: "teleport_audit", made });
    });
  }

  it("is refused if it is another file", () => {
    fs.writeFileSync(file, "-- PostgreSQL database dump\n");
    assert.throws(() => readDump(file), /is not an archive of pg_dump -Fc/);
    assert.throws(() => readDump(`${file}-nowhere`), /ENOENT/);
  });
});
