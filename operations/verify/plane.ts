import type { PlaneSettings, Settings } from "../../settings/schema";
import { AUTH_DEPLOYMENT, LICENSE_SECRET } from "../../teleport/cluster-values";
import { appHost, CLUSTER_RELEASE, credentialsSecret } from "../../teleport/names";
import type { KubeReader } from "./clients/kubernetes";

/** An agent of the stack, as far as verification looks at it. */
export interface AgentFacts {
  releaseName: string;
  version: string;
}

/** The agents that the settings declare. */
export const agentsOf = ({ agents, chart }: Settings): AgentFacts[] =>
  Object.keys(agents).map((releaseName) => ({ releaseName, version: chart.version }));

/** Whether there is any agent. */
export const hasAgents = (settings: Settings): boolean => agentsOf(settings).length > 0;

/** Every app of the stack's agents, with its public host. */
export const appsOf = ({ agents, clusterName }: PlaneSettings) =>
  Object.values(agents).flatMap(({ apps }) =>
    apps.map((app) => ({ name: app.name, uri: app.uri, host: appHost(app, clusterName) })),
  );

/** A Kubernetes Secret filled from Vault. */
export interface SecretFacts {
  secretName: string;
  /** Keys it has to have. */
  keys: string[];
  /** API path in Vault that is read for it. */
  vaultPath: string;
  /** `kv` answers with `data.data`, a static role with `data`. */
  engine: "kv" | "static-role";
  /** Setting that names the path. */
  setting: string;
  /** Made by the deployment itself, so that before the first one it may be missing. */
  made: boolean;
}

const kvPath = ({ vault }: Settings, path: string) => `${vault.kvMount}/data/${path}`;

/** The Secret with which Teleport logs in to PostgreSQL. */
export function databaseSecret(settings: PlaneSettings): SecretFacts {
  const { secretName, credentials } = settings.database;
  const facts = { secretName, keys: ["username", "password"] };
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

/** The Secrets of a stack that come from Vault. */
export function secretsOf(settings: Settings): SecretFacts[] {
  const list = settings.kind === "plane" ? [databaseSecret(settings)] : [];
  const kv = (secretName: string, path: string, keys: string[], setting: string) => {
    const vaultPath = kvPath(settings, path);
    list.push({ secretName, keys, vaultPath, engine: "kv", setting, made: false });
  };
  if (settings.kind === "plane" && settings.teleport.licensePath !== undefined) {
    kv(LICENSE_SECRET, settings.teleport.licensePath, ["license.pem"], "teleport.licensePath");
  }
  for (const [release, { credentials }] of Object.entries(settings.agents)) {
    if (credentials === undefined) continue;
    const { secretName = credentialsSecret(release), path, keys } = credentials;
    kv(secretName, path, keys, `agents.${release}.credentials.path`);
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
