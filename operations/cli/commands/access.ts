import type { Command } from "commander";
import type { AccessOptions } from "../../access/run";
import type { Context } from "../../base/context";
import { examples, GROUP, json, oneStack } from "../options";

export function register(program: Command, context: Context): void {
  const command = program
    .command("access")
    .helpGroup(GROUP.review)
    .summary("tell from settings alone who can reach what")
    .description(
      "Tells which user, team, claim, access list and bot reaches which app, Kubernetes cluster and " +
        "database, as whom, and what is dangerous about it. Needs no cluster; contacts nothing.",
    )
    .option("--who <name>", "only this one: user/alice, alice, or a kind such as github-team")
    .option("--what <name>", "only this one: app/grafana, grafana, or a kind such as app")
    .option("--can <request>", 'only who may do this in Kubernetes: "delete pods/web -n shop"')
    .option("--svg <file>", "also draw it")
    .option("--diff <before>", "what changes since a Git revision, stack, stack file or folder")
    .option("--expect-no-danger", "with --diff: exit 7 if a change is dangerous", false);
  examples(json(oneStack(command)), [
    ["access --stack prod", "everybody and everything"],
    ["access --stack prod --what app/grafana", "who reaches grafana"],
    ["access --stack prod --who user/alice", "what alice reaches"],
    ['access --stack prod --can "delete pods -n shop"', "who may delete pods there"],
    ["access --stack prod --svg access.svg", "a picture"],
    ["access --stack prod --diff main", "what this branch gives and takes"],
    ["access --stack prod --diff before.yaml", "what a change of settings gives and takes"],
  ]).action(async (options: AccessOptions) => {
    const { runAccess } = await import("../../access/run");
    await runAccess(options, context);
  });
}
