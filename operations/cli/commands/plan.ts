import type { Command } from "commander";
import type { AppSettings } from "../../../inventory/apps";
import { printJson, type Context } from "../../base/context";
import { examples, GROUP, json, oneStack } from "../options";

interface Options {
  stack: string;
  json: boolean;
  apps: boolean;
  all: boolean;
}

export function register(program: Command, context: Context): void {
  const command = program
    .command("plan")
    .helpGroup(GROUP.review)
    .summary("print every resource in order, without engine or credentials")
    .description(
      "Checks a stack's settings and prints every resource in the order in which it would be made. " +
        "Needs no engine, no credentials and no cluster; contacts nothing.",
    )
    .option("--apps", "instead, print how each app is registered, by which agent, and why", false)
    .option("--all", "list every resource, however many are similar", false);
  examples(json(oneStack(command)), [
    ["plan --stack prod", "check Pulumi.prod.yaml and see what it makes"],
    ["plan --stack prod --json", "the same for a script, with all inputs"],
    ["plan --stack prod --apps", "which apps are static and which dynamic, and why"],
  ]).action(async ({ stack, json, apps, all }: Options) => {
    const { appRegistrations, appTable } = await import("../../plan/app-registrations");
    const { stackSettings } = await import("../../base/stack-settings");
    const print = (value: unknown, text: () => string) => {
      if (json) printJson(context, value);
      else context.stdout.write(`${text()}\n`);
    };
    if (apps) {
      const list = appRegistrations(stackSettings(stack, context.cwd));
      print(list, () => appTable(list));
      return;
    }
    const { planStack } = await import("../../plan/plan-stack");
    const { planText } = await import("../../plan/text");
    const { readableHeaders } = await import("../../../inventory/apps");
    const { extraValues } = await import("../../../inventory/charts");
    const plan = await planStack(stack, { cwd: context.cwd });
    print(plan, () => {
      const settings = stackSettings(stack, context.cwd);
      const readable = readableHeaders(settings as AppSettings);
      const values = extraValues(settings);
      return planText(stack, plan, { apps: appRegistrations(settings), readable, values, all });
    });
  });
}
