import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { buildProgram } from "../../operations/cli/main";

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, string>;
  env?: Record<string, string>;
}
interface Job {
  if?: string;
  needs?: string;
  permissions?: Record<string, string>;
  environment?: string;
  "timeout-minutes"?: number;
  strategy?: { matrix: { stack: string[] } };
  steps: Step[];
}
interface Workflow {
  on: Record<string, unknown>;
  env?: Record<string, string>;
  permissions: Record<string, string>;
  concurrency: { group: string; "cancel-in-progress": boolean };
  jobs: Record<string, Job>;
}

/** What a workflow's jobs may write, except their own token. */
const WRITES: Record<string, string> = {
  "comment.yml": "pull-requests",
  "release.yml": "contents",
};

const FOLDER = ".github/workflows";
const files = fs.readdirSync(FOLDER).sort();
const text = (file: string) => fs.readFileSync(path.join(FOLDER, file), "utf8");
const read = (file: string) => parse(text(file)) as Workflow;
const action = fs.readFileSync(".github/actions/setup/action.yml", "utf8");
const gitlab = fs.readFileSync("deploy/pipeline/gitlab/gitlab-ci.yml", "utf8");

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

  it("pass actionlint, which finds a mistake", function () {
    if (!hasGo) {
      console.log("skipped: no go on PATH to build actionlint with");
      this.skip();
    }
    this.timeout(240_000);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "workflows-"));
    try {
      const broken = path.join(folder, "broken.yml");
      fs.writeFileSync(broken, text("report.yml").replace("matrix.stack", "matrix.stak"));
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
    it(`${file} gives each job only the permissions it needs, and a timeout`, () => {
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

  it("pin every action to a commit, with its version in a comment", () => {
    for (const source of [...files.map(text), action]) {
      for (const [, uses] of source.matchAll(/uses: (.*)/g)) {
        assert.match(uses ?? "", /^\.\/|@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      }
    }
  });

  it("do not keep the checkout's credentials", () => {
    for (const file of files) {
      for (const { steps } of Object.values(read(file).jobs)) {
        for (const step of steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"))) {
          assert.equal(String(step.with?.["persist-credentials"]), "false", file);
        }
      }
    }
  });

  it("deploy only from main, one at a time, after approval, and verify with other rights", () => {
    const { concurrency, jobs } = read("deploy.yml");
    assert.equal(concurrency["cancel-in-progress"], false);
    for (const [name, job] of Object.entries(jobs)) {
      assert.equal(job.if, "github.ref == 'refs/heads/main'", name);
    }
    const environments = Object.values(jobs).map(({ environment }) => environment);
    assert.deepEqual(environments, ["review", "production", "verify"]);
    const { stack } = (read("deploy.yml").on["workflow_dispatch"] as Dispatch).inputs;
    assert.deepEqual(stack, { ...stack, type: "choice", options: ["prod"] });
  });

  interface Dispatch {
    inputs: { stack: Record<string, unknown> };
  }

  it("publish a pull request's report without any credentials", () => {
    const { on, jobs } = read("report.yml");
    assert.deepEqual(Object.keys(on), ["pull_request"]);
    assert.deepEqual(jobs["report"]?.permissions, { contents: "read" });
    assert.equal(jobs["report"].environment, undefined);
    assert.doesNotMatch(text("report.yml"), /secrets\.|vars\.|credentials: "true"|PULUMI_BACKEND/);
  });

  it("give the engine's preview of a pull request credentials only after approval", () => {
    const { on, jobs } = read("preview.yml");
    assert.deepEqual(Object.keys(on), ["pull_request"]);
    const { preview } = jobs;
    assert.equal(preview?.environment, "preview");
    assert.match(preview.if ?? "", /head\.repo\.full_name == github\.repository/);
    assert.match(text("preview.yml"), /--engine --refresh/);
  });

  it("run no code of a pull request with write permissions", () => {
    const { env, jobs } = read("comment.yml");
    assert.deepEqual(Object.keys(jobs), ["plan", "comment"]);
    assert.deepEqual(jobs["plan"]?.permissions, { contents: "read", "pull-requests": "read" });
    const { steps } = jobs["comment"]!;
    assert.ok(!steps.some(({ uses }) => uses?.startsWith("./")));
    for (const { uses, with: given } of steps) {
      if (uses?.startsWith("actions/checkout@") !== true) continue;
      assert.equal(given?.["ref"], undefined, "the default branch");
    }
    assert.deepEqual(
      env?.["STACKS"]?.split(" "),
      read("report.yml").jobs["report"]?.strategy?.matrix.stack,
    );
    // The program runs only in the job that may write nothing.
    assert.ok(!steps.some(({ run }) => run?.includes("bin/access-plane")));
  });

  it("release only what is on main and has passed there, without caches", () => {
    const { on, jobs } = read("release.yml");
    assert.deepEqual(on, { push: { tags: ["v[0-9]+.[0-9]+.[0-9]+"] } });
    const { release } = jobs;
    assert.equal(release?.environment, "release");
    assert.deepEqual(release.permissions, { contents: "write", actions: "read" });
    const scripts = release.steps.map(({ run = "" }) => run);
    const at = (part: string) => scripts.findIndex((run) => run.includes(part));
    const order = [
      "merge-base --is-ancestor",
      "--workflow test.yml --branch main --event push",
      "npm ci --ignore-scripts",
      "npm sbom",
      "gh release create",
    ].map(at);
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
    assert.ok(!order.includes(-1), String(order));
    assert.doesNotMatch(text("release.yml"), /actions\/cache|cache: npm/);
    const node = release.steps.find(({ uses }) => uses?.startsWith("actions/setup-node@"));
    assert.equal(String(node?.with?.["package-manager-cache"]), "false");
    // Only a step that asks GitHub has a token.
    for (const { run = "", env } of release.steps) {
      assert.equal(env?.["GH_TOKEN"] !== undefined, /\bgh /.test(run), run);
    }
  });

  it("are never triggered with the rights of the base by a pull request's event", () => {
    for (const file of files) {
      const { on } = read(file);
      const events = Object.keys(on);
      assert.ok(!events.some((event) => /pull_request_target|issue_comment/.test(event)), file);
    }
  });

  it("put no untrusted text into a script", () => {
    for (const file of files) {
      for (const { steps } of Object.values(read(file).jobs)) {
        for (const { run } of steps) assert.doesNotMatch(run ?? "", /\$\{\{/, file);
      }
    }
    const { runs } = parse(action) as { runs: { steps: Step[] } };
    for (const { run } of runs.steps) assert.doesNotMatch(run ?? "", /\$\{\{/);
  });

  it("call the command line with valid flags", async () => {
    const program = await buildProgram(context);
    const documents = [
      ...fs.globSync("docs/*.md"),
      ...fs.globSync("{examples,deploy,policy}/**/README.md"),
      "README.md",
    ].filter((file) => !file.includes("node_modules"));
    const sources = documents.map((file) => fs.readFileSync(file, "utf8"));
    const pipelines = [...files.map(text), gitlab, ...sources];
    let seen = 0;
    for (const source of pipelines) {
      const joined = source.replace(/\\\n\s*/g, "");
      for (const [, name, rest] of joined.matchAll(/bin\/access-plane ([a-z][a-z-]*)([^\n`]*)/g)) {
        const command = program.commands.find((candidate) => candidate.name() === name);
        assert.ok(command !== undefined, `there is no command ${name ?? ""}`);
        const options = [...command.options, ...program.options];
        const known = [...options.flatMap(({ long, short }) => [long, short]), "--help"];
        const unquoted = (rest ?? "").replace(/"[^"]*"|'[^']*'/g, "");
        const [own = ""] = unquoted.split(/ (?:>|\||#)/);
        for (const [, flag] of own.matchAll(/ (--?[a-z][a-z-]*)/g)) {
          assert.ok(known.includes(flag), `${name ?? ""} has no ${flag ?? ""}`);
        }
        seen += 1;
      }
    }
    assert.ok(seen > 10);
  });
});

describe("the pipeline of GitLab", () => {
  const jobs = parse(gitlab) as Record<string, Record<string, unknown>>;
  const credentials = jobs[".with-credentials"] as {
    before_script: string[];
    after_script: string[];
    rules: { if: string }[];
    id_tokens: Record<string, { aud: string }>;
  };

  it("keeps tokens in files of the job, and removes them", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "gitlab-"));
    const bin = path.join(folder, "bin");
    fs.mkdirSync(bin);
    for (const [name, script] of Object.entries({
      vault: `printf '%s ' "$@" >> ${folder}/arguments; printf issued`,
      aws: `printf '%s ' "$@" >> ${folder}/arguments; printf config > "$KUBECONFIG"`,
      npm: `stat -c '%a %n' "$CREDENTIALS" "$CREDENTIALS"/* > ${folder}/modes; env > ${folder}/env`,
    })) {
      fs.writeFileSync(path.join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    const job = path.join(folder, "job");
    const env = {
      PATH: `${bin}:${process.env["PATH"] ?? ""}`,
      CREDENTIALS: job,
      AWS_TOKEN: "canary-aws",
      VAULT_ID_TOKEN: "canary-jwt",
      VAULT_ROLE: "access-plane-up",
      AWS_ROLE: "arn:aws:iam::123456789012:role/up",
      EKS_CLUSTER: "production",
      KUBE_CONTEXT: "production",
    };
    const script = (lines: string[]) =>
      spawnSync("bash", ["-euo", "pipefail", "-c", lines.join("\n")], { env, encoding: "utf8" });
    try {
      const before = script(credentials.before_script);
      assert.equal(before.status, 0, before.stderr);
      const modes = fs.readFileSync(path.join(folder, "modes"), "utf8").trim().split("\n");
      assert.deepEqual(modes.map((line) => line.split(" ")[0]).sort(), [
        "600",
        "600",
        "600",
        "600",
        "700",
      ]);
      const args = fs.readFileSync(path.join(folder, "arguments"), "utf8");
      assert.doesNotMatch(args, /canary/);
      assert.match(args, /jwt=@/);
      assert.doesNotMatch(fs.readFileSync(path.join(folder, "env"), "utf8"), /canary/);
      // The folder exists already. A folder of somebody else is not used.
      assert.notEqual(script(credentials.before_script).status, 0);
      assert.equal(script(credentials.after_script).status, 0);
      assert.ok(!fs.existsSync(job));
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("gives credentials to the protected default branch alone", () => {
    assert.deepEqual(credentials.rules, [
      { if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_COMMIT_REF_PROTECTED == "true"' },
    ]);
    assert.equal(jobs["report"]?.["id_tokens"], undefined);
    for (const name of ["deploy", "verify"])
      assert.equal(jobs[name]?.["extends"], ".with-credentials");
  });
});
