import type { PlaneSettings, AgentedSettings } from "../../settings/schema";
import { AUTH_DEPLOYMENT, LICENSE_SECRET } from "../../teleport/cluster-values";
import { JOIN_KEY, tokenName } from "../../teleport/agent-join";
import { KUBECONFIG_KEY } from "../../teleport/agent-services";
import { agentNamespace } from "../../teleport/capsule";
import {
  appHost,
  CLUSTER_RELEASE,
  credentialsSecret,
  kubeconfigSecret,
  vaultJoinSecret,
} from "../../teleport/names";
import type { KubeReader } from "./clients/kubernetes";

/** An agent of the stack, as far as verification looks at it. */
export interface AgentFacts {
  releaseName: string;
  namespace: string;
  version: string;
}

/** The agents that the settings declare. */
export const agentsOf = ({ agents, chart, namespace }: AgentedSettings): AgentFacts[] =>
  Object.entries(agents).map(([releaseName, agent]) => ({
    releaseName,
    namespace: agentNamespace(agent, namespace.name),
    version: chart.version,
  }));

/** Provision tokens that the plane declares for its own agents and those of other stacks. */
export const tokensOf = ({ agents, remoteAgents }: PlaneSettings): string[] => [
  ...Object.entries(agents).flatMap(([release, { join }]) =>
    join.method === "token" ? [] : [tokenName(release, join)],
  ),
  ...Object.entries(remoteAgents).flatMap(([name, { join }]) =>
    join.method === "token" ? [] : [name],
  ),
];

/** Namespaces that the stack has objects in, its own first. */
export const namespacesOf = (settings: AgentedSettings): string[] => [
  ...new Set([settings.namespace.name, ...agentsOf(settings).map(({ namespace }) => namespace)]),
];

/** Whether there is any agent. */
export const hasAgents = (settings: AgentedSettings): boolean => agentsOf(settings).length > 0;

/** Every app of the stack's agents, with its public host. */
export const appsOf = ({ agents, clusterName }: PlaneSettings) =>
  Object.values(agents).flatMap(({ apps }) =>
    apps.map((app) => ({ name: app.name, uri: app.uri, host: appHost(app, clusterName) })),
  );

/** Connectors with a secret of their own, and how their Secrets' names begin. */
const CONNECTORS = [
  ["githubConnectors", "github-connector"],
  ["oidcConnectors", "oidc-connector"],
] as const;

/** A Kubernetes Secret filled from Vault. */
export interface SecretFacts {
  secretName: string;
  namespace: string;
  /** Keys it has to have, and the keys in Vault they come from. */
  keys: Record<string, string>;
  /** API path in Vault that is read for it. */
  vaultPath: string;
  /** `kv` answers with `data.data`, a static role with `data`. */
  engine: "kv" | "static-role";
  /** Setting that names the path. */
  setting: string;
  /** Made by the deployment itself, so that before the first one it may be missing. */
  made: boolean;
}

const kvPath = ({ vault }: AgentedSettings, path: string) => `${vault.kvMount}/data/${path}`;

/** The Secret with which Teleport logs in to PostgreSQL. */
export function databaseSecret(settings: PlaneSettings): SecretFacts {
  const { secretName, credentials } = settings.database;
  const facts = {
    secretName,
    namespace: settings.namespace.name,
    keys: { username: "username", password: "password" },
  };
  return credentials.source === "static-role"
    ? {
        ...facts,
        vaultPath: `${credentials.mount}/static-creds/${credentials.role}`,
        engine: "static-role",
        setting: "database.credentials.role",
        made: true,
      }
    : {
        ...facts,
        vaultPath: kvPath(settings, credentials.path),
        engine: "kv",
        setting: "database.credentials.path",
        made: credentials.source === "generated",
      };
}

const same = (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, key]));

/** The Secrets of a stack that come from Vault. */
export function secretsOf(settings: AgentedSettings): SecretFacts[] {
  const kv = (
    [namespace, secretName]: [string, string],
    path: string,
    keys: Record<string, string>,
    setting: string,
  ): SecretFacts => {
    const vaultPath = kvPath(settings, path);
    return { secretName, namespace, keys, vaultPath, engine: "kv", setting, made: false };
  };
  const own = settings.namespace.name;
  const list: SecretFacts[] = [];
  if (settings.kind === "plane") {
    list.push(databaseSecret(settings));
    const { licensePath } = settings.teleport;
    if (licensePath !== undefined) {
      const keys = same(["license.pem"]);
      list.push(kv([own, LICENSE_SECRET], licensePath, keys, "teleport.licensePath"));
    }
    for (const [collection, prefix] of CONNECTORS) {
      for (const [name, { clientSecret }] of Object.entries(settings.resources[collection])) {
        if (clientSecret === undefined) continue;
        const setting = `resources.${collection}.${name}.clientSecret.path`;
        const { path, key } = clientSecret;
        list.push(kv([own, `${prefix}-${name}`], path, same([key]), setting));
      }
    }
  }
  for (const [release, agent] of Object.entries(settings.agents)) {
    const place = agentNamespace(agent, own);
    const { credentials, join, kubernetes } = agent;
    const setting = `agents.${release}`;
    if (credentials !== undefined) {
      const { secretName = credentialsSecret(release), path, keys } = credentials;
      list.push(kv([place, secretName], path, same(keys), `${setting}.credentials.path`));
    }
    if (join.method === "token") {
      const keys = { [JOIN_KEY]: join.key };
      list.push(kv([place, vaultJoinSecret(release)], join.path, keys, `${setting}.join.path`));
    }
    if (kubernetes?.kubeconfig !== undefined) {
      const { path, key } = kubernetes.kubeconfig;
      const name = kubeconfigSecret(release);
      const where = `${setting}.kubernetes.kubeconfig.path`;
      list.push(kv([place, name], path, { [KUBECONFIG_KEY]: key }, where));
    }
  }
  return list;
}

/** Workloads of the release `teleport`, by the chart's names. */
export const CLUSTER_DEPLOYMENTS = [
  AUTH_DEPLOYMENT,
  `${CLUSTER_RELEASE}-proxy`,
  `${CLUSTER_RELEASE}-operator`,
];

/** Why nothing can be asked of Teleport itself, when its pods do not run anything. */
export async function simulated(kubernetes: KubeReader): Promise<string | undefined> {
  const nodes = await kubernetes.list<{ metadata?: { annotations?: Record<string, string> } }>(
    "v1",
    "Node",
  );
  // KWOK marks the nodes that it plays.
  const fake = nodes.filter(
    (node) => node.metadata?.annotations?.["kwok.x-k8s.io/node"] === "fake",
  );
  return nodes.length > 0 && fake.length === nodes.length
    ? `pods are simulated (KWOK plays all ${nodes.length} nodes)`
    : undefined;
}
