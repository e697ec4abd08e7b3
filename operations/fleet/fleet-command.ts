import { stringify } from "yaml";
import { printJson, type Context } from "../base/context";
import { CommandError } from "../base/exit-codes";
import { projectName } from "../base/stack-file";
import { selectStacks, stackOrder } from "../deploy/stack-order";
import { stackResources, type FleetOptions } from "./stack-resources";

/** Flags of `access-plane fleet`. */
export interface FleetFlags extends Omit<FleetOptions, "project" | "env" | "resyncSeconds"> {
  stack?: string;
  stacks?: string;
  json: boolean;
  envSecret: string[];
  /** Milliseconds. */
  resync?: number;
}

/** Parses `SECRET:VARIABLE,VARIABLE`, which may be repeated. */
export function parseEnvSecrets(texts: readonly string[]): FleetOptions["env"] {
  const env: Record<string, { secret: string }> = {};
  for (const text of texts) {
    const [secret = "", list = "", ...rest] = text.split(":");
    const variables = list.split(",");
    if (
      rest.length > 0 ||
      !/^[a-z0-9][a-z0-9.-]*$/.test(secret) ||
      !variables.every((variable) => /^[A-Z_][A-Z0-9_]*$/.test(variable))
    ) {
      throw new CommandError(
        "USAGE",
        "--env-secret must be SECRET:VARIABLE,VARIABLE, such as access-plane:VAULT_TOKEN. It names " +
          "a Secret and its keys, never a value.",
      );
    }
    for (const variable of variables) env[variable] = { secret };
  }
  return env;
}

function checkSource({ repo, branch, commit }: FleetFlags): void {
  if ((branch === undefined) === (commit === undefined)) {
    throw new CommandError("USAGE", "say either --branch or --commit.");
  }
  if (/:\/\/[^/@]*:[^/@]*@/.test(repo)) {
    throw new CommandError(
      "USAGE",
      "--repo has a password in it, which would be in the cluster in plain text: use --git-secret.",
    );
  }
}

/** Prints the resources with which the Pulumi Kubernetes Operator runs the stacks. */
export function fleetCommand(context: Context, flags: FleetFlags): void {
  checkSource(flags);
  const names = selectStacks(flags, context.cwd);
  const { json, envSecret, resync, ...source } = flags;
  const resources = stackResources(stackOrder(names, context.cwd), {
    ...source,
    project: projectName(context.cwd),
    env: parseEnvSecrets(envSecret),
    resyncSeconds: resync === undefined ? undefined : Math.round(resync / 1000),
  });
  if (json) {
    printJson(context, { apiVersion: "v1", kind: "List", items: resources });
    return;
  }
  // kubectl reads unquoted words such as `off` as booleans.
  const documents = resources.map((resource) => stringify(resource, { version: "1.1" }));
  context.stdout.write(documents.join("---\n"));
}
