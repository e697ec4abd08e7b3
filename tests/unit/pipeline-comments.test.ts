import * as assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const SCRIPTS = path.resolve(".github/scripts");
const SHA = "a".repeat(40);

/** Each test has its own folder. */
function scratch(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), "comments-"));
}

describe("the script that comments on a pull request", () => {
  let folder: string;
  beforeEach(() => {
    folder = scratch();
    fs.mkdirSync(path.join(folder, "bin"));
    fs.mkdirSync(path.join(folder, "reports"));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });
  const write = (file: string, content: string) => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), content);
  };

  /** Runs the script against a GitHub with these comments. Returns the requests that write. */
  function comment(comments: object[] = [], sha = SHA) {
    write("pulls.json", JSON.stringify([{ number: 7, head: { sha } }]));
    write("comments.json", JSON.stringify(comments));
    write(
      "bin/gh",
      `#!/bin/sh
case "$*" in
  *"--method GET"*pulls*) cat pulls.json ;;
  *"--method P"*) n=$(ls sent-* 2>/dev/null | wc -l); echo "$*" > "sent-$n"; cat body.md >> "sent-$n" ;;
  *issues/7/comments*) cat comments.json ;;
  *) echo "unexpected: $*" >&2; exit 1 ;;
esac
`,
    );
    fs.chmodSync(path.join(folder, "bin/gh"), 0o755);
    const run = spawnSync("bash", [path.join(SCRIPTS, "comment.sh")], {
      cwd: folder,
      encoding: "utf8",
      env: {
        PATH: `${path.join(folder, "bin")}:${process.env["PATH"] ?? ""}`,
        GITHUB_REPOSITORY: "o/r",
        HEAD: "fork:branch",
        SHA,
        STACKS: "prod",
        RUN_URL: "https://example.com/run",
      },
    });
    assert.equal(run.status, 0, run.stderr);
    return fs
      .readdirSync(folder)
      .filter((name) => name.startsWith("sent-"))
      .map((name) => fs.readFileSync(path.join(folder, name), "utf8"));
  }
  const bot = (body: string, id = 1) => ({ id, user: { login: "github-actions[bot]" }, body });
  const MARK = "<!-- access-plane report: prod -->";

  it("writes one comment for each known stack, and ignores other files", () => {
    write("reports/prod.md", `${MARK}\n## Access plane \`prod\`\nmention @everybody\n`);
    for (let index = 0; index < 66; index++)
      write(`reports/forged-${index}.md`, "**No changes**\n");
    const sent = comment();
    assert.equal(sent.length, 1);
    assert.match(sent[0]!, /^api --silent --method POST repos\/o\/r\/issues\/7\/comments/);
    assert.match(
      sent[0]!,
      /Planned by the program of `main` from this branch's settings, for commit a{40}/,
    );
    assert.doesNotMatch(sent[0]!, /No changes|@everybody/);
  });

  it("edits only the bot's own comment", () => {
    write("reports/prod.md", `${MARK}\nnew\n`);
    const foreign = { id: 5, user: { login: "mallory" }, body: `${MARK}\nforged` };
    const [sent] = comment([foreign, bot(`${MARK}\nold`, 9)]);
    assert.match(sent!, /--method PATCH repos\/o\/r\/issues\/comments\/9/);
  });

  it("says that the branch's code is not verified", () => {
    write("reports/prod.md", `${MARK}\nplanned\n`);
    write("reports/left-out", "3\n");
    assert.match(comment()[0]!, /\*\*Not verified:\*\* the branch changes 3 other files/);
  });

  it("reports that main's program cannot plan the settings", () => {
    write("reports/left-out", "1\n");
    assert.match(comment()[0]!, /cannot plan these settings/);
  });

  it("keeps the engine's report of the same commit", () => {
    write("engine/engine-prod/prod.md", `${MARK}\nby the engine\n`);
    const [sent = ""] = comment();
    assert.match(
      sent,
      /by the engine[\s\S]*Previewed by the engine with this branch's own code, after approval/,
    );
    fs.rmSync(path.join(folder, "engine"), { recursive: true });
    fs.rmSync(path.join(folder, "sent-0"));
    write("reports/prod.md", `${MARK}\nplanned\n`);
    const body = sent.slice(sent.indexOf("\n") + 1);
    assert.deepEqual(comment([bot(body)]), []);
    // A later commit's plan replaces it.
    assert.equal(comment([bot(body.replaceAll(SHA, "b".repeat(40)))]).length, 1);
  });

  it("writes nothing if the pull request has a newer commit", () => {
    write("reports/prod.md", `${MARK}\nplanned\n`);
    assert.deepEqual(comment([], "c".repeat(40)), []);
  });
});

describe("the script that copies a pull request's settings", () => {
  let folder: string;
  const git = (...args: string[]) =>
    execFileSync(
      "git",
      [
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.com",
        "-c",
        "commit.gpgsign=false",
        ...args,
      ],
      { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
    ).trim();
  const write = (file: string, content: string) => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), content);
  };
  const content = (file: string) => fs.readFileSync(path.join(folder, file), "utf8");

  beforeEach(() => {
    folder = scratch();
    git("init", "--quiet", "--initial-branch", "main");
    write("Pulumi.prod.yaml", "config: {}\n");
    write("apps/old.yaml", "uri: http://old\n");
    write("index.ts", "trusted\n");
    write("Pulumi.yaml", "main: index.ts\n");
    git("add", ".");
    git("commit", "--quiet", "-m", "main");
    git("remote", "add", "origin", folder);
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  /** A branch with this change as pull request 7, then the script on `main`. */
  function take(change: () => void) {
    git("switch", "--quiet", "--create", "branch");
    change();
    git("add", "--all");
    git("commit", "--quiet", "-m", "change");
    const sha = git("rev-parse", "HEAD");
    git("switch", "--quiet", "main");
    git("merge", "--quiet", "--no-ff", "-m", "merge", "branch");
    git("update-ref", "refs/pull/7/merge", "HEAD");
    git("reset", "--quiet", "--hard", "HEAD^1");
    const env = { ...process.env, NUMBER: "7", SHA: sha };
    return (sha2 = sha) =>
      spawnSync("bash", [path.join(SCRIPTS, "take-settings.sh")], {
        cwd: folder,
        encoding: "utf8",
        env: { ...env, SHA: sha2 },
      });
  }

  it("copies stack files and files of apps and resources, but no code", () => {
    const run = take(() => {
      write("Pulumi.prod.yaml", "config: { a: 1 }\n");
      write("apps/new.yaml", "uri: http://new\n");
      fs.rmSync(path.join(folder, "apps/old.yaml"));
      write("stacks/team/apps/x.yaml", "uri: http://x\n");
      write("resources/people/ada.yaml", "users: {}\n");
      write("index.ts", "evil\n");
      write("Pulumi.yaml", "main: evil.ts\n");
      write(".npmrc", "ignore-scripts=false\n");
      write(".github/scripts/comment.sh", "evil\n");
    })();
    assert.equal(run.status, 0, run.stderr);
    assert.equal(content("Pulumi.prod.yaml"), "config: { a: 1 }\n");
    assert.equal(content("apps/new.yaml"), "uri: http://new\n");
    assert.equal(content("stacks/team/apps/x.yaml"), "uri: http://x\n");
    assert.equal(content("resources/people/ada.yaml"), "users: {}\n");
    assert.ok(!fs.existsSync(path.join(folder, "apps/old.yaml")));
    assert.equal(content("index.ts"), "trusted\n");
    assert.equal(content("Pulumi.yaml"), "main: index.ts\n");
    assert.ok(!fs.existsSync(path.join(folder, ".npmrc")));
    assert.equal(content("reports/left-out"), "4\n");
  });

  it("refuses symbolic links and paths outside the folder", () => {
    const run = take(() => {
      fs.mkdirSync(path.join(folder, "apps"), { recursive: true });
      fs.symlinkSync("/etc/passwd", path.join(folder, "apps/link.yaml"));
      write("apps/..yaml", "uri: http://x\n");
    })();
    assert.equal(run.status, 0, run.stderr);
    assert.ok(!fs.existsSync(path.join(folder, "apps/link.yaml")));
    assert.equal(content("reports/left-out"), "2\n");
  });

  it("refuses a merge of another commit than the tested one", () => {
    const run = take(() => write("Pulumi.prod.yaml", "config: { a: 1 }\n"));
    const other = run("d".repeat(40));
    assert.equal(other.status, 1);
    assert.match(other.stderr, /has moved on/);
    assert.equal(content("Pulumi.prod.yaml"), "config: {}\n");
  });
});
