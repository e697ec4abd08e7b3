import { spawn } from "node:child_process";
import { ended, type Ended } from "./ended";

/** The prompt that the user answers with yes. */
const PROMPT = /Type yes: /;

/**
 * The commands of a check's remedy in the printed output of `verify`: the texts in backticks. Throws if
 * the output does not report the check as failed.
 */
export function remedyOf(check: string, printed: string): string[] {
  const lines = printed.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`✗ ${check} `));
  if (start < 0) throw new Error(`verify does not report ${check} as failed:\n${printed}`);
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => !line.startsWith("  "));
  const own = rest.slice(0, end < 0 ? undefined : end);
  const remedy = own.findIndex((line) => line.trim().startsWith("remedy:"));
  return own
    .slice(remedy)
    .flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map(([, command = ""]) => command));
}

/**
 * Runs a command as if a user pasted it into a terminal in this folder. Answers the prompt with yes, or
 * types `text` and ends it with Ctrl-D.
 */
export async function paste(
  command: string,
  { cwd, env, text }: { cwd: string; env: NodeJS.ProcessEnv; text?: string },
): Promise<Ended> {
  const terminal = spawn("script", ["-qefc", command, "/dev/null"], {
    cwd,
    env: { ...env, SHELL: "/bin/bash", TERM: "dumb", PAGER: "cat" },
  });
  // The first Ctrl-D submits the text. The second one, with nothing before it, ends the input.
  if (text !== undefined) terminal.stdin.write(`${text}\u0004\u0004`);
  let seen: string | undefined = "";
  terminal.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    if (seen === undefined) return;
    seen = (seen + chunk).slice(-200);
    if (!PROMPT.test(seen)) return;
    seen = undefined;
    terminal.stdin.write("yes\n");
  });
  const end = await ended(terminal);
  if (end.code !== 0) throw new Error(`${command} ended with ${String(end.code)}:\n${end.output}`);
  return end;
}
