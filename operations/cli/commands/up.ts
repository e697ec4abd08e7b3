import type { Command } from "commander";
import type { Preflight } from "../../deploy/preflight";
import type { Context } from "../../base/context";
import {
  allowOption,
  changeOptions,
  collect,
  examples,
  GROUP,
  parseNames,
  reachOptions,
} from "../options";
import type { RunFlags } from "../run-stacks";

interface Flags extends RunFlags {
  skipPreflight?: string | true;
  databaseAddress?: string;
  caFile?: string;
  backup?: string[];
}

export function register(program: Command, context: Context): void {
  const command = program
    .command("up")
    .helpGroup(GROUP.deploy)
    .summary("deploy: check, preview, ask, update")
    .description(
      "Checks what the deployment needs, resolves what an earlier one left that was cut off, " +
        "previews, refuses to lose what is protected, asks, and updates. The first Ctrl-C lets " +
        "running steps end, the second ends them at once.",
    )
    .option("--refresh", "read what is really there first and put it right")
    .option(
      "--backup <file>",
      "a dump of a database (pg_dump -Fc), wanted before a major version; may be repeated",
      collect,
    )
    .option(
      "--skip-preflight [ids]",
      "leave out the checks before the deployment, or let those of these ids and groups fail",
    );
  examples(reachOptions(allowOption(changeOptions(command))), [
    ["up --stack prod", "at a terminal: asks after the preview"],
    ["up --stack prod --yes --deadline 30m --events events.jsonl", "in a pipeline"],
    ["up --stacks '*' --parallel 4 --yes", "every stack, agents after their plane"],
    ["up --stack prod --yes --allow role:auditor", "let the role auditor go"],
    ["up --stack prod --yes --skip-preflight database", "where PostgreSQL is out of reach"],
  ]).action(async ({ skipPreflight, databaseAddress, caFile, backup, ...flags }: Flags) => {
    const { runStacks } = await import("../run-stacks");
    const checked: Preflight = async (stack, settings) => {
      const { preflight } = await import("../../verify");
      return preflight(settings, {
        stack,
        cwd: context.cwd,
        env: context.env,
        backups: backup,
        configFile: flags.configFile,
        databaseAddress,
        caFile,
      });
    };
    await runStacks("up", context, {
      ...flags,
      preflight: skipPreflight === true ? undefined : checked,
      ignored: typeof skipPreflight === "string" ? parseNames(skipPreflight) : undefined,
    });
  });
}
