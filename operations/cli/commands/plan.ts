import type { Command } from "commander";
import { printJson, type Context } from "../context";
import { examples, GROUP, json, oneStack } from "../options";

export function register(program: Command, context: Context): void {
  const command = program
    .command("plan")
    .helpGroup(GROUP.review)
    .summary("print every resource in order, without engine or credentials")
    .description(
      "Checks a stack's settings and prints every resource in the order in which it would be made. " +
        "Needs no engine, no credentials and no cluster; contacts nothing.",
    );
  examples(json(oneStack(command)), [
    ["plan --stack prod", "check Pulumi.prod.yaml and see what it makes"],
    ["plan --stack prod --json", "the same for a script, with all inputs"],
  ]).action(async ({ stack, json }: { stack: string; json: boolean }) => {
    const { planStack, planText } = await import("../../plan");
    const plan = await planStack(stack, { cwd: context.cwd });
    if (json) printJson(context, plan);
    else context.stdout.write(`${planText(stack, plan)}\n`);
  });
}
