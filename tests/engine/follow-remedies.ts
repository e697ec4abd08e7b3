import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { EXIT } from "../../operations/base/exit-codes";
import { eventually } from "./eventually";
import { linkedProject } from "./linked-project";
import { paste, remedyOf } from "./paste";
import { EngineStack } from "./stack";

const ROOT = path.resolve(__dirname, "../..");

/** How to follow a remedy. */
export interface Follow {
  /** Flags of verify. */
  flags?: string[];
  /** Indexes of the commands to paste, if the remedy offers alternatives. Default: all. */
  pick?: number[];
  /** Texts to type into the commands that ask for a value. */
  texts?: string[];
  /** Ends the cause, after verify has reported the fault. */
  end?: () => Promise<unknown>;
  /** Values of the placeholders in commands. */
  fill?: Record<string, string>;
  /** More of the terminal's environment. */
  env?: NodeJS.ProcessEnv;
}

/** A stack whose remedies change its settings, and verify on it. */
export class RemediedStack {
  private constructor(
    readonly stack: EngineStack,
    private readonly project: string,
  ) {}

  static async start(): Promise<RemediedStack> {
    const project = linkedProject();
    const file = path.join(project, "Pulumi.sandbox.yaml");
    fs.copyFileSync(path.join(ROOT, "Pulumi.sandbox.yaml"), file); // with its salt
    const stack = await EngineStack.start(project);
    stack.change((config) => {
      config["access-plane:vault"] = { refreshAfter: "5s" };
    });
    // Commands that change settings must change this test's stack file.
    fs.rmSync(file);
    fs.symlinkSync(stack.configFile, file);
    return new RemediedStack(stack, project);
  }

  async stop(): Promise<void> {
    await this.stack.stop();
    fs.rmSync(this.project, { recursive: true, force: true });
  }

  async verify(code: number, checks: string[], ...flags: string[]): Promise<string> {
    const run = await this.stack.accessPlane("verify", "--only", checks.join(","), ...flags);
    assert.equal(run.code, code, run.output);
    return run.stdout;
  }

  /** Waits until verify reports the fault, pastes the commands, and waits until verify passes. */
  async follow(checks: string[], how: Follow = {}): Promise<string[]> {
    const { flags = [], pick, texts = [], end, fill = {}, env = {} } = how;
    let commands: string[] = [];
    await eventually(async () => {
      const printed = await this.verify(EXIT.VERIFY, checks, ...flags);
      commands = [...new Set(checks.flatMap((check) => remedyOf(check, printed)))];
    });
    assert.notEqual(commands.length, 0, `the remedy of ${checks.join()} has no command`);
    await end?.();
    const PGPASSWORD = this.stack.postgresPassword;
    const pasted = pick === undefined ? commands : pick.map((index) => commands[index] ?? "");
    for (const [index, printed] of pasted.entries()) {
      const command = Object.entries(fill).reduce(
        (text, [name, value]) => text.replaceAll(name, value),
        printed,
      );
      const shell = { ...this.stack.env, PGPASSWORD, ...env };
      await paste(command, { cwd: ROOT, env: shell, text: texts[index] });
    }
    await eventually(async () => {
      await this.verify(EXIT.OK, checks, ...flags);
    });
    return commands;
  }
}
