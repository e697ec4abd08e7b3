import * as path from "node:path";

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
export function wantsColor(
  { env, stdout }: Pick<Context, "env" | "stdout">,
  flag?: boolean,
): boolean {
  if (flag !== undefined) return flag;
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  return stdout.isTTY === true;
}

/** Prints a result as one JSON document. */
export function printJson({ stdout }: Pick<Context, "stdout">, value: unknown): void {
  stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}
