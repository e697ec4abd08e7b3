import { tokenName, type Join, type Service } from "../teleport/agent-join";
import { servicesOf, type Services } from "../teleport/agent-services";
import { CAPSULE_NAMESPACE } from "../teleport/capsule";
import { CLUSTER_RELEASE } from "../teleport/names";

/** The settings that decide the namespace of an agent. */
interface Placed {
  namespace?: string;
  kubernetes?: { capsule?: object };
}

/** The settings of an agent that the inventory reads. */
export type AgentSettings = Placed & Services & { join: Join };

/** The settings of a stack that decide the namespaces of its agents. */
interface Places {
  namespace: { name: string };
  /** Set if the stack is a plane. */
  teleport?: object;
}

/** The part of a stack's settings that declares agents. */
export interface AgentStackSettings extends Places {
  agents: Record<string, AgentSettings>;
}

/** An agent of the stack: a Helm release of `teleport-kube-agent`. */
export interface Agent {
  /** Helm release; StatefulSet and pods have the same name. */
  release: string;
  namespace: string;
  /** True if the stack creates that namespace for this agent alone. */
  ownNamespace: boolean;
  /** Service account of its pods, which the chart names after the release. */
  serviceAccount: string;
  join: Join;
  /** Provision token that it joins with. Undefined if the token is a secret in Vault. */
  token?: string;
  services: Service[];
}

/** The agent that is in the plane's namespace by default. */
const BESIDE = "teleport-agent";

/**
 * Whether an agent of a plane gets its own namespace. The chart lets an agent's pods read every Secret of
 * their namespace, so in the plane's namespace they could read the plane's Secrets.
 */
const isApart = (release: string, agent: Placed, { teleport }: Places): boolean =>
  teleport !== undefined &&
  release !== BESIDE &&
  agent.namespace === undefined &&
  agent.kubernetes?.capsule === undefined;

/**
 * Namespace of an agent: from its settings, or Capsule's for an agent of Capsule Proxy, or its own in the
 * stack of a plane, or the stack's.
 */
export function agentNamespace(release: string, agent: Placed, places: Places): string {
  const ofStack = places.namespace.name;
  if (isApart(release, agent, places)) return `${ofStack}-${release}`;
  const usual = agent.kubernetes?.capsule === undefined ? ofStack : CAPSULE_NAMESPACE;
  return agent.namespace ?? usual;
}

/** The agents of a stack, in the order of its settings. */
export function agentsOf(settings: AgentStackSettings): Agent[] {
  return Object.entries(settings.agents).map(([release, agent]) => ({
    release,
    namespace: agentNamespace(release, agent, settings),
    ownNamespace: isApart(release, agent, settings),
    serviceAccount: release,
    join: agent.join,
    token: agent.join.method === "token" ? undefined : tokenName(release, agent.join),
    services: servicesOf(agent),
  }));
}

/** Namespaces with objects of the stack, the stack's own first. */
export function namespacesOf(settings: AgentStackSettings): string[] {
  const { namespace } = settings;
  return [...new Set([namespace.name, ...agentsOf(settings).map((agent) => agent.namespace)])];
}

/** A Helm release. */
export interface ReleaseName {
  name: string;
  namespace: string;
}

/** The Helm releases of a plane, or of a stack of agents. */
export const releasesOf = (settings: AgentStackSettings): ReleaseName[] => [
  ...(settings.teleport === undefined
    ? []
    : [{ name: CLUSTER_RELEASE, namespace: settings.namespace.name }]),
  ...agentsOf(settings).map(({ release, namespace }) => ({ name: release, namespace })),
];

/** Provision tokens of a plane, for its own agents and for agents of other stacks. */
export function provisionTokens(
  settings: AgentStackSettings & { remoteAgents: Record<string, { join: { method: string } }> },
): string[] {
  return [
    ...agentsOf(settings).flatMap(({ token }) => token ?? []),
    ...Object.entries(settings.remoteAgents).flatMap(([name, { join }]) =>
      join.method === "token" ? [] : [name],
    ),
  ];
}

/** Whether a stack deploys agents. */
export const hasAgents = ({ agents }: { agents: object }): boolean =>
  Object.keys(agents).length > 0;
