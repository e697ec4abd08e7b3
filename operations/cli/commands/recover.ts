import type { Command } from "commander";
import type { RecoverFlags } from "../../deploy/recover-command";
import type { Context } from "../../base/context";
import { collect, examples, GROUP, json, oneStack } from "../options";

export function register(program: Command, context: Context): void {
  const command = program
    .command("recover")
    .helpGroup(GROUP.repair)
    .summary("clean up after an interrupted deployment")
    .description(
      "Finds a lock whose process is gone, operations that never ended, and Helm releases that are " +
        "stuck; decides by what is really there. With --yes resolves them, after a copy of the state " +
        "was written. `up` does the same by itself, except that it takes away no lock.",
    )
    .option("-y, --yes", "resolve; without, only show", false)
    .option("--config-file <file>", "settings instead of Pulumi.<name>.yaml")
    .option("--made <urn=id>", "this one was made, and has this id; may be repeated", collect, [])
    .option("--not-made <urn>", "this one was not made; may be repeated", collect, []);
  examples(json(oneStack(command)), [
    ["recover --stack prod", "show what was left"],
    ["recover --stack prod --yes", "resolve it"],
  ]).action(async (flags: RecoverFlags) => {
    const { recoverCommand } = await import("../../deploy/recover-command");
    await recoverCommand(context, flags);
  });
}
