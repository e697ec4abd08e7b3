import * as pulumi from "@pulumi/pulumi";
import type { PlaneSettings } from "../../settings/schema";
import type { Agent } from "../../inventory/agents";
import { joinToken, type Service } from "../../teleport/agent-join";
import { TeleportResource } from "../teleport-resource";
import { formerNames } from "./former-names";

/** Arguments of {@link joinTokens}. */
export interface JoinTokensArgs extends Pick<PlaneSettings, "remoteAgents"> {
  /** Agents of the stack. */
  agents: readonly Agent[];
  /** Pulumi refuses to delete the tokens while set. */
  protect: boolean;
  /** Namespace of the operator; known once it runs. */
  operatorNamespace: pulumi.Input<string>;
}

/** What the plane says of an agent of another stack, so that this stack can compare. */
export interface RemoteAgentOutputs {
  namespace: string;
  release: string;
  method: string;
  services: Service[];
}

/**
 * Throws where an agent of another stack would have to join by another method with the same token:
 * its pods could not join from this update until that stack's own.
 */
export function refuseJoinMethodChange(
  remoteAgents: PlaneSettings["remoteAgents"],
  previous: Record<string, RemoteAgentOutputs>,
): void {
  const problems = Object.entries(remoteAgents).flatMap(([name, { join }]) => {
    const before = Object.hasOwn(previous, name) ? previous[name] : undefined;
    if (before === undefined || before.method === join.method) return [];
    return [
      `access-plane:remoteAgents.${name}.join.method is ${join.method}, and its agents join by ${before.method} ` +
        `now, so they could not join again: leave it, add remoteAgents.${name}-${join.method}, deploy, let the ` +
        `agents' stack join by it (join.token), deploy that, and then remove remoteAgents.${name}. If nobody ` +
        "has joined by it yet, remove it, deploy, and add it again.",
    ];
  });
  if (problems.length > 0) throw new pulumi.RunError(problems.join("\n"));
}

/**
 * Provision tokens of the stack's agents and of those of other stacks. A token of method `token` is a
 * secret whose name is the secret itself: a resource would show it, so there is none.
 */
export function joinTokens(parent: pulumi.ComponentResource, args: JoinTokensArgs) {
  const tokens: Record<string, pulumi.Output<string>> = {};
  for (const { release, join, token: name, ...identity } of args.agents) {
    if (name === undefined || join.method === "token") continue;
    const token = new TeleportResource(
      `${release}-token`,
      {
        namespace: args.operatorNamespace,
        kind: "TeleportProvisionToken",
        resourceName: name,
        spec: joinToken(join, identity),
        protect: args.protect,
      },
      { parent, aliases: formerNames(release, "-token") },
    );
    tokens[release] = token.resourceName;
  }
  const remote: Record<string, pulumi.Output<RemoteAgentOutputs>> = {};
  for (const [name, agent] of Object.entries(args.remoteAgents)) {
    const { join, namespace, release, services } = agent;
    const known = { namespace, release, method: join.method, services };
    if (join.method === "token") {
      remote[name] = pulumi.output(known);
      continue;
    }
    const token = new TeleportResource(
      `remote-${name}-token`,
      {
        namespace: args.operatorNamespace,
        kind: "TeleportProvisionToken",
        resourceName: name,
        spec: joinToken(join, { namespace, serviceAccount: release, services }),
        protect: args.protect,
      },
      { parent },
    );
    remote[name] = token.resourceName.apply(() => known);
  }
  return { tokens, remote: pulumi.output(remote) };
}
