import type { Command } from "commander";
import { printJson, type Context } from "../../base/context";
import { CommandError } from "../../base/exit-codes";
import { examples, GROUP, json, oneStack } from "../options";

interface Flags {
  stack: string;
  charts?: string;
  notes?: string;
  json: boolean;
}

export function register(program: Command, context: Context): void {
  const command = program
    .command("upgrade-check <version>")
    .helpGroup(GROUP.review)
    .summary("say what another version of the charts means for a stack")
    .description(
      "Reads the charts of the settings' version and of another, compares values, schemas, custom " +
        "resource definitions, images and release notes, and says what matters for this stack: what it sets and the " +
        "new version no longer knows, defaults that change, resources whose fields are gone, breaking changes " +
        "that name what it sets. Ends with 4 when something breaks. Asks the sources of charts and release " +
        "notes only; changes nothing.",
    )
    .option("--charts <source>", "source of the other version: a folder, http(s):// or oci://")
    .option(
      "--notes <source>",
      "Teleport's CHANGELOG.md: a file or http(s)://; default: its repository",
    );
  examples(json(oneStack(command)), [
    ["upgrade-check 18.4.1 --stack prod", "from the settings' own source"],
    ["upgrade-check 19.0.0 --stack prod --charts ../charts-19", "where the settings name a folder"],
    ["upgrade-check 18.4.1 --stack prod --json", "for a pipeline"],
  ]).action(async (version: string, { stack, charts, notes, json }: Flags) => {
    const { stackSettings } = await import("../../base/stack-settings");
    const { planStack } = await import("../../plan/plan-stack");
    const { chartReader } = await import("../../upgrade/find-charts");
    const { readReleaseNotes } = await import("../../upgrade/release-notes");
    const { inOrder, upgradeCheck, upgradeText } = await import("../../upgrade/upgrade-check");
    const settings = stackSettings(stack, context.cwd);
    if (!("chart" in settings)) {
      throw new CommandError("USAGE", `stack ${stack} has no chart: it registers apps alone.`);
    }
    const read = chartReader(settings.chart, { version, source: charts, cwd: context.cwd });
    const plan = await planStack(stack, { cwd: context.cwd });
    const { cwd } = context;
    const versions = { from: settings.chart.version, to: version };
    const noted = readReleaseNotes(plan, { ...versions, source: notes, cwd });
    const findings = inOrder([...(await upgradeCheck(plan, read)), ...(await noted)]);
    if (json) printJson(context, { stack, version, findings });
    else context.stdout.write(`${upgradeText(findings)}\n`);
    const breaking = findings.filter(({ level }) => level === "breaks");
    // The output already says what is wrong.
    if (breaking.length > 0) throw new CommandError("PREFLIGHT", "");
  });
}
