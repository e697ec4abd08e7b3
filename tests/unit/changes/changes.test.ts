import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { CHANGES, MARK } from "./changes";
import type { Probed } from "./probe";

const COPIED = [
  ...["bin", "components", "inventory", "operations", "settings", "teleport"],
  ...["docs", "sandbox/charts", "sandbox/README.md", "index.ts", "package.json", "tsconfig.json"],
  ...["Pulumi.yaml", "Pulumi.prod.yaml", ".oxfmtrc.json"],
];

/** A row of CONTRIBUTING's table: the number of files, and the names in the last column. */
function rowOf(what: string): { files: number; named: string[] } {
  const text = fs.readFileSync("CONTRIBUTING.md", "utf8");
  const row = text.split("\n").find((line) => line.startsWith(`| ${what} `));
  assert.ok(row !== undefined, `CONTRIBUTING.md has no row "${what}"`);
  const [, , files = "", where = ""] = row.split("|").map((cell) => cell.trim());
  return {
    files: Number(files),
    named: [...where.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
  };
}

describe("the table of where to change what", () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "changes-"));
  let probed: Probed;

  before(function () {
    this.timeout(240_000);
    for (const name of COPIED) fs.cpSync(name, path.join(root, name), { recursive: true });
    fs.symlinkSync(path.resolve("node_modules"), path.join(root, "node_modules"));
    for (const { file, from, to } of CHANGES.flatMap(({ edits }) => edits)) {
      const at = path.join(root, file);
      const text = from === undefined ? "" : fs.readFileSync(at, "utf8");
      assert.equal(text.split(from ?? "\0").length, from === undefined ? 1 : 2, `${file}: ${from}`);
      fs.writeFileSync(at, from === undefined ? to : text.replace(from, () => to));
    }
    const run = (...args: string[]) =>
      execFileSync(
        process.execPath,
        ["--require", path.join(root, "bin/typescript.cjs"), ...args],
        {
          cwd: root,
          encoding: "utf8",
          maxBuffer: 64 * 1024 * 1024,
        },
      );
    run("teleport/generate/main.ts");
    run("settings/generate-json-schema.ts");
    const out = run(path.resolve("tests/unit/changes/probe.ts"), root, MARK);
    probed = JSON.parse(out.slice(out.indexOf("{"))) as Probed;
  });
  after(() => {
    fs.rmSync(root, { recursive: true });
  });

  for (const { what, edits } of CHANGES) {
    it(`gives the right number of files for ${what}`, () => {
      const files = [...new Set(edits.map(({ file }) => file))];
      const { files: number, named } = rowOf(what);
      assert.equal(number, files.length);
      for (const file of files) {
        assert.ok(
          named.some((name) => file.startsWith(name)),
          `${what}: ${file} is not among ${named.join(", ")}`,
        );
      }
    });
  }

  const inputsOf = (type: string, name: string) => {
    const found = probed.plan.find((one) => one.type.endsWith(`:${type}`) && one.name === name);
    assert.ok(found !== undefined, `${type} ${name}`);
    return JSON.stringify(found.inputs);
  };

  it("lists every change, and each change has its effect", () => {
    assert.ok(inputsOf("Release", "teleport-agent").includes(MARK), "field of an app");
    assert.ok(inputsOf("LoadBalancer", "load-balancer").includes(MARK), "load balancer");
    assert.ok(probed.help.includes(MARK), "subcommand");
    assert.ok(probed.checks.includes(`chart.${MARK}`), "check");
    const gadget = probed.plan.find(({ type }) => type.endsWith(":TeleportGadgetV1"));
    assert.ok(JSON.stringify(gadget?.inputs).includes(MARK), "kind of Teleport resource");
    assert.ok(inputsOf("VaultStaticSecret", "database-credentials").includes("infra-db/teleport"));
    assert.ok(inputsOf("Release", "teleport").includes("18.99.0"), "version");
  });
});
