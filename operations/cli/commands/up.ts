import type { Command } from "commander";
import type { Context } from "../context";
import { allowOption, changeOptions, examples, GROUP } from "../options";
import type { RunFlags } from "../run-stacks";

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
    .option("--skip-preflight", "leave out the checks before the deployment");
  examples(allowOption(changeOptions(command)), [
    ["up --stack prod", "at a terminal: asks after the preview"],
    ["up --stack prod --yes --deadline 30m --events events.jsonl", "in a pipeline"],
    ["up --stacks '*' --parallel 4 --yes", "every stack, agents after their plane"],
    ["up --stack prod --yes --allow role:auditor", "let the role auditor go"],
  ]).action(async (flags: RunFlags) => {
    const { runStacks } = await import("../run-stacks");
    await runStacks("up", context, flags);
  });
}
