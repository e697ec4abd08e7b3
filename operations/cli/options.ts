import type { Command } from "commander";

/** Headings of `access-plane --help`. */
export const GROUP = {
  deploy: "Deploy:",
  review: "Review and verify:",
  repair: "Repair and move:",
} as const;

/** `--stack NAME`, for commands on exactly one stack. */
export function oneStack(command: Command): Command {
  return command.requiredOption("-s, --stack <name>", "the stack: Pulumi.<name>.yaml");
}

/** `--stack` or `--stacks`; {@link selectStacks} resolves them. */
export function someStacks(command: Command): Command {
  return command
    .option("-s, --stack <name>", "one stack: Pulumi.<name>.yaml")
    .option("--stacks <patterns>", "several: names or patterns, comma-separated, 'agent-*,prod'");
}

/** `--json`: the result as one JSON document on standard output, progress on standard error. */
export function json(command: Command): Command {
  return command.option("--json", "print the result as JSON", false);
}

/** Examples at the end of --help: what to type, and what it is for. */
export function examples(command: Command, lines: readonly (readonly [string, string])[]): Command {
  const width = Math.max(...lines.map(([text]) => text.length));
  const text = lines.map(([line, what]) => `  access-plane ${line.padEnd(width)}  ${what}`);
  return command.addHelpText("after", `\nExamples:\n${text.join("\n")}`);
}
