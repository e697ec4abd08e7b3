import type { ChildProcess } from "node:child_process";

/** What a process came to. */
export interface Ended {
  /** Null when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
  /** Both, in the order they came. */
  output: string;
}

/** Waits for a process to end, with all it wrote. Rejects when it cannot be started. */
export async function ended(child: ChildProcess): Promise<Ended> {
  const text = { stdout: "", stderr: "", output: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (chunk: string) => {
      text[name] += chunk;
      text.output += chunk;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { code, ...text };
}
