import type { Command } from "commander";
import type { Context } from "../../base/context";
import { changeOptions, examples, GROUP } from "../options";
import type { RunFlags } from "../run-stacks";

export function register(program: Command, context: Context): void {
  const command = program
    .command("refresh")
    .helpGroup(GROUP.deploy)
    .summary("update the state from what is really there")
    .description(
      "Reads every resource and writes what is really there into the stack's state. Changes no " +
        "resource; the next `up` corrects what differs from the settings.",
    );
  examples(changeOptions(command), [
    ["refresh --stack prod --yes", "after somebody changed things by hand"],
    ["preview --stack prod --refresh", "only look: changes neither state nor resources"],
  ]).action(async (flags: RunFlags) => {
    const { runStacks } = await import("../run-stacks");
    await runStacks("refresh", context, flags);
  });
}
