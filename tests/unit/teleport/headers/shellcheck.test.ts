import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";

const FOLDER = "teleport/headers";

describe("shell scripts that run in pods", () => {
  it("pass shellcheck", function () {
    const files = fs.readdirSync(FOLDER).filter((file) => file.endsWith(".sh"));
    assert.ok(files.length >= 2);
    const { error, status, stdout } = spawnSync(
      "shellcheck",
      ["--shell=sh", ...files.map((file) => `${FOLDER}/${file}`)],
      { encoding: "utf8" },
    );
    if (error !== undefined) {
      console.log("      shellcheck is not on PATH (Debian: apt-get install shellcheck)");
      this.skip();
    }
    assert.equal(status, 0, stdout);
  });
});
