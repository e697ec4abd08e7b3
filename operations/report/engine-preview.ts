import { spawn } from "node:child_process";
import { CommandError } from "../base/exit-codes";
import { redactText } from "../base/redact";
import { engineFailure } from "../engine/engine-errors";
import { temporaryFolder } from "../engine/temporary-folder";
import { readPreview } from "./read-preview";
import type { Changes } from "../base/change";

/**
 * Previews a stack with the Pulumi CLI and what credentials the environment has, and reads what it
 * printed. A preview that fails is a report too: its errors are in it. Throws when the CLI says
 * nothing that can be read, such as when it is not installed.
 */
export async function enginePreview(
  stack: string,
  { cwd, env, refresh = false }: { cwd: string; env: NodeJS.ProcessEnv; refresh?: boolean },
): Promise<Changes> {
  const quiet = ["--non-interactive", "--color", "never"];
  const command = ["preview", "--json", "--show-sames", ...quiet, "--stack", stack];
  const temporary = temporaryFolder();
  const child = spawn("pulumi", [...command, ...(refresh ? ["--refresh"] : [])], {
    cwd,
    env: { ...env, ...temporary.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr]: Buffer[][] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => stdout?.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr?.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", (error) => {
      reject(
        new CommandError("ENVIRONMENT", "the Pulumi CLI cannot be run: is it on PATH?", {
          cause: error,
        }),
      );
    });
    child.on("close", resolve);
  }).finally(() => temporary.remove());
  const text = Buffer.concat(stdout ?? []).toString();
  const words = Buffer.concat(stderr ?? []).toString();
  const start = text.indexOf("{");
  if (start === -1) throw engineFailure(words, []);
  const changes = readPreview(text.slice(start));
  if (code !== 0 && changes.errors.length === 0) {
    changes.errors.push(
      words.trim() === "" ? `pulumi preview ended with ${code ?? "none"}` : redactText(words),
    );
  }
  return changes;
}
