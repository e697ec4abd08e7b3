import type { Command } from "commander";
import type { Context } from "../../base/context";
import { allowOption, changeOptions, examples, GROUP } from "../options";
import type { RunFlags } from "../run-stacks";

export function register(program: Command, context: Context): void {
  const command = program
    .command("destroy")
    .helpGroup(GROUP.deploy)
    .summary("delete everything of a stack, in the reverse order")
    .description(
      "Deletes every resource of a stack; what is protected must be allowed. Of several stacks, " +
        "agents go before their plane. The empty stack stays.",
    );
  examples(allowOption(changeOptions(command)), [
    ["destroy --stack staging --yes --allow all", "take it down, protected things included"],
    ["destroy --stacks 'agent-*' --parallel 4 --yes", "all stacks of agents"],
  ]).action(async (flags: RunFlags) => {
    const { runStacks } = await import("../run-stacks");
    await runStacks("destroy", context, flags);
  });
}
