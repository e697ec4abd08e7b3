import * as pulumi from "@pulumi/pulumi";
import type { PlaneSettings } from "../settings/schema";
import { joinToken, tokenName, type Service } from "../teleport/agent-join";
import { servicesOf } from "../teleport/agent-services";
import { agentNamespace } from "../teleport/capsule";
import { formerNames } from "./agents";
import { TeleportResource } from "./teleport-resource";

/** Arguments of {@link joinTokens}. */
export interface JoinTokensArgs extends Pick<PlaneSettings, "agents" | "remoteAgents"> {
  /** Name of the stack's namespace. */
  namespaceName: string;
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
 * Provision tokens of the stack's agents and of those elsewhere. A token of method `token` is a
 * secret whose name is the secret itself: a resource would show it, so there is none.
 */
export function joinTokens(parent: pulumi.ComponentResource, args: JoinTokensArgs) {
  const tokens: Record<string, pulumi.Output<string>> = {};
  for (const [release, agent] of Object.entries(args.agents)) {
    if (agent.join.method === "token") continue;
    const token = new TeleportResource(
      `${release}-token`,
      {
        namespace: args.operatorNamespace,
        kind: "TeleportProvisionToken",
        resourceName: tokenName(release, agent.join),
        spec: joinToken(agent.join, {
          namespace: agentNamespace(agent, args.namespaceName),
          serviceAccount: release,
          services: servicesOf(agent),
        }),
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
      },
      { parent },
    );
    remote[name] = token.resourceName.apply(() => known);
  }
  return { tokens, remote: pulumi.output(remote) };
}
