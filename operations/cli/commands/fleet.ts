import type { Command } from "commander";
import type { FleetFlags } from "../../fleet/fleet-command";
import type { Context } from "../../base/context";
import { collect, examples, GROUP, json, parseDuration, someStacks } from "../options";

export function register(program: Command, context: Context): void {
  const command = program
    .command("fleet")
    .helpGroup(GROUP.deploy)
    .summary("write Stack resources for the Pulumi Kubernetes Operator")
    .description(
      "Writes one Stack resource a stack, so that the Pulumi Kubernetes Operator deploys them from " +
        "Git: agents after their plane, credentials by the names of Secrets. Contacts nothing.",
    )
    .requiredOption("--repo <url>", "Git repository with this program and its stack files")
    .option("--branch <name>", "branch or tag to deploy")
    .option("--commit <hash>", "commit to deploy, instead of a branch")
    .option("--repo-dir <folder>", "folder with Pulumi.yaml; default: the root")
    .option("--backend <url>", "state backend; default: Pulumi Cloud")
    .option("--secrets-provider <url>", "as for init; default: the backend's own")
    .option("--organization <name>", "of the stacks in the backend", "organization")
    .option("--namespace <name>", "of the resources and their Secrets", "pulumi-access-plane")
    .option("--service-account <name>", "of the pods that run the program", "access-plane")
    .option(
      "--env-secret <secret:variables>",
      "environment variables from keys of a Secret: NAME:VAULT_TOKEN,…; may be repeated",
      collect,
      [],
    )
    .option("--git-secret <name>", "Secret with a Git token under the key accessToken")
    .option("--resync <time>", "also run without a new commit, this often: 1h", parseDuration);
  const source = "--repo https://github.com/example/access-plane --branch main";
  examples(json(someStacks(command)), [
    [`fleet --stacks '*' ${source} | kubectl apply -f -`, "all stacks"],
    [`fleet --stacks 'agent-*' ${source} --env-secret deployer:VAULT_TOKEN`, "with a credential"],
  ]).action(async (flags: FleetFlags) => {
    const { fleetCommand } = await import("../../fleet/fleet-command");
    fleetCommand(context, flags);
  });
}
