import * as fs from "node:fs";
import * as path from "node:path";
import { CommandError } from "./exit-codes";
import { redactKnown } from "./redact";

/** Where a text goes; a terminal has `isTTY` and `columns`. */
export interface Stream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** What a command works with; tests pass their own. */
export interface Context {
  /** Folder of the Pulumi project. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** The result, and nothing else. */
  stdout: Stream;
  /** Progress, warnings, errors. */
  stderr: Stream;
  /** Whether --color or --no-color was given. */
  color?: boolean;
  /** Asks a person; rejects when there is no terminal. */
  ask(question: string): Promise<string>;
}

/** The context of a real run. */
export function processContext(): Context {
  return {
    cwd: path.resolve(__dirname, "../.."),
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    ask: async (question) => {
      const { createInterface } = await import("node:readline/promises");
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return await lines.question(question);
      } finally {
        lines.close();
      }
    },
  };
}

/** Colour only where a person looks at it, unless --color or the environment says otherwise. */
export function wantsColor({ env, stdout, color }: Context): boolean {
  if (color !== undefined) return color;
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  return stdout.isTTY === true;
}

/** Prints a result as one JSON document. */
export function printJson({ stdout }: Pick<Context, "stdout">, value: unknown): void {
  stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Writes a result into the file of a flag, and makes its folder. Throws USAGE when it cannot. */
export function writeResult(flag: string, file: string, text: string): void {
  try {
    fs.mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
    fs.writeFileSync(file, redactKnown(text));
  } catch (error) {
    throw new CommandError("USAGE", `${flag}: ${(error as Error).message}`, { cause: error });
  }
}
