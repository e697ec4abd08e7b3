import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Context } from "../../../../operations/base/context";
import { EXIT, EXIT_MEANING, type ExitName } from "../../../../operations/base/exit-codes";
import { buildProgram, main } from "../../../../operations/cli/main";

const ROOT = path.resolve(__dirname, "../../../..");

/** Runs a command line in this process. */
async function run(args: string[], cwd = ROOT) {
  const out = { stdout: "", stderr: "" };
  const context: Context = {
    cwd,
    env: {},
    stdout: { write: (text) => (out.stdout += text) },
    stderr: { write: (text) => (out.stderr += text) },
    ask: () => Promise.reject(new Error("no terminal")),
  };
  return { code: await main(args, context), ...out, context };
}

/** A project folder with one stack file. */
function project(stack: string, content: string): string {
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-cli-"));
  fs.writeFileSync(path.join(cwd, `Pulumi.${stack}.yaml`), content);
  return cwd;
}

describe("the command line", () => {
  it("documents itself: every subcommand has a summary, examples and --json", async () => {
    const { context } = await run(["--help"]);
    const program = await buildProgram(context);
    const files = fs.readdirSync(path.join(ROOT, "operations/cli/commands"));
    assert.deepEqual(
      program.commands.map((command) => `${command.name()}.ts`),
      files.sort(),
    );
    for (const command of program.commands) {
      const { stdout, code } = await run([command.name(), "--help"]);
      assert.equal(code, EXIT.OK);
      assert.ok(command.summary() !== "", command.name());
      assert.match(stdout, /Examples:\n {2}access-plane /, command.name());
      assert.match(stdout, /--json/, command.name());
    }
  });

  it("lists every exit code, in help and in docs/operations.md", async () => {
    const { stdout } = await run(["--help"]);
    const docs = fs.readFileSync(path.join(ROOT, "docs/operations.md"), "utf8");
    for (const name of Object.keys(EXIT) as ExitName[]) {
      const code = String(EXIT[name]);
      assert.match(stdout, new RegExp(` ${code} {2}${EXIT_MEANING[name].slice(0, 20)}`));
      assert.match(docs, new RegExp(`\\| +${code} +\\| ${EXIT_MEANING[name]} *\\|`));
    }
  });

  it("exits with 2 for a wrong command line and an unknown stack", async () => {
    for (const args of [["plann"], ["plan"], ["plan", "--stak", "prod"], ["plan", "-s", "nope"]]) {
      const { code, stderr } = await run(args);
      assert.equal(code, EXIT.USAGE, args.join(" "));
      assert.ok(stderr.length > 0);
    }
  });

  it("exits with 2 for an invalid stack name, and with 11 for an unknown context", async () => {
    const cwd = project("good", "config: {}\n");
    const adopt = (stack: string) =>
      run(["adopt", "--stack", stack, "--write-settings", "--context", "no/such context"], cwd);
    try {
      for (const stack of ["../up", "a b", ""]) assert.equal((await adopt(stack)).code, EXIT.USAGE);
      const { code, stderr } = await adopt("new");
      assert.equal(code, EXIT.ENVIRONMENT);
      assert.match(stderr, /kubeconfig has no context "no\/such context"/);
      assert.deepEqual(fs.readdirSync(cwd), ["Pulumi.good.yaml"]);
    } finally {
      fs.rmSync(cwd, { recursive: true });
    }
  });

  it("shows no secret and no control sequence in an error, in text or JSON", async () => {
    const token = `ghp_${"Ab1Cd2Ef3G".repeat(4).slice(0, 36)}`;
    const { stderr, stdout, code } = await run(["plan", "-s", `\u001b[2J${token}`, "--json"]);
    assert.equal(code, EXIT.USAGE);
    for (const text of [stderr, stdout]) {
      assert.ok(text.includes("[secret]") && !text.includes(token), text);
      assert.ok(!text.includes("\u001b"), text);
    }
    const { error } = JSON.parse(stdout) as { error: { message: string } };
    assert.match(error.message, /\[secret\]/);
  });

  it("exits with 3 for invalid settings, also with --json", async () => {
    const cwd = project("bad", "config:\n  access-plane:nodePort: 443\n");
    try {
      const { code, stderr, stdout } = await run(["recover", "--stack", "bad", "--json"], cwd);
      assert.equal(code, EXIT.SETTINGS);
      assert.match(stderr, /access-plane:nodePort/);
      const { error } = JSON.parse(stdout) as { error: { reason: string; code: number } };
      assert.deepEqual([error.reason, error.code], ["SETTINGS", EXIT.SETTINGS]);
    } finally {
      fs.rmSync(cwd, { recursive: true });
    }
  });

  it("runs as an executable, without a build", () => {
    const { status, stdout } = spawnSync(path.join(ROOT, "bin/access-plane"), ["--help"], {
      encoding: "utf8",
    });
    assert.equal(status, EXIT.OK);
    assert.match(stdout, /Usage: access-plane/);
  });

  it("continues if the reader of its output ends", () => {
    const command = '"$0" --help | true; exit "${PIPESTATUS[0]}"';
    const executable = path.join(ROOT, "bin/access-plane");
    const { status, stderr } = spawnSync("bash", ["-c", command, executable], { encoding: "utf8" });
    assert.deepEqual([status, stderr], [EXIT.OK, ""]);
  });
});
