import type { Command } from "commander";
import type { Context } from "../../base/context";
import { engineOptions, examples, GROUP } from "../options";
import type { RunFlags } from "../run-stacks";

export function register(program: Command, context: Context): void {
  const command = program
    .command("preview")
    .helpGroup(GROUP.deploy)
    .summary("show what a deployment would change")
    .description(
      "Shows what `up` would change, and what of it would be refused. Takes no lock, writes nothing.",
    )
    .option("--refresh", "compare with what is really there, not with the last update")
    .option("--expect-no-changes", "end with 7 when there is anything to change", false);
  examples(engineOptions(command), [
    ["preview --stack prod", "what a change of Pulumi.prod.yaml would do"],
    ["preview --stack prod --refresh --expect-no-changes", "has somebody changed it by hand?"],
    ["preview --stacks 'agent-*' --parallel 4 --json", "several, for a script"],
  ]).action(async (flags: RunFlags) => {
    const { runStacks } = await import("../run-stacks");
    await runStacks("preview", context, flags);
  });
}
