import type { Command } from "commander";
import { CommandError } from "../../base/exit-codes";
import { printJson, writeResult, type Context } from "../../base/context";
import { examples, GROUP, json, oneStack } from "../options";

interface Options {
  stack: string;
  base?: string;
  preview?: string;
  engine: boolean;
  refresh: boolean;
  output?: string;
  json: boolean;
}

export function register(program: Command, context: Context): void {
  const command = program
    .command("report")
    .helpGroup(GROUP.review)
    .summary("write what a change does as Markdown, for a pull request")
    .description(
      "Writes one Markdown report of a change: what is created, replaced and deleted, which sessions " +
        "are cut, who gains and loses access, what going back costs. With --base alone it compares " +
        "two plans and needs no credential; else it previews with the engine.",
    )
    .option("--base <where>", "Git revision or folder to compare with")
    .option("--preview <file>", "read the output of `pulumi preview --json`, or engine events")
    .option("--engine", "preview with the engine, also with --base", false)
    .option("--refresh", "let the engine read what is really there first", false)
    .option("-o, --output <file>", "also write the Markdown there");
  examples(json(oneStack(command)), [
    ["report --stack prod --base origin/main", "without credentials: settings and program"],
    ["report --stack prod", "against what is deployed, by a preview of the engine"],
    ["report --stack prod --engine --base main", "the same, with the access diff"],
    ["report --stack prod --preview preview.json --base main", "a preview made before"],
  ]).action(async (options: Options) => {
    const fs = await import("node:fs");
    const { buildReport } = await import("../../report/build-report");
    const { preview, base, stack, engine, refresh, output } = options;
    let text: string | undefined;
    try {
      if (preview !== undefined) text = fs.readFileSync(preview, "utf8");
    } catch (error) {
      throw new CommandError("USAGE", `--preview: ${(error as Error).message}`, { cause: error });
    }
    const { cwd, env } = context;
    const report = await buildReport({
      ...{ stack, cwd, env, refresh, base, preview: text },
      engine: engine || undefined,
    });
    if (output !== undefined) writeResult("--output", output, report.markdown);
    if (options.json) printJson(context, report);
    else context.stdout.write(report.markdown);
    if (report.errors.length > 0) throw new CommandError("FAILED", "the preview failed; see above");
  });
}
