import { InvalidArgumentError, type Command } from "commander";
import type { CheckResult } from "../../verify";
import { printJson, wantsColor, writeResult, type Context } from "../../base/context";
import { CommandError } from "../../base/exit-codes";
import { screenOf } from "../../base/safe-stream";
import { examples, GROUP, json, oneStack, parseNames, reachOptions } from "../options";

interface Flags {
  stack: string;
  json: boolean;
  junit?: string;
  before: boolean;
  only?: string[];
  skip?: string[];
  watch?: number | true;
  databaseAddress?: string;
  caFile?: string;
}

const WATCH_SECONDS = 30;

function positive(text: string): number {
  const seconds = Number(text);
  if (seconds > 0) return seconds;
  throw new InvalidArgumentError("write a number of seconds above 0");
}

export function register(program: Command, context: Context): void {
  const command = program
    .command("verify")
    .helpGroup(GROUP.review)
    .summary("check what is deployed")
    .description(
      "Runs every check, before and after a deployment, in parallel; changes nothing. " +
        "docs/verify.md lists ids, meaning and remedies.",
    )
    .option("--before", "only what must hold before a deployment", false)
    .option("--only <names>", "ids and groups, comma-separated", parseNames)
    .option("--skip <names>", "leave out ids and groups, comma-separated", parseNames)
    .option("--junit <file>", "write JUnit XML, too")
    .option("--watch [seconds]", `repeat every ${WATCH_SECONDS} seconds`, positive);
  examples(json(oneStack(reachOptions(command))), [
    ["verify --stack prod", "everything"],
    ["verify --stack prod --before", "what must hold before a deployment"],
    ["verify --stack prod --only certificate,dns.records", "one group and one check"],
    ["verify --stack prod --skip kubernetes.rights,vault.rights,aws.rights", "with rights to read"],
    ["verify --stack prod --json --junit verify.xml", "for a pipeline"],
    ["verify --stack prod --watch 60", "every minute; Ctrl-C ends it"],
  ]).action((flags: Flags) => run(flags, context));
}

async function run(flags: Flags, context: Context): Promise<void> {
  const { askVersion } = await import("../../engine/engine-command");
  // The check for drift takes longest. It needs the answer by the time that its code is loaded.
  if (!flags.before) void askVersion(context.env);
  const { stackSettings } = await import("../../base/stack-settings");
  const { assertSelectable, hasFailed, preflight, verify } = await import("../../verify");
  const { watch } = await import("../../verify/watch");
  const { Cancellation } = await import("../../engine/cancellation");
  const settings = stackSettings(flags.stack, context.cwd);
  try {
    assertSelectable(settings, flags);
  } catch (error) {
    throw new CommandError("USAGE", error instanceof Error ? error.message : String(error));
  }
  const { env, cwd } = context;
  const { stack, databaseAddress, caFile } = flags;
  const live = { env, cwd, stack, databaseAddress, caFile };
  const round = () => (flags.before ? preflight : verify)(settings, live, flags);
  let results: CheckResult[];
  if (flags.watch === undefined) results = await shown(await round(), flags, context);
  else {
    const cancellation = new Cancellation();
    const unlisten = cancellation.listen(() => undefined);
    results = await watch(round, {
      seconds: flags.watch === true ? WATCH_SECONDS : flags.watch,
      signal: cancellation.graceful,
      onRound: (all, changed) => shown(all, flags, context, changed),
    }).finally(unlisten);
  }
  // The output already says what is wrong.
  if (hasFailed(results)) throw new CommandError("VERIFY", "");
}

/** Prints a run. Later runs print only changes, unless the terminal is redrawn. */
async function shown(
  results: CheckResult[],
  flags: Flags,
  context: Context,
  changed = results,
): Promise<CheckResult[]> {
  const { table } = await import("../../verify/output/table");
  if (flags.junit !== undefined) {
    const { junit } = await import("../../verify/output/junit");
    writeResult("--junit", flags.junit, junit(results));
  }
  if (flags.json) {
    printJson(context, { stack: flags.stack, results });
    return results;
  }
  const { stdout } = context;
  const terminal = stdout.isTTY === true;
  const again = changed !== results;
  if (again && changed.length === 0 && !terminal) return results;
  if (flags.watch !== undefined) {
    if (terminal) screenOf(stdout).write("\u001b[H\u001b[2J");
    stdout.write(`${new Date().toISOString()} ${flags.stack}\n\n`);
  }
  const text = table(terminal ? results : changed, {
    color: wantsColor(context),
    width: stdout.columns,
  });
  stdout.write(`${text}\n`);
  return results;
}
