import type { Command } from "commander";
import { printJson, type Context } from "../context";
import { examples, GROUP, json, oneStack } from "../options";

export function register(program: Command, context: Context): void {
  const command = program
    .command("recover")
    .helpGroup(GROUP.repair)
    .summary("resolve what a deployment left that was killed")
    .description(
      "Finds Helm operations that never ended and, with --yes, forgets them, so that the next " +
        "update goes on. What they made stays and is taken over.",
    )
    .option("-y, --yes", "do it; without, only show", false);
  examples(json(oneStack(command)), [
    ["recover --stack prod", "show what is stuck"],
    ["recover --stack prod --yes", "resolve it"],
  ]).action(async (options: { stack: string; yes: boolean; json: boolean }) => {
    const { stackSettings } = await import("../../stack-settings");
    const { clusterClient, forget, stuckReleases } = await import("../../recover");
    const settings = stackSettings(options.stack, context.cwd);
    const core = clusterClient(settings);
    const releases = await stuckReleases(core, settings);
    if (options.yes) for (const stuck of releases) await forget(core, settings, stuck);
    if (options.json) {
      printJson(context, { releases, resolved: options.yes });
      return;
    }
    for (const { release, revision, status, since } of releases) {
      const when = since?.toISOString() ?? "an unknown time";
      context.stdout.write(`Release ${release}, revision ${revision}: ${status} since ${when}\n`);
    }
    const end =
      releases.length === 0
        ? "No Helm operation of the plane is stuck."
        : options.yes
          ? "Forgotten; deploy again."
          : "Run again with --yes to forget these, when no deployment is running.";
    context.stdout.write(`${end}\n`);
  });
}
