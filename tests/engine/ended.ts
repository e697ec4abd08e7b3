import type { ChildProcess } from "node:child_process";

/** The exit code and the output of a process. */
export interface Ended {
  /** Null if a signal ended the process. */
  code: number | null;
  stdout: string;
  stderr: string;
  /** stdout and stderr, in the order of arrival. */
  output: string;
}

/** Waits until a process ends, and collects its output. Rejects if the process cannot be started. */
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
