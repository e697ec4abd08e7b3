import * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output";
import type { PlaneSettings } from "../../settings/schema";
import type { AgentSettings } from "../../settings/sections/agent";
import { appsByRegistration, type PlacedApp } from "../../inventory/apps";
import { servesApps } from "../../teleport/apps/app";
import type { Agent } from "../../inventory/agents";
import { vaultRoleName, type VaultSecret } from "../../inventory/secrets";
import { behindSidecar, hasSecret } from "../../teleport/headers/inject";
import type { Images } from "../../teleport/images";
import { agentPolicy } from "../../teleport/network-policies";
import { appHost } from "../../teleport/names";
import { AgentSecrets } from "./agent-secrets";
import type { ChartSource } from "./chart-source";
import { formerNames } from "./former-names";
import { NetworkPolicies } from "../network-policies";
import { TeleportAgent } from "../teleport-agent";
import { appObjects, TeleportApps } from "../teleport-apps";
import { stackNamespace } from "./stack-namespace";
import { vaultAuth } from "./vault-auth";

/** Arguments of {@link deployAgents}. */
export interface AgentsArgs {
  /** Agents by the name of their release. */
  agents: Record<string, AgentSettings>;
  /** Every app of the stack. */
  placed: readonly PlacedApp[];
  /** Namespace of the Teleport operator, where there is one; dynamic apps go there. */
  operatorNamespace?: pulumi.Input<string>;
  /** Secrets of the stack that come from Vault. */
  secrets: readonly VaultSecret[];
  /** Provision token of each release, by its name; whoever takes it waits for it. */
  tokens: Record<string, pulumi.Input<string>>;
  clusterName: pulumi.Input<string>;
  /** Where agents join that do not say otherwise. */
  proxy: {
    /** `HOST:PORT` that the proxy's certificate names. */
    address: pulumi.Input<string>;
    /** Address of the Service, where it is in the same cluster. */
    ip?: pulumi.Input<string | undefined>;
    /** `HOST:PORT` of the Service, for agents that verify nothing. */
    service?: string;
    /** Secret of the stack's namespace with the authority of a private issuer. Default: none. */
    caSecretName?: string;
  };
  /** Name of the stack's namespace. */
  namespaceName: string;
  /** The same, once it is there. */
  namespace: pulumi.Input<string>;
  /** What the namespace of the stack is like; namespaces of agents are like it. */
  namespaceSettings: PlaneSettings["namespace"];
  /** Where each agent lives. */
  places: readonly Agent[];
  chart: ChartSource;
  /** Upgrade each agent only when the one before it is up. Default: all at once. */
  oneByOne?: boolean;
  images: Images;
  /** Edition of the plane. */
  edition: string;
  vault: PlaneSettings["vault"];
  /** The operator takes over Secrets that Pulumi delivered until this update. Default: false. */
  takeOver?: boolean;
  /** VaultAuth of the stack's namespace. Default: Pulumi delivers. */
  authRef?: pulumi.Input<string>;
}

/** What a stack says of one agent. */
export interface AgentOutputs {
  /** Public address of each app. */
  apps: Record<string, string>;
  /** Whether it serves apps that other stacks register. */
  dynamicApps: boolean;
}

/** Names of namespaces that are made, each known once it is there. */
type Namespaces = Record<string, pulumi.Input<string>>;

/** The stack's namespace, and those of the agents that have one of their own. */
function agentNamespaces(parent: pulumi.ComponentResource, args: AgentsArgs): Namespaces {
  const namespaces: Namespaces = { [args.namespaceName]: args.namespace };
  for (const { release, namespace: name, ownNamespace } of args.places) {
    if (!ownNamespace) continue;
    const { podSecurity, protect } = args.namespaceSettings;
    namespaces[name] = stackNamespace(
      `${release}-namespace`,
      { name, podSecurity, protect },
      { parent },
    );
  }
  return namespaces;
}

/** Access to Vault from each namespace that agents of the stack live in, beside the stack's own. */
function authRefs(parent: pulumi.ComponentResource, args: AgentsArgs, namespaces: Namespaces) {
  const { vault, namespaceName } = args;
  const refs: Record<string, pulumi.Input<string> | undefined> = { [namespaceName]: args.authRef };
  for (const place of new Set(args.secrets.map(({ namespace }) => namespace))) {
    if (place === namespaceName) continue;
    const roleName = vaultRoleName(namespaceName, pulumi.getStack(), place);
    refs[place] = vaultAuth(
      `vault-access-${place}`,
      {
        ...{ vault, secrets: args.secrets, place, namespace: namespaces[place] ?? place },
        ...{ roleName, objectName: namespaceName },
      },
      { parent },
    );
  }
  return refs;
}

/** The address that pods beside the plane take the cluster's name for. */
function serviceIp(
  ip: AgentsArgs["proxy"]["ip"],
  resource: pulumi.Resource,
): pulumi.Output<string> {
  return pulumi.output(ip).apply((known) => {
    if (known !== undefined && known !== "None") return known;
    // The preview of a first deployment has no Service to ask.
    if (pulumi.runtime.isDryRun()) return unknown as string;
    throw new pulumi.ResourceError(
      "the proxy's Service has no address inside the cluster, which agents need to reach it verified; " +
        "give them a proxyAddress",
      resource,
    );
  });
}

/** Whether an agent verifies the proxy, by no authority of its own. */
const verifies = ({ caSecretName, insecureSkipProxyTLSVerify }: AgentSettings): boolean =>
  caSecretName === undefined && !insecureSkipProxyTLSVerify;

/** The agents of a stack, each a child of it, with their Secrets. */
export function deployAgents(
  parent: pulumi.ComponentResource,
  args: AgentsArgs,
): {
  outputs: pulumi.Output<Record<string, AgentOutputs>>;
  secrets: Record<string, pulumi.Output<string>>;
} {
  const { proxy, vault } = args;
  const namespaces = agentNamespaces(parent, args);
  const refs = authRefs(parent, args, namespaces);
  const places = new Map(args.places.map(({ release, namespace }) => [release, namespace]));
  const secrets: Record<string, pulumi.Output<string>> = {};
  let previous: TeleportAgent | undefined;
  const agents = Object.entries(args.agents).map(([releaseName, agent]) => {
    const { credentials, join, kubernetes, ...settings } = agent;
    const place = places.get(releaseName) ?? args.namespaceName;
    const namespace = namespaces[place] ?? place;
    const authRef = refs[place];
    const own = new AgentSecrets(parent, releaseName, {
      secrets: args.secrets,
      namespace,
      refreshAfter: vault.refreshAfter,
      takeOver: args.takeOver,
      authRef,
    });
    if (own.names.credentialsSecretName !== undefined) {
      secrets[releaseName] = own.names.credentialsSecretName;
    }
    if (args.namespaceSettings.networkPolicies) {
      new NetworkPolicies(
        `${releaseName}-network`,
        { namespace, policies: [agentPolicy(releaseName)] },
        { parent },
      );
    }
    const inside = agent.proxyAddress === undefined && proxy.ip !== undefined;
    const unverified = inside && agent.insecureSkipProxyTLSVerify;
    const token = args.tokens[releaseName];
    const { staticApps, dynamicApps } = appsByRegistration(releaseName, args.placed);
    const registered =
      dynamicApps.length === 0 || args.operatorNamespace === undefined
        ? undefined
        : new TeleportApps(
            `${releaseName}-apps`,
            { namespace: args.operatorNamespace, pool: releaseName },
            appObjects(dynamicApps.map(behindSidecar), args.clusterName, releaseName),
            { parent },
          );
    previous = new TeleportAgent(
      releaseName,
      {
        ...settings,
        apps: staticApps,
        injectedApps: dynamicApps.filter(hasSecret),
        // Who serves apps looks for dynamic ones too, so that the first of them restarts nothing.
        dynamicApps: servesApps(agent),
        acceptedApps: registered?.names,
        join,
        kubernetes,
        releaseName,
        proxyAddress:
          agent.proxyAddress ?? (unverified ? (proxy.service ?? proxy.address) : proxy.address),
        ...(inside && !unverified ? { proxyIp: serviceIp(proxy.ip, parent) } : {}),
        ...(proxy.caSecretName !== undefined && place === args.namespaceName && verifies(agent)
          ? { caSecretName: proxy.caSecretName }
          : {}),
        namespace,
        chart: args.chart,
        images: args.images,
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
      .apply(([cluster]) => addresses(name, args.placed, cluster));
    const settings = args.agents[name];
    return [name, { apps, dynamicApps: settings !== undefined && servesApps(settings) }] as const;
  });
  return { outputs: pulumi.output(Object.fromEntries(outputs)), secrets };
}

/** Public address of each app that a release serves. */
function addresses(release: string, placed: readonly PlacedApp[], clusterName: string) {
  const served = placed.filter((one) => one.release === release);
  return Object.fromEntries(
    served.map(({ app }) => [app.name, `https://${appHost(app, clusterName)}`]),
  );
}
