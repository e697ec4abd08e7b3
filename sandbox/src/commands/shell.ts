import { spawn } from "node:child_process";
import { checkout } from "../setup/paths.ts";

/** Run a program in the checkout with this terminal as its own; resolves to its exit code. */
export function inTerminal(
  program: string,
  args: string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: checkout,
      env,
      stdio: ["ignore", "inherit", "inherit"],
    });
    // Ctrl-C reaches the child as well; wait for it to end in its own way.
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
