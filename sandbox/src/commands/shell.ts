import { spawn, type ChildProcess } from "node:child_process";
import { checkout } from "../setup/paths.ts";

/** Runs a program in the checkout on this terminal. Resolves to its exit code. */
export function inTerminal(
  program: string,
  args: string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  return exitOf(
    program,
    spawn(program, args, { cwd: checkout, env, stdio: ["ignore", "inherit", "inherit"] }),
  );
}

/** A program that runs in the background. */
export interface Background {
  exit: Promise<number>;
  /** Prints its output so far, and all further output. */
  show(): void;
}

/** Starts a program in the checkout and keeps its output until it is asked for. */
export function inBackground(
  program: string,
  args: string[],
  env: NodeJS.ProcessEnv = process.env,
): Background {
  const child = spawn(program, args, { cwd: checkout, env, stdio: ["ignore", "pipe", "pipe"] });
  const kept: Buffer[] = [];
  let shown = false;
  const keep = (chunk: Buffer) => {
    if (shown) process.stdout.write(chunk);
    else kept.push(chunk);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  return {
    exit: exitOf(program, child),
    show: () => {
      shown = true;
      for (const chunk of kept.splice(0)) process.stdout.write(chunk);
    },
  };
}

function exitOf(program: string, child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    // Ctrl-C reaches the child as well. Wait until it ends by itself.
    const ignore = () => undefined;
    process.on("SIGINT", ignore);
    child.on("error", (error) => {
      process.off("SIGINT", ignore);
      reject(new Error(`cannot run ${program}: ${error.message}`));
    });
    child.on("close", (code) => {
      process.off("SIGINT", ignore);
      resolve(code ?? 130);
    });
  });
}

export const say = (line = "") => process.stdout.write(`${line}\n`);

/** Rows of text with aligned columns. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
