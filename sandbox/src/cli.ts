import { demo, demoDown, startSandbox } from "./commands/demo.ts";
import { runTests } from "./commands/test.ts";
import { say } from "./commands/shell.ts";
import { formatStatus, reset, status, stop } from "./run/index.ts";
import { setup, SetupError } from "./setup/index.ts";
import { parseChoice } from "./setup/sources.ts";
import { CommandError } from "./setup/run-command.ts";

const usage = `Usage: node sandbox/src/cli.ts <command> [--providers WHICH] [--charts WHICH]

  setup      install what the sandbox needs
  start      start the sandbox              stop    stop what was started
  status     show its parts                 reset   stop it and forget its state
  demo       set up, start, deploy the stack "sandbox", show what stands
  demo-down  destroy the stack and stop
  test       lint, type check and run every test

WHICH is auto (default), official or standin; SANDBOX_PROVIDERS and SANDBOX_CHARTS say the same.
SANDBOX_TOOLS is auto (default), download or source: programs released by their vendors, or compiled.
SANDBOX_MIRROR is the address of a mirror of the vendors' release servers.
`;

function options(command: string, args: string[]) {
  const value = (flag: string, variable: string) => {
    const at = args.indexOf(flag);
    const given = at >= 0 ? args.splice(at, 2)[1] : process.env[variable];
    return parseChoice(at >= 0 ? flag : variable, given, ["auto", "official", "standin"]);
  };
  const chosen = {
    tests: command === "setup" || command === "test",
    tools: parseChoice("SANDBOX_TOOLS", process.env["SANDBOX_TOOLS"], [
      "auto",
      "download",
      "source",
    ]),
    providers: value("--providers", "SANDBOX_PROVIDERS"),
    charts: value("--charts", "SANDBOX_CHARTS"),
  };
  if (args.length > 0) throw new SetupError(`Unknown argument "${args.join(" ")}".\n\n${usage}`);
  return chosen;
}

async function main([command = "help", ...rest]: string[]): Promise<number> {
  if (command === "help" || command === "--help") {
    process.stdout.write(usage);
    return 0;
  }
  const chosen = options(command, rest);
  switch (command) {
    case "setup":
      await setup(chosen);
      return 0;
    case "start":
      await setup(chosen);
      await startSandbox();
      say("\nReady. In a shell: source .sandbox/env");
      return 0;
    case "stop":
      say(`Stopped: ${(await stop()).join(", ") || "nothing was running"}.`);
      return 0;
    case "reset":
      await reset();
      say("The sandbox is stopped and its state is deleted.");
      return 0;
    case "status":
      say(formatStatus(status()));
      return 0;
    case "demo":
      return demo(chosen);
    case "demo-down":
      return demoDown();
    case "test":
      return runTests(chosen);
    default:
      throw new SetupError(`Unknown command "${command}".\n\n${usage}`);
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const known = error instanceof SetupError || error instanceof CommandError;
    const plain = known || process.env["SANDBOX_DEBUG"] === undefined;
    const message =
      error instanceof Error ? ((plain ? undefined : error.stack) ?? error.message) : String(error);
    process.stderr.write(`\n${message}\n`);
    process.exitCode = 1;
  },
);
