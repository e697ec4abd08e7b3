import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { filesMatching, readInside } from "../../../settings/files";

describe("files that settings name", () => {
  let root: string;
  let folder: string;
  before(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "files-"));
    folder = path.join(root, "stack");
    fs.mkdirSync(path.join(folder, "apps/team"), { recursive: true });
    fs.mkdirSync(path.join(root, "apps"));
    fs.mkdirSync(path.join(folder, "7"));
    fs.writeFileSync(path.join(folder, "7/e.yaml"), "");
    fs.mkdirSync(path.join(folder, "node_modules/x"), { recursive: true });
    for (const file of ["apps/a.yaml", "apps/b.yml", "apps/team/c.yaml", "apps/.hidden.yaml"]) {
      fs.writeFileSync(path.join(folder, file), "uri: http://a\n");
    }
    fs.writeFileSync(path.join(folder, "node_modules/x/d.yaml"), "");
    fs.writeFileSync(path.join(root, "secret.yaml"), "password: hunter2\n");
    fs.writeFileSync(path.join(root, "apps/secret.yaml"), "password: hunter2\n");
    fs.symlinkSync(path.join(root, "secret.yaml"), path.join(folder, "apps/out.yaml"));
    fs.symlinkSync("a.yaml", path.join(folder, "apps/same.yaml"));
    fs.symlinkSync(root, path.join(folder, "apps/up"));
    fs.symlinkSync(".", path.join(folder, "apps/circle"));
    fs.symlinkSync("loop.yaml", path.join(folder, "apps/loop.yaml"));
    fs.symlinkSync(path.join(root, "apps"), path.join(folder, "linked"));
    fs.writeFileSync(path.join(folder, "apps/big.yaml"), "x".repeat(2 * 1024 * 1024));
    execFileSync("mkfifo", [path.join(folder, "apps/fifo.yaml")]);
  });
  after(() => fs.rmSync(root, { recursive: true }));

  it("are found by paths and patterns below the folder", () => {
    const found = (pattern: string) => filesMatching(pattern, folder).found;
    assert.deepEqual(found("apps/a.yaml"), ["apps/a.yaml"]);
    assert.deepEqual(found("./apps/a.yaml"), ["apps/a.yaml"]);
    assert.deepEqual(found("apps/{a,b}.{yaml,yml}"), ["apps/a.yaml", "apps/b.yml"]);
    assert.deepEqual(found("apps/team/*.yaml"), ["apps/team/c.yaml"]);
    assert.deepEqual(found("**/c.yaml"), ["apps/team/c.yaml"]);
    assert.deepEqual(found("apps/[ab].y*ml"), ["apps/a.yaml", "apps/b.yml"]);
    assert.deepEqual(found("{1..300}/e.yaml"), ["7/e.yaml"]);
    assert.deepEqual(found("**/d.yaml"), []);
    assert.deepEqual(found("nowhere/*.yaml"), []);
  });

  it("are never outside the folder, for any pattern", () => {
    for (const pattern of [
      "../*.yaml",
      "apps/../../*.yaml",
      "{..,apps}/secret.yaml",
      "{.,}./secret.yaml",
      "{.}{.}/secret.yaml",
      "[.][.]/*.yaml",
      "[.]./secret.yaml",
      ".[.]/secret.yaml",
      "?./secret.yaml",
      "@(..)/secret.yaml",
      "+(.)/secret.yaml",
      "apps/{../..,x}/secret.yaml",
      "apps/up/secret.yaml",
      "apps/up/*.yaml",
      "*/up/secret.yaml",
      "apps/**/secret.yaml",
      "linked/secret.yaml",
      "linked/*.yaml",
      "/etc/passwd",
      "{/etc,x}/passwd",
      "..\\secret.yaml",
      "C:\\secret.yaml",
      "\\.\\./secret.yaml",
    ]) {
      const { found = [] } = filesMatching(pattern, folder);
      assert.deepEqual(
        found.filter((file) => /secret|passwd/.test(file)),
        [],
        pattern,
      );
    }
  });

  it("take limited time for any pattern", () => {
    const started = Date.now();
    for (const pattern of [
      "apps/{1..99999999}.yaml",
      "apps/{1..999}{1..999}.yaml",
      "{a,b}".repeat(50),
      "{a,".repeat(80),
      "{".repeat(20_000),
      "**/".repeat(80) + "x",
      "apps/" + "*a".repeat(40),
      "apps/+(a|aa)+(a|aa)+(a|aa)b",
      "[".repeat(250),
      "**/circle/**/*.yaml",
    ]) {
      const { found = [] } = filesMatching(pattern, folder);
      assert.deepEqual(found, [], pattern);
    }
    assert.ok(Date.now() - started < 5000, String(Date.now() - started));
    assert.match(filesMatching("{a,b}".repeat(9), folder).fault ?? "", /more than 256 patterns/);
    assert.match(filesMatching("*a*a*a*a*a", folder).fault ?? "", /has 5 \* in one part/);
  });

  it("are read without following links out of the folder, and without endless files", () => {
    const read = (file: string) => readInside(file, folder);
    assert.equal(read("apps/a.yaml").found, "uri: http://a\n");
    assert.equal(read("apps/same.yaml").found, "uri: http://a\n");
    const faults: Record<string, RegExp> = {
      "apps/out.yaml": /^is a link that leads out/,
      "apps/up/secret.yaml": /^is a link that leads out/,
      "linked/secret.yaml": /^is a link that leads out/,
      "apps/loop.yaml": /^cannot be read \(ELOOP\)/,
      "apps/fifo.yaml": /^is not a file/,
      "apps/team": /^is not a file/,
      "apps/big.yaml": /^has more than 1024 KiB/,
      "../secret.yaml": /^is outside/,
      "/etc/passwd": /^is outside/,
      "apps/none.yaml": /^is not there/,
      "apps/a\0.yaml": /^cannot be read/,
    };
    for (const [file, fault] of Object.entries(faults)) {
      assert.match(read(file).fault ?? "read", fault, file);
      assert.equal(read(file).found, undefined);
    }
  });
});
