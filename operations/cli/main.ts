import { Command, CommanderError } from "commander";
import * as fs from "node:fs";
import * as path from "node:path";
import { processContext, type Context } from "../base/context";
import { CommandError, EXIT, EXIT_MEANING, type ExitName } from "../base/exit-codes";
import { safeStream } from "../base/safe-stream";
import { explainError } from "./explain-error";

/** A file of `commands/`, which adds one subcommand. It loads its work only when the command runs. */
export interface CommandModule {
  register: (program: Command, context: Context) => void;
}

/** The files of `commands/`, in the order of the help text. */
const COMMANDS: (() => Promise<CommandModule>)[] = [
  () => import("./commands/access"),
  () => import("./commands/adopt"),
  () => import("./commands/destroy"),
  () => import("./commands/fleet"),
  () => import("./commands/graph"),
  () => import("./commands/init"),
  () => import("./commands/outputs"),
  () => import("./commands/plan"),
  () => import("./commands/preview"),
  () => import("./commands/recover"),
  () => import("./commands/refresh"),
  () => import("./commands/report"),
  () => import("./commands/up"),
  () => import("./commands/upgrade-check"),
  () => import("./commands/verify"),
];

function exitTable(): string {
  const lines = (Object.keys(EXIT) as ExitName[]).map(
    (name) => `  ${String(EXIT[name]).padStart(3)}  ${EXIT_MEANING[name]}`,
  );
  return `\nExit codes:\n${lines.join("\n")}`;
}

/** The command line with every subcommand of `commands/`. */
export async function buildProgram(context: Context): Promise<Command> {
  const program = new Command("access-plane")
    .description("Deploys and operates a Teleport access plane.")
    .option("--color", "colour, also without a terminal")
    .option("--no-color", "no colour")
    .option("-C, --cwd <folder>", "folder of the Pulumi project (default: this checkout)")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .showHelpAfterError("Run it with --help for commands and options.")
    .addHelpText("after", exitTable())
    .hook("preAction", (root) => {
      const { cwd, color } = root.opts<{ cwd?: string; color?: boolean }>();
      if (color !== undefined) context.color = color;
      if (cwd === undefined) return;
      context.cwd = path.resolve(cwd);
      if (!fs.existsSync(path.join(context.cwd, "Pulumi.yaml"))) {
        throw new CommandError("USAGE", `--cwd: ${context.cwd} has no Pulumi.yaml.`);
      }
    });
  // Colour is not an option of its own: it matters whether a flag was given at all.
  program.setOptionValue("color", undefined);
  for (const { register } of await Promise.all(COMMANDS.map((load) => load()))) {
    register(program, context);
  }
  return program;
}

/** The context with safe streams, and whether a result was written. */
function guarded(context: Context): { context: Context; wrote: () => boolean } {
  let wrote = false;
  const stdout = safeStream(context.stdout, () => (wrote = true));
  return {
    context: { ...context, stdout, stderr: safeStream(context.stderr) },
    wrote: () => wrote,
  };
}

/** Runs a command line. Returns the exit code. Prints errors and never throws. */
export async function main(args: readonly string[], given: Context): Promise<number> {
  const { context, wrote } = guarded(given);
  try {
    const program = await buildProgram(context);
    await program.parseAsync([...args], { from: "user" });
    return EXIT.OK;
  } catch (error) {
    const usage = error instanceof CommanderError;
    // Help and version are no errors.
    if (usage && error.exitCode === 0) return EXIT.OK;
    const { reason, code, message } = explainError(
      usage ? new CommandError("USAGE", error.message.replace(/^error: /, "")) : error,
    );
    // Without a message, the result contains the error. Errors of flags have been printed.
    if (message !== "" && !usage) context.stderr.write(`access-plane: ${message}\n`);
    if (args.includes("--json") && !wrote()) {
      context.stdout.write(`${JSON.stringify({ error: { reason, code, message } })}\n`);
    }
    return code;
  }
}

/** Entry point of the program. */
export async function run(): Promise<void> {
  // A reader that ends early (`| head`) must not interrupt an update.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  process.exitCode = await main(process.argv.slice(2), processContext());
}
