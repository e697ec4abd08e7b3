import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { sourceStack } from "../../operations/base/source-stack";

const ROOT = path.resolve(__dirname, "../..");

/** A checkout whose program exports a number and reads a file of the checkout. */
const FILES = {
  "index.ts": `import { told } from "./inner/told";\nexport = { told, one: 1 as number };\n`,
  "inner/told.ts": `import * as fs from "node:fs";
import * as path from "node:path";
import { CHECKOUT } from "../teleport/checkout";
export const told = fs.readFileSync(path.join(CHECKOUT, "inner/told.txt"), "utf8");
`,
  "inner/told.txt": "beside it",
  "teleport/checkout.ts": fs.readFileSync(path.join(ROOT, "teleport/checkout.ts"), "utf8"),
  "operations/cli/main.ts": `import program from "../../index";
export const told = "commands: " + program.told;
export const { stack } = new Error("broken");
`,
  "package.json": "{}",
  "package-lock.json": "{}",
  "node_modules/.package-lock.json": "{}",
  "tsconfig.json": "{}",
};

describe("program and commands as one file", function () {
  this.timeout(60_000);
  let folder: string;
  const bundle = (of = folder) => path.join(of, "node_modules/.cache/access-plane/bundle.cjs");

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-program-"));
    fs.cpSync(path.join(ROOT, "bin"), path.join(folder, "bin"), { recursive: true });
    for (const [name, text] of Object.entries(FILES)) {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), text);
    }
    for (const name of fs.readdirSync(path.join(ROOT, "node_modules"))) {
      const link = path.join(folder, "node_modules", name);
      if (!name.startsWith(".")) fs.symlinkSync(path.join(ROOT, "node_modules", name), link);
    }
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** What an entry exports, and whether it comes from the one file. */
  function load(entry = "program"): { exported: unknown; oneFile: boolean } {
    const code = `require("./bin/packages.cjs");
      const exported = require("./bin/bundle.cjs").load(${JSON.stringify(entry)});
      const oneFile = !Object.keys(require.cache).some((file) => file.includes("/tsx/dist/"));
      console.log(JSON.stringify({ exported, oneFile }));`;
    const printed = execFileSync(process.execPath, ["-e", code], { cwd: folder, encoding: "utf8" });
    return JSON.parse(printed) as { exported: unknown; oneFile: boolean };
  }

  it("is built once, and exports the same as the sources", () => {
    const found = { exported: { told: "beside it", one: 1 }, oneFile: true };
    assert.deepEqual(load(), found);
    const { mtimeMs } = fs.statSync(bundle());
    assert.deepEqual(load(), found);
    const { exported, oneFile } = load("commands");
    const { told, stack } = exported as { told: string; stack: string };
    assert.deepEqual([told, oneFile], ["commands: beside it", true]);
    const place = `${path.join(folder, "operations/cli/main.ts")}:3:`;
    assert.ok(sourceStack(stack).includes(place), sourceStack(stack));
    assert.equal(fs.statSync(bundle()).mtimeMs, mtimeMs);
    // The places of an older program would be wrong.
    fs.appendFileSync(path.join(folder, "index.ts"), "// later");
    assert.equal(sourceStack(stack), stack);
  });

  it("is ASCII: V8 would decode another text first, and read twice as much", () => {
    execFileSync(process.execPath, [path.join(ROOT, "bin/access-plane"), "--help"]);
    const lines = fs.readFileSync(bundle(ROOT), "utf8").split("\n");
    const others = lines.flatMap((line) => /.{0,60}[\u0080-\uffff].{0,60}/.exec(line)?.[0] ?? []);
    assert.deepEqual(others, []);
  });

  it("has one source that asks for its own folder, which no other would find in it", () => {
    execFileSync(process.execPath, [path.join(ROOT, "bin/access-plane"), "--help"]);
    const [first = ""] = fs.readFileSync(bundle(ROOT), "utf8").split("\n", 1);
    const { madeOf } = JSON.parse(first.slice(2)) as { madeOf: Record<string, string> };
    const asking = Object.keys(madeOf).filter(
      (file) =>
        file.endsWith(".ts") &&
        fs.readFileSync(path.join(ROOT, file), "utf8").includes("__dirname"),
    );
    assert.deepEqual(asking, ["teleport/checkout.ts"]);
  });

  it("is built again if a source or the packages change, even with an older date", () => {
    load();
    const file = path.join(folder, "index.ts");
    const { atime, mtime } = fs.statSync(file);
    fs.writeFileSync(file, FILES["index.ts"].replace("one: 1", "one: 2"));
    fs.utimesSync(file, atime, mtime);
    assert.deepEqual(load(), { exported: { told: "beside it", one: 2 }, oneFile: true });
    const { ino } = fs.statSync(bundle());
    fs.writeFileSync(path.join(folder, "node_modules/.package-lock.json"), `{"a": 1}`);
    assert.ok(load().oneFile);
    assert.notEqual(fs.statSync(bundle()).ino, ino);
  });

  it("keeps what V8 compiled for each entry, unless that is damaged", () => {
    const kept = (entry: string) => {
      const folder = path.dirname(bundle());
      const names = fs
        .readdirSync(folder)
        .filter((name) => name.startsWith(`bundle.cjs.${entry}.`));
      assert.equal(names.length, 1, names.join());
      return path.join(folder, names[0] ?? "");
    };
    for (const entry of ["program", "commands"]) {
      const { exported } = load(entry);
      const file = kept(entry);
      const whole = fs.readFileSync(file);
      fs.utimesSync(file, 0, 0);
      assert.deepEqual(load(entry).exported, exported);
      assert.equal(fs.statSync(file).mtimeMs, 0, "it was compiled again");
      const damaged = Buffer.from(whole);
      damaged.writeUInt8(255 - damaged.readUInt8(whole.length - 100), whole.length - 100);
      for (const bytes of [damaged, whole.subarray(0, 1000), Buffer.alloc(0)]) {
        fs.writeFileSync(file, bytes);
        assert.deepEqual(load(entry).exported, exported);
        assert.ok(fs.statSync(file).size > 1000 && !fs.readFileSync(file).equals(bytes));
      }
    }
    fs.writeFileSync(path.join(folder, "index.ts"), `export = { told: "new", one: 2 };\n`);
    const old = kept("program");
    assert.deepEqual(load().exported, { told: "new", one: 2 });
    assert.notEqual(kept("program"), old);
  });

  it("is not used if it is damaged", () => {
    load();
    const { size } = fs.statSync(bundle());
    for (const left of [0, 20, size - 20]) {
      fs.truncateSync(bundle(), left);
      assert.deepEqual(load(), { exported: { told: "beside it", one: 1 }, oneFile: true });
    }
  });

  it("is not built if node_modules is a link to that of another checkout", () => {
    fs.renameSync(path.join(folder, "node_modules"), path.join(folder, "packages"));
    fs.symlinkSync("packages", path.join(folder, "node_modules"));
    assert.deepEqual(load(), { exported: { told: "beside it", one: 1 }, oneFile: false });
    assert.ok(!fs.existsSync(bundle()));
  });

  it("is replaced by the sources if it cannot be built", () => {
    fs.writeFileSync(path.join(folder, "node_modules/.cache"), "no folder");
    assert.deepEqual(load(), { exported: { told: "beside it", one: 1 }, oneFile: false });
  });
});
