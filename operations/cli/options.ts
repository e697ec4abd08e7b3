import { InvalidArgumentError, Option, type Command } from "commander";
import * as fs from "node:fs";
import { goMilliseconds } from "../../teleport/duration";

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

/** `--stack` or `--stacks`, for {@link selectStacks}. */
export function someStacks(command: Command): Command {
  return command
    .option("-s, --stack <name>", "one stack: Pulumi.<name>.yaml")
    .option("--stacks <patterns>", "several: names or patterns, comma-separated, 'agent-*,prod'");
}

/** `--json`: the result as one JSON document on standard output, progress on standard error. */
export function json(command: Command): Command {
  return command.option("--json", "print the result as JSON", false);
}

/** Parses `90s`, `30m`, `1h30m`. Returns milliseconds. */
export function parseDuration(text: string): number {
  const milliseconds = goMilliseconds(text);
  if (milliseconds !== undefined) return Math.round(milliseconds);
  throw new InvalidArgumentError("It must be a time such as 90s, 30m or 1h30m.");
}

/** Comma-separated names. */
export const parseNames = (text: string): string[] => text.split(",");

/** Collects the values of an option that may be repeated. */
export const collect = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  text,
];

/** A whole number from 1. */
function parseCount(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number from 1.");
}

/** Options of all commands that run the engine. */
export function engineOptions(command: Command): Command {
  return someStacks(json(command))
    .option("--parallel <count>", "stacks at a time", parseCount, 1)
    .option("--config-file <file>", "settings of the one stack, instead of Pulumi.<name>.yaml")
    .option("--deadline <time>", "cancel gracefully after this time: 30m", parseDuration)
    .option("--events <file>", "the engine's events as JSON lines; - for standard output")
    .addOption(
      new Option("--log-format <format>", "progress as text or as JSON lines")
        .choices(["text", "json"])
        .default("text"),
    )
    .option(
      "--otel-traces <target>",
      "the engine's OpenTelemetry traces: grpc://HOST:PORT, file://",
    );
}

/** Options of commands that change resources. */
export function changeOptions(command: Command): Command {
  return engineOptions(command)
    .option("-y, --yes", "do not ask", false)
    .option(
      "--lock-timeout <time>",
      "how long to wait for another's update",
      parseDuration,
      600_000,
    )
    .option("-m, --message <text>", "kept with the update in the backend's history");
}

/** `--allow`, for protected resources that may be replaced or deleted. */
export function allowOption(command: Command): Command {
  return command.option(
    "--allow <kind[:name]>",
    "let something protected be replaced or deleted: namespace, database-credentials, certificate, " +
      "load-balancer, teleport, role, or all; may be repeated",
    collect,
    [],
  );
}

function parseAddress(text: string): string {
  if (/^(\[[^\]]+\]|[^:]+):\d{1,5}$/.test(text)) return text;
  throw new InvalidArgumentError("It must be HOST:PORT, such as 127.0.0.1:15432.");
}

function readable(file: string): string {
  try {
    fs.accessSync(file, fs.constants.R_OK);
    return file;
  } catch (error) {
    throw new InvalidArgumentError(`It cannot be read: ${(error as Error).message}.`);
  }
}

/** Options for access to the systems that the checks read. */
export function reachOptions(command: Command): Command {
  return command
    .option("--database-address <host:port>", "where PostgreSQL is reached from here", parseAddress)
    .option("--ca-file <file>", "authorities to trust besides this machine's, PEM", readable);
}

/** Examples at the end of --help: commands with their purpose. */
export function examples(command: Command, lines: readonly (readonly [string, string])[]): Command {
  const width = Math.max(...lines.map(([text]) => text.length));
  const text = lines.map(([line, what]) => `  access-plane ${line.padEnd(width)}  ${what}`);
  return command.addHelpText("after", `\nExamples:\n${text.join("\n")}`);
}
