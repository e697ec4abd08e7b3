import * as fs from "node:fs";
import * as path from "node:path";
import { CommandError } from "./exit-codes";
import { redactKnown } from "./redact";
import { CHECKOUT } from "../../teleport/checkout";

/** Destination of text. A terminal has `isTTY` and `columns`. */
export interface Stream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** Input and output of a command. Tests pass their own. */
export interface Context {
  /** Folder of the Pulumi project. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** For the result, and nothing else. */
  stdout: Stream;
  /** For progress, warnings and errors. */
  stderr: Stream;
  /** True or false with --color or --no-color. */
  color?: boolean;
  /** Asks the user. Rejects without a terminal. */
  ask(question: string): Promise<string>;
}

/** The context of the process. */
export function processContext(): Context {
  return {
    cwd: CHECKOUT,
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

/** True if output is colored: on a terminal, unless --color or the environment decides. */
export function wantsColor({ env, stdout, color }: Context): boolean {
  if (color !== undefined) return color;
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  return stdout.isTTY === true;
}

/** Prints a result as one JSON document. */
export function printJson({ stdout }: Pick<Context, "stdout">, value: unknown): void {
  stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Writes a result to the file of a flag, and creates its folder. Throws USAGE if that fails. */
export function writeResult(flag: string, file: string, text: string): void {
  try {
    fs.mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
    fs.writeFileSync(file, redactKnown(text));
  } catch (error) {
    throw new CommandError("USAGE", `${flag}: ${(error as Error).message}`, { cause: error });
  }
}
