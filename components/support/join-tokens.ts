import * as pulumi from "@pulumi/pulumi";
import type { PlaneSettings } from "../../settings/schema";
import type { Agent } from "../../inventory/agents";
import { joinToken, type Service } from "../../teleport/agent-join";
import { TeleportResource } from "../teleport-resource";
import { formerNames } from "./former-names";
import type { Operator } from "./operator-verdict";

/** Arguments of {@link joinTokens}. */
export interface JoinTokensArgs extends Pick<PlaneSettings, "remoteAgents"> {
  /** Agents of the stack. */
  agents: readonly Agent[];
  /** Pulumi refuses to delete the tokens while set. */
  protect: boolean;
  /** Its namespace is known once it runs. */
  operator: Operator;
}

/** Output of the plane about an agent of another stack; that stack compares it with its settings. */
export interface RemoteAgentOutputs {
  namespace: string;
  release: string;
  method: string;
  services: Service[];
}

/**
 * Throws if the join method of another stack's agent changes under the same token. Its pods could not join
 * again until that stack is deployed with the new method.
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
 * Provision tokens of the stack's agents and of agents of other stacks. With method `token`, the name of
 * the token is the secret, and a resource would show it. So there is no resource for it.
 */
export function joinTokens(parent: pulumi.ComponentResource, args: JoinTokensArgs) {
  const tokens: Record<string, pulumi.Output<string>> = {};
  for (const { release, join, token: name, ...identity } of args.agents) {
    if (name === undefined || join.method === "token") continue;
    const token = new TeleportResource(
      `${release}-token`,
      {
        operator: args.operator,
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
        operator: args.operator,
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
