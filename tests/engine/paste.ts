import { spawn } from "node:child_process";
import { ended, type Ended } from "./ended";

/** What a user types when a command asks, by what it prints before. */
const ASKS = /Type yes: /;

/**
 * The commands of one check's remedy, as `verify` prints them for people: what is in backticks, each
 * whole in its line. Throws when the check is not said to have failed.
 */
export function remedyOf(check: string, printed: string): string[] {
  const lines = printed.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`✗ ${check} `));
  if (start < 0) throw new Error(`verify does not say that ${check} failed:\n${printed}`);
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => !line.startsWith("  "));
  const own = rest.slice(0, end < 0 ? undefined : end);
  const remedy = own.findIndex((line) => line.trim().startsWith("remedy:"));
  return own
    .slice(remedy)
    .flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map(([, command = ""]) => command));
}

/**
 * Runs a command as a user who pastes it into a terminal in this folder: a shell in a terminal of its
 * own, which answers yes, or types a text and ends it with Ctrl-D.
 */
export async function paste(
  command: string,
  { cwd, env, text }: { cwd: string; env: NodeJS.ProcessEnv; text?: string },
): Promise<Ended> {
  const terminal = spawn("script", ["-qefc", command, "/dev/null"], {
    cwd,
    env: { ...env, SHELL: "/bin/bash", TERM: "dumb", PAGER: "cat" },
  });
  // Ctrl-D hands over what is typed; the second one, with nothing before it, ends the input.
  if (text !== undefined) terminal.stdin.write(`${text}\u0004\u0004`);
  let seen: string | undefined = "";
  terminal.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    if (seen === undefined) return;
    seen = (seen + chunk).slice(-200);
    if (!ASKS.test(seen)) return;
    seen = undefined;
    terminal.stdin.write("yes\n");
  });
  const end = await ended(terminal);
  if (end.code !== 0) throw new Error(`${command} ended with ${String(end.code)}:\n${end.output}`);
  return end;
}
