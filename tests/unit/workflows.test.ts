import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { buildProgram } from "../../operations/cli/main";

interface Job {
  permissions?: Record<string, string>;
  environment?: string;
  "timeout-minutes"?: number;
}
interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  concurrency: { group: string; "cancel-in-progress": boolean };
  jobs: Record<string, Job>;
}

const FOLDER = ".github/workflows";
const files = fs.readdirSync(FOLDER).sort();
const text = (file: string) => fs.readFileSync(path.join(FOLDER, file), "utf8");
const read = (file: string) => parse(text(file)) as Workflow;
const action = fs.readFileSync(".github/actions/setup/action.yml", "utf8");

/** What a workflow may write, other than a token of its own. */
const WRITES: Record<string, string> = {
  "comment.yml": "pull-requests",
  "release.yml": "contents",
};

const context = {
  cwd: process.cwd(),
  env: {},
  stdout: { write: () => true },
  stderr: { write: () => true },
  ask: () => Promise.resolve(""),
};

describe("the workflows", () => {
  /** Problems that actionlint finds; built by Go, which has it in its cache after the first time. */
  function lint(...paths: string[]): string[] {
    const command = ["run", "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12", "-oneline"];
    const run = spawnSync("go", [...command, "-shellcheck=", "-pyflakes=", ...paths], {
      encoding: "utf8",
    });
    const found = run.stdout.split("\n").filter((line) => line !== "");
    if (run.status !== 0 && found.length === 0) throw new Error(`actionlint: ${run.stderr}`);
    return found;
  }
  const hasGo = spawnSync("go", ["version"]).status === 0;

  it("pass actionlint, which notices a mistake", function () {
    if (!hasGo) {
      console.log("skipped: no go on PATH to build actionlint with");
      this.skip();
    }
    this.timeout(240_000);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "workflows-"));
    try {
      const broken = path.join(folder, "broken.yml");
      fs.writeFileSync(broken, text("preview.yml").replace("matrix.stack", "matrix.stak"));
      const found = lint(broken, ...files.map((file) => path.join(FOLDER, file)));
      assert.ok(found.some((line) => line.includes('"stak" is not defined')));
      assert.deepEqual(
        found.filter((line) => !line.includes("broken.yml")),
        [],
      );
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  for (const file of files) {
    it(`${file} gives each job no more than it needs, and an end`, () => {
      const { permissions, jobs, concurrency } = read(file);
      assert.deepEqual(permissions, {}, "nothing by default");
      assert.ok(concurrency.group.length > 0);
      for (const [name, job] of Object.entries(jobs)) {
        assert.ok(job.permissions !== undefined && job["timeout-minutes"] !== undefined, name);
        const writes = Object.entries(job.permissions).filter(([, right]) => right === "write");
        const allowed = WRITES[file] ?? "id-token";
        assert.ok(
          writes.every(([what]) => what === allowed),
          `${name} may write ${writes.join(", ")}`,
        );
        if (job.permissions["id-token"] === "write") assert.ok(job.environment !== undefined, name);
      }
    });
  }

  it("pin every action to a commit, and say which version it is", () => {
    for (const source of [...files.map(text), action]) {
      for (const [, uses] of source.matchAll(/uses: (.*)/g)) {
        assert.match(uses ?? "", /^\.\/|@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      }
    }
  });

  it("never let a deployment be cancelled by the next, and ask before it", () => {
    const { concurrency, jobs } = read("deploy.yml");
    assert.equal(concurrency["cancel-in-progress"], false);
    assert.equal(jobs["deploy"]?.environment, "production");
  });

  it("give a fork's pull request nothing but its own code", () => {
    const { on, jobs } = read("preview.yml");
    assert.deepEqual(Object.keys(on), ["pull_request"]);
    assert.deepEqual(jobs["offline"]?.permissions, { contents: "read" });
    assert.doesNotMatch(text("preview.yml"), /secrets\./);
    assert.doesNotMatch(text("comment.yml"), /actions\/checkout|\.\/\.github/);
  });

  it("put nothing that others write into a script", () => {
    for (const source of [...files.map(text), action]) {
      for (const [, script] of source.matchAll(/run: (?:\|\n)?((?:.+\n)(?: {10,}.*\n)*)/g)) {
        assert.doesNotMatch(script ?? "", /\$\{\{/);
      }
    }
  });

  it("call the command line as it is", async () => {
    const program = await buildProgram(context);
    const pipelines = [...files.map(text), fs.readFileSync("docs/pipelines.md", "utf8")];
    for (const source of pipelines) {
      const joined = source.replace(/\\\n\s*/g, "");
      for (const [, name, rest] of joined.matchAll(/bin\/access-plane ([a-z]+)([^\n`]*)/g)) {
        const command = program.commands.find((candidate) => candidate.name() === name);
        assert.ok(command !== undefined, `there is no command ${name ?? ""}`);
        const known = command.options.flatMap(({ long, short }) => [long, short]);
        for (const [, flag] of (rest ?? "").matchAll(/ (--?[a-z][a-z-]*)/g)) {
          assert.ok(known.includes(flag), `${name ?? ""} has no ${flag ?? ""}`);
        }
      }
    }
  });
});
