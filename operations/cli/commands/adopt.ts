import type { Command } from "commander";
import { CommandError } from "../../base/exit-codes";
import { printJson, type Context } from "../../base/context";
import { examples, GROUP, json, oneStack } from "../options";

interface Options {
  stack: string;
  writeSettings: boolean;
  namespace: string;
  context?: string;
  region?: string;
  importFile?: string;
  yes: boolean;
  json: boolean;
}

export function register(program: Command, context: Context): void {
  const command = program
    .command("adopt")
    .helpGroup(GROUP.repair)
    .summary("take over a plane that something else has deployed")
    .description(
      "Reads what is in the cluster, Vault and AWS, writes the settings it implies and Pulumi's " +
        "import list, shows what the first update would change, and with --yes imports. Nothing " +
        "but the stack's state is changed.",
    )
    .option("--write-settings", "write Pulumi.<stack>.yaml from what runs, and stop", false)
    .option("--namespace <name>", "with --write-settings: namespace of the plane", "teleport")
    .option("--context <name>", "with --write-settings: context of the kubeconfig")
    .option("--region <name>", "with --write-settings: AWS region (default: AWS_REGION)")
    .option("--import-file <file>", "where the import list goes (default: adopt-<stack>.json)")
    .option("-y, --yes", "import into the stack; without, only show", false);
  examples(json(oneStack(command)), [
    ["adopt --stack prod --write-settings --context production", "first: the settings"],
    ["adopt --stack prod", "then: what is found, and what would change"],
    ["adopt --stack prod --yes", "finally: import; the next up changes what was shown"],
  ]).action(async (options: Options) => {
    const { stack } = options;
    const { cwd, env } = context;
    if (options.writeSettings) {
      const { writeSettings } = await import("../../adopt/write-settings");
      const written = await writeSettings({ ...options, cwd, env });
      if (options.json) {
        printJson(context, written);
        return;
      }
      context.stdout.write(`Written: ${written.file}\n`);
      for (const line of written.open) context.stdout.write(`  fill in ${line}\n`);
      if (written.managing.length > 0) {
        const { managingText } = await import("../../adopt/argo-applications");
        context.stdout.write(`\n${managingText(written.managing)}\n`);
      }
      return;
    }
    const path = await import("node:path");
    const { adopt } = await import("../../adopt/adopt");
    const adoption = await adopt({
      stack,
      cwd,
      env,
      yes: options.yes,
      importFile: options.importFile ?? path.join(cwd, `adopt-${stack}.json`),
      say: (text) => context.stderr.write(`${text}\n`),
    });
    const { adoptionText } = await import("../../adopt/adoption-text");
    if (options.json) printJson(context, adoption);
    else context.stdout.write(adoptionText(stack, adoption));
    if (adoption.found.length === 0) {
      throw new CommandError(
        "PREFLIGHT",
        "found nothing of the plane; check that the settings describe it.",
      );
    }
  });
}
