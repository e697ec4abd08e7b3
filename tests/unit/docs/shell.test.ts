import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

const FILES = ["README.md", ...fs.readdirSync("docs").map((name) => path.join("docs", name))];

/** The shell blocks of a document, without the indentation of lists. */
const blocks = (text: string): string[] =>
  [...text.matchAll(/^( *)```sh\n(.*?)^\1```/gms)].map(([, indent = "", code = ""]) =>
    code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  );

describe("shell commands in documents", () => {
  for (const file of FILES.filter((name) => name.endsWith(".md"))) {
    it(`can be pasted into an interactive Bash: ${file}`, () => {
      for (const block of blocks(fs.readFileSync(file, "utf8"))) {
        const parsed = spawnSync("bash", ["-n"], { input: block, encoding: "utf8" });
        assert.equal(parsed.status, 0, `${block}\n${parsed.stderr}`);
        // Text in single quotes is left alone; elsewhere `!` begins a history substitution.
        const rest = block.replace(/'[^']*'/g, "''");
        assert.doesNotMatch(rest, /![^\s=]/, block);
      }
    });
  }
});
