import type { Command } from "commander";
import { printJson, wantsColor, type Context } from "../../base/context";
import { examples, GROUP, json, someStacks } from "../options";

export function register(program: Command, context: Context): void {
  const command = program
    .command("outputs")
    .helpGroup(GROUP.deploy)
    .summary("print the outputs of stacks")
    .description("Prints the outputs of stacks; secret ones are masked.");
  examples(json(someStacks(command)), [
    ["outputs --stack prod", "addresses and names, as a table"],
    ["outputs --stacks '*' --json", "those of every stack, for a script"],
  ]).action(async (flags: { stack?: string; stacks?: string; json: boolean }) => {
    const { selectStacks } = await import("../../deploy/stack-order");
    const { readOutputs } = await import("../../deploy/outputs");
    const { outputsText } = await import("../outputs-text");
    const names = selectStacks(flags, context.cwd);
    const outputs = await readOutputs(names, context);
    if (flags.json) {
      printJson(context, flags.stack === undefined ? outputs : outputs[flags.stack]);
      return;
    }
    for (const [stack, values] of Object.entries(outputs)) {
      if (names.length > 1) context.stdout.write(`${stack}:\n`);
      context.stdout.write(`${outputsText(values, wantsColor(context))}\n`);
    }
  });
}
