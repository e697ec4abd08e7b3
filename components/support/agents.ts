import * as pulumi from "@pulumi/pulumi";
import type { SettingsWithAgents } from "../../settings/schema";
import type { AgentSettings } from "../../settings/sections/agent";
import { appsByRegistration, placeApps, type PlacedApp } from "../../inventory/apps";
import { servesApps } from "../../teleport/apps/app";
import { agentNamespace, agentsOf } from "../../inventory/agents";
import { vaultRoleName, vaultSecrets } from "../../inventory/secrets";
import { behindSidecar, hasSecret } from "../../teleport/headers/inject";
import { agentPolicy } from "../../teleport/network-policies";
import { appHost } from "../../teleport/names";
import { AgentSecrets } from "./agent-secrets";
import { formerNames } from "./former-names";
import type { Operator } from "./operator-verdict";
import { NetworkPolicies } from "../network-policies";
import { TeleportAgent } from "../teleport-agent";
import { appObjects, TeleportApps } from "../teleport-apps";
import { stackNamespace } from "./stack-namespace";
import { vaultAuth } from "./vault-auth";

/** Arguments of {@link deployAgents}. */
export interface AgentsArgs {
  /** Settings of the stack. */
  settings: SettingsWithAgents;
  /** Edition of the plane. */
  edition: string;
  /** The Teleport operator, whose namespace has the dynamic apps. Default: there is none. */
  operator?: Operator;
  /** Provision token of each release; known once the token exists. */
  tokens: Record<string, pulumi.Input<string>>;
  clusterName: pulumi.Input<string>;
  /** Where agents join by default. */
  proxy: {
    /** `HOST:PORT` that the proxy's certificate covers. */
    address: pulumi.Input<string>;
    /** Cluster IP of the Service, if the plane is in the same cluster. */
    ip?: pulumi.Input<string | undefined>;
    /** `HOST:PORT` of the Service, for agents that do not verify certificates. */
    service?: string;
    /** Secret in the stack's namespace with the CA of a private issuer. Default: none. */
    caSecretName?: string;
  };
  /** Name of the stack's namespace, known once the namespace exists. */
  namespace: pulumi.Input<string>;
  /** Upgrade one agent after the other. Default: all at once. */
  oneByOne?: boolean;
  /** The operator takes over Secrets that Pulumi has delivered until now. Default: false. */
  takeOver?: boolean;
  /** VaultAuth of the stack's namespace. Default: Pulumi delivers. */
  authRef?: pulumi.Input<string>;
}

/** Outputs of a stack about one agent. */
export interface AgentOutputs {
  /** Public address of each app. */
  apps: Record<string, string>;
  /** True if it serves apps of other stacks. */
  dynamicApps: boolean;
}

/** Names of namespaces, each known once the namespace exists. */
type Namespaces = Record<string, pulumi.Input<string>>;

/** The stack's namespace and the agents' own namespaces. */
function agentNamespaces(
  parent: pulumi.ComponentResource,
  { settings, namespace }: AgentsArgs,
): Namespaces {
  const { podSecurity, protect, name: own } = settings.namespace;
  const namespaces: Namespaces = { [own]: namespace };
  for (const { release, namespace: name, ownNamespace } of agentsOf(settings)) {
    if (!ownNamespace) continue;
    namespaces[name] = stackNamespace(
      `${release}-namespace`,
      { name, podSecurity, protect },
      { parent },
    );
  }
  return namespaces;
}

/** Access to Vault from each namespace with agents of the stack. */
function authRefs(
  parent: pulumi.ComponentResource,
  { settings, authRef }: AgentsArgs,
  namespaces: Namespaces,
) {
  const { vault, namespace } = settings;
  const secrets = vaultSecrets(settings);
  const own = namespace.name;
  const refs: Record<string, pulumi.Input<string> | undefined> = { [own]: authRef };
  for (const place of new Set(secrets.map((secret) => secret.namespace))) {
    if (place === own) continue;
    const roleName = vaultRoleName(own, pulumi.getStack(), place);
    refs[place] = vaultAuth(
      `vault-access-${place}`,
      {
        ...{ vault, secrets, place, namespace: namespaces[place] ?? place },
        ...{ roleName, objectName: own },
      },
      { parent },
    );
  }
  return refs;
}

/** Address that the cluster's name has in pods of the same cluster. */
function serviceIp(
  ip: AgentsArgs["proxy"]["ip"],
  resource: pulumi.Resource,
): pulumi.Output<string> {
  return pulumi.output(ip).apply((known) => {
    if (known !== undefined && known !== "None") return known;
    throw new pulumi.ResourceError(
      "the proxy's Service has no address inside the cluster, which agents need to reach it verified; " +
        "give them a proxyAddress",
      resource,
    );
  });
}

/** Whether an agent verifies the proxy without a CA of its own. */
const verifies = ({ caSecretName, insecureSkipProxyTLSVerify }: AgentSettings): boolean =>
  caSecretName === undefined && !insecureSkipProxyTLSVerify;

/** Deploys the agents of a stack with their Secrets, as children of `parent`. */
export function deployAgents(
  parent: pulumi.ComponentResource,
  args: AgentsArgs,
): {
  outputs: pulumi.Output<Record<string, AgentOutputs>>;
  secrets: Record<string, pulumi.Output<string>>;
} {
  const { settings: stack, proxy } = args;
  const namespaces = agentNamespaces(parent, args);
  const refs = authRefs(parent, args, namespaces);
  const fromVault = vaultSecrets(stack);
  const placed = placeApps(stack);
  const secrets: Record<string, pulumi.Output<string>> = {};
  let previous: TeleportAgent | undefined;
  const agents = Object.entries(stack.agents).map(([releaseName, agent]) => {
    const { credentials, join, kubernetes, ...settings } = agent;
    const place = agentNamespace(releaseName, agent, stack);
    const namespace = namespaces[place] ?? place;
    const authRef = refs[place];
    const own = new AgentSecrets(parent, releaseName, {
      secrets: fromVault,
      namespace,
      refreshAfter: stack.vault.refreshAfter,
      takeOver: args.takeOver,
      authRef,
    });
    if (own.names.credentialsSecretName !== undefined) {
      secrets[releaseName] = own.names.credentialsSecretName;
    }
    if (stack.namespace.networkPolicies) {
      new NetworkPolicies(
        `${releaseName}-network`,
        { namespace, policies: [agentPolicy(releaseName)] },
        { parent },
      );
    }
    const inside = agent.proxyAddress === undefined && proxy.ip !== undefined;
    const unverified = inside && agent.insecureSkipProxyTLSVerify;
    const token = args.tokens[releaseName];
    const { staticApps, dynamicApps } = appsByRegistration(releaseName, placed);
    const registered =
      dynamicApps.length === 0 || args.operator === undefined
        ? undefined
        : new TeleportApps(
            `${releaseName}-apps`,
            { operator: args.operator, pool: releaseName },
            appObjects(dynamicApps.map(behindSidecar), args.clusterName, releaseName),
            { parent },
          );
    previous = new TeleportAgent(
      releaseName,
      {
        ...settings,
        apps: staticApps,
        injectedApps: dynamicApps.filter(hasSecret),
        // An agent with apps selects dynamic apps too, so the first dynamic app needs no restart.
        dynamicApps: servesApps(agent),
        acceptedApps: registered?.names,
        join,
        kubernetes,
        releaseName,
        proxyAddress:
          agent.proxyAddress ?? (unverified ? (proxy.service ?? proxy.address) : proxy.address),
        ...(inside && !unverified ? { proxyIp: serviceIp(proxy.ip, parent) } : {}),
        ...(proxy.caSecretName !== undefined && place === stack.namespace.name && verifies(agent)
          ? { caSecretName: proxy.caSecretName }
          : {}),
        namespace,
        chart: stack.chart,
        images: stack.images,
        edition: args.edition,
        clusterName: args.clusterName,
        tokenName: token,
        ...own.names,
        secretRevision: own.revision,
        previousAgent: args.oneByOne === true ? previous?.releaseName : undefined,
      },
      { parent, aliases: formerNames(releaseName) },
    );
    return previous;
  });
  const outputs = agents.map(({ name, releaseName }) => {
    const apps = pulumi
      .all([args.clusterName, releaseName])
      .apply(([cluster]) => addresses(name, placed, cluster));
    const settings = stack.agents[name];
    return [name, { apps, dynamicApps: settings !== undefined && servesApps(settings) }] as const;
  });
  return { outputs: pulumi.output(Object.fromEntries(outputs)), secrets };
}

/** Public address of each app of a release. */
function addresses(release: string, placed: readonly PlacedApp[], clusterName: string) {
  const served = placed.filter((one) => one.release === release);
  return Object.fromEntries(
    served.map(({ app }) => [app.name, `https://${appHost(app, clusterName)}`]),
  );
}
