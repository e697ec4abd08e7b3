import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { ended, type Ended } from "./ended";
import type { Config } from "./stack";

const ROOT = path.resolve(__dirname, "../..");

/** A Git checkout of the working tree, as a pipeline has it after `npm ci`. */
export class Checkout {
  readonly cwd = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-pipeline-"));

  constructor(private readonly env: NodeJS.ProcessEnv) {
    const beside = ["node_modules", ".git", ".sandbox", ".access-plane"];
    fs.cpSync(ROOT, this.cwd, {
      recursive: true,
      filter: (source) => !beside.includes(path.basename(source)),
    });
    this.linkPackages();
    this.git("init", "--quiet", "--initial-branch", "main");
    fs.appendFileSync(path.join(this.cwd, ".git/info/exclude"), "artifacts\n");
    this.commit("What is deployed");
  }

  /** Links each package, in a folder with room for the checkout's own `.cache`. */
  private linkPackages(): void {
    const [from, to] = [path.join(ROOT, "node_modules"), path.join(this.cwd, "node_modules")];
    fs.mkdirSync(to);
    for (const name of fs.readdirSync(from)) {
      if (name !== ".cache") fs.symlinkSync(path.join(from, name), path.join(to, name));
    }
  }

  /** Changes a stack's settings on a new branch. */
  change(branch: string, stack: string, edit: (config: Config) => void): void {
    this.git("switch", "--quiet", "--create", branch);
    const file = path.join(this.cwd, `Pulumi.${stack}.yaml`);
    const content = parse(fs.readFileSync(file, "utf8")) as { config: Config };
    edit(content.config);
    fs.writeFileSync(file, stringify(content, { version: "1.1" }));
    this.commit(branch);
  }

  private commit(message: string): void {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--message", message);
  }

  private git(...args: string[]): void {
    const who = ["user.name=pipeline", "user.email=pipeline@example.com", "commit.gpgsign=false"];
    execFileSync("git", ["-C", this.cwd, ...who.flatMap((set) => ["-c", set]), ...args], {
      stdio: "pipe",
    });
  }

  /** A file of the checkout, such as an artifact. */
  read(file: string): string {
    return fs.readFileSync(path.join(this.cwd, file), "utf8");
  }

  /** Writes an artifact, as a pipeline redirects output to a file. */
  write(file: string, text: string): void {
    fs.mkdirSync(path.dirname(path.join(this.cwd, file)), { recursive: true });
    fs.writeFileSync(path.join(this.cwd, file), text);
  }

  /** Runs a command, whatever its exit code. */
  end(args: readonly string[], env = this.env): Promise<Ended> {
    const command = [path.join(this.cwd, "bin/access-plane"), ...args];
    return ended(spawn(process.execPath, command, { cwd: this.cwd, env }));
  }

  /** Runs a command. Throws its output if it exits with another code. */
  async run(code: number, args: readonly string[], env = this.env): Promise<Ended> {
    const job = await this.end(args, env);
    if (job.code === code) return job;
    throw new Error(
      `access-plane ${args.join(" ")} ended with ${String(job.code)}, expected ${code}:\n` +
        `${job.stdout.slice(-8000)}\n${job.stderr.slice(-8000)}`,
    );
  }

  remove(): void {
    fs.rmSync(this.cwd, { recursive: true, force: true });
  }
}
