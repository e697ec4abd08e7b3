import * as pulumi from "@pulumi/pulumi";
import type { AgentSettings } from "../settings/sections/agent";
import { credentialsSecret } from "../teleport/names";
import type { ChartSource } from "./chart-source";
import { SyncedSecret, type SyncedSecretArgs } from "./synced-secret";
import { TeleportAgent } from "./teleport-agent";

/** Arguments of {@link deployAgents}. */
export interface AgentsArgs {
  /** Agents by the name of their release. */
  agents: Record<string, AgentSettings>;
  /** Provision token of each release, by its name; whoever takes it waits for it. */
  tokens: Record<string, pulumi.Input<string>>;
  clusterName: pulumi.Input<string>;
  /** `HOST:PORT` at which agents join that do not say otherwise. */
  proxyAddress: pulumi.Input<string>;
  namespace: pulumi.Input<string>;
  chart: ChartSource;
  /** Mount of the KV v2 engine with the agents' secrets. */
  kvMount: string;
  /** How Secrets come from Vault. */
  fromVault: Pick<SyncedSecretArgs, "namespace" | "authRef" | "refreshAfter">;
}

/** What a stack says of one agent. */
export interface AgentOutputs {
  /** Public address of each app. */
  apps: Record<string, string>;
}

/** Before agents were named, their resources were called `agent…`. */
export function formerNames(releaseName: string, suffix = ""): pulumi.Alias[] {
  return releaseName === "teleport-agent" ? [{ name: `agent${suffix}` }] : [];
}

/** The agents of a stack, each a child of it, with their credentials. */
export function deployAgents(
  parent: pulumi.ComponentResource,
  args: AgentsArgs,
): {
  outputs: pulumi.Output<Record<string, AgentOutputs>>;
  secrets: Record<string, pulumi.Output<string>>;
} {
  const secrets: Record<string, pulumi.Output<string>> = {};
  const agents = Object.entries(args.agents).map(([releaseName, agent]) => {
    const { credentials, ...settings } = agent;
    if (credentials !== undefined) {
      secrets[releaseName] = new SyncedSecret(
        `${releaseName}-credentials`,
        {
          ...args.fromVault,
          secretName: credentials.secretName ?? credentialsSecret(releaseName),
          source: { type: "kv-v2", mount: args.kvMount, path: credentials.path },
          keys: credentials.keys,
          restartTargets: [{ kind: "StatefulSet", name: releaseName }],
        },
        { parent, aliases: formerNames(releaseName, "-credentials") },
      ).secretName;
    }
    const secret = secrets[releaseName];
    return new TeleportAgent(
      releaseName,
      {
        ...settings,
        releaseName,
        proxyAddress: agent.proxyAddress ?? args.proxyAddress,
        namespace: args.namespace,
        chart: args.chart,
        clusterName: args.clusterName,
        tokenName: args.tokens[releaseName] ?? releaseName,
        ...(secret === undefined ? {} : { credentialsSecretName: secret }),
      },
      { parent, aliases: formerNames(releaseName) },
    );
  });
  const outputs = agents.map(({ name, apps }) => [name, { apps }] as const);
  return { outputs: pulumi.output(Object.fromEntries(outputs)), secrets };
}
