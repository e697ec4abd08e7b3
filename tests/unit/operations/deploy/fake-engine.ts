import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { main } from "../../../../operations/cli/main";
import { goodSettings } from "../../settings/fixture";

/** Answers the commands of the command line, and records them. */
const ENGINE = `#!/bin/sh
printf '%s\\n' "$*" >> "$FAKE_LOG"
case "$*" in
*"--stack nope"*) echo "error: no stack named 'nope' found" >&2; exit 255 ;;
*"--import-file "*)
  while [ "$1" != --import-file ]; do shift; done
  echo '{"resources":[]}' > "$2"
  echo '{"steps":[]}'
  exit ;;
esac
case "$1 $2" in
"version "*) echo v3.246.0 ;;
"whoami "*) echo "{\\"url\\":\\"\${FAKE_BACKEND:-https://app.example.com}\\"}" ;;
"cancel --yes") rm -f lock ;;
"refresh "*) [ ! -e lock ] || { cat lock >&2; exit 255; } ;;
"stack export") cat "$FAKE_STATE" ;;
"stack output") echo '{"url":"https://teleport.example.com"}' ;;
"stack history") echo '[{"kind":"update","startTime":"2026-01-01T00:00:00.000Z","endTime":"2026-01-01T00:00:01.000Z"}]' ;;
"stack ls") cat "$FAKE_STACKS" ;;
"preview --json") echo '{"steps":[],"diagnostics":[]}' ;;
esac
`;

/** Result of one command line. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
  /** Commands that the engine received, without requests for its version. */
  engine: string[];
}

/** A project with the stack `prod`, and an engine that only records its commands. */
export class FakeEngine {
  readonly cwd = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-flags-"));
  private readonly log = path.join(this.cwd, "engine.log");

  constructor() {
    const bin = path.join(this.cwd, "bin");
    fs.mkdirSync(bin);
    fs.writeFileSync(path.join(bin, "pulumi"), ENGINE, { mode: 0o755 });
    this.file("Pulumi.yaml", "name: access-plane\nruntime: nodejs\n");
    this.file("Pulumi.prod.yaml", this.settings());
    this.state({});
    this.stacks([]);
  }

  /** Settings of a stack in the form of its file. */
  settings(more: Record<string, unknown> = {}): string {
    const sections = Object.entries({ ...goodSettings(), ...more });
    return stringify({
      config: Object.fromEntries(sections.map(([name, value]) => [`access-plane:${name}`, value])),
    });
  }

  /** Writes a file of the project; resolves to its path. */
  file(name: string, content: string): string {
    const file = path.join(this.cwd, name);
    fs.writeFileSync(file, content);
    return file;
  }

  /** The deployment in the engine's export of the stack. */
  state(deployment: object): void {
    this.file("state.json", JSON.stringify({ version: 3, deployment }));
  }

  /** The project's stacks in the engine's list. */
  stacks(stacks: readonly { name: string; resourceCount: number }[]): void {
    this.file("stacks.json", JSON.stringify(stacks));
  }

  async run(args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ended> {
    fs.writeFileSync(this.log, "");
    const out = { stdout: "", stderr: "" };
    const code = await main(args, {
      cwd: this.cwd,
      env: {
        ...{ PATH: `${path.join(this.cwd, "bin")}:/usr/bin:/bin`, FAKE_LOG: this.log },
        FAKE_STATE: path.join(this.cwd, "state.json"),
        ...{ FAKE_STACKS: path.join(this.cwd, "stacks.json"), ...more },
      },
      stdout: { write: (text) => (out.stdout += text) },
      stderr: { write: (text) => (out.stderr += text) },
      ask: () => Promise.reject(new Error("no terminal")),
    });
    const lines = fs.readFileSync(this.log, "utf8").split("\n");
    return { code, ...out, engine: lines.filter((line) => line !== "" && line !== "version") };
  }

  remove(): void {
    fs.rmSync(this.cwd, { recursive: true });
  }
}
