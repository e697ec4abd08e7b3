import type { Service } from "./agent-join";
import { servesApps, type App } from "./apps/app";
import { awsMatcher, type AwsMatcher } from "./aws-discovery";
import type { DatabaseConfig } from "./database-config";
import type { PodParts } from "./pod-parts";
import { nonEmpty } from "./pods";

/** Labels that a resource must have. Several values are alternatives. */
export type Matcher = Record<string, string | string[]>;

/** A database. Source: `db_service.databases[]` of Teleport's configuration reference. */
export interface Database {
  name: string;
  protocol: string;
  /** Default: Teleport makes that of DynamoDB and Keyspaces. */
  uri?: string;
  description?: string;
  labels: Record<string, string>;
  tlsMode: string;
  /** Name that the certificate must have. Default: the host of `uri`. */
  tlsServerName?: string;
  /** Secret with the authority of the certificate. Default: the image's public authorities. */
  caSecret?: { name: string; key: string };
  commands: Command[];
  config: DatabaseConfig;
}

/** A label whose value is the output of a program in the agent's image. */
export interface Command {
  name: string;
  command: string[];
  /** Go duration. */
  period: string;
}

/** Address of Capsule Proxy, and the Secret with its CA under `ca`. */
export interface CapsuleProxy {
  service: string;
  port: number;
  secretName: string;
}

/** Selects Services of the agent's cluster that become apps. Source: chart value `kubernetesDiscovery`. */
interface ServiceMatcher {
  types: string[];
  namespaces: string[];
  labels: Matcher;
}

const EVERY_SERVICE: ServiceMatcher = { types: ["app"], namespaces: ["*"], labels: { "*": "*" } };

/** What an agent serves. */
export interface Services {
  /** Apps of the agent's own configuration. */
  apps: App[];
  /** Serve dynamic apps as well. */
  dynamicApps: boolean;
  kubernetes?: {
    /** Name of the Kubernetes cluster in Teleport. */
    clusterName: string;
    labels: Record<string, string>;
    /** Serve the clusters of a kubeconfig instead of the agent's own cluster. */
    kubeconfig?: object;
    /** Registered clusters to serve as well. */
    resources: Matcher[];
    capsule?: CapsuleProxy;
  };
  databases: Database[];
  databaseResources: Matcher[];
  discovery?: {
    group?: string;
    /** Services that become apps. Default: all, or none if `aws` has entries. */
    matchers?: ServiceMatcher[];
    aws: AwsMatcher[];
  };
}

function foundServices({ discovery }: Services): ServiceMatcher[] {
  if (discovery === undefined) return [];
  return discovery.matchers ?? (discovery.aws.length > 0 ? [] : [EVERY_SERVICE]);
}

/** The services that an agent runs. An agent that discovers apps also serves them. */
export function servicesOf(agent: Services): Service[] {
  const discovery = agent.discovery !== undefined;
  return [
    ...(agent.kubernetes === undefined ? [] : (["kube"] as const)),
    ...(servesApps(agent) || foundServices(agent).length > 0 ? (["app"] as const) : []),
    ...(agent.databases.length + agent.databaseResources.length > 0 ? (["db"] as const) : []),
    ...(discovery ? (["discovery"] as const) : []),
  ];
}

/** Directory where the kubeconfig is mounted. */
export const KUBECONFIG_DIR = "/var/run/secrets/teleport-kubeconfig";
/** Key of the kubeconfig in its Secret. */
export const KUBECONFIG_KEY = "kubeconfig";

/** Values of chart `teleport-kube-agent` for the services, without apps and headers. */
export function serviceValues(agent: Services) {
  const { kubernetes, databases, databaseResources, discovery } = agent;
  const matched = (matchers: Matcher[]) => nonEmpty(matchers.map((labels) => ({ labels })));
  const kubernetesService = {
    kubeconfig_file: kubernetes?.kubeconfig && `${KUBECONFIG_DIR}/${KUBECONFIG_KEY}`,
    resources: matched(kubernetes?.resources ?? []),
  };
  const configured = Object.values(kubernetesService).some((value) => value !== undefined);
  const aws = nonEmpty((discovery?.aws ?? []).map(awsMatcher));
  return {
    roles: servicesOf(agent).join(","),
    kubeClusterName: kubernetes?.clusterName ?? discovery?.group,
    labels: nonEmpty({
      ...(kubernetes?.capsule && { capsule: "true" }),
      ...kubernetes?.labels,
    }),
    databases: nonEmpty(databases.map(databaseConfig)),
    databaseResources: matched(databaseResources),
    kubernetesDiscovery: discovery && foundServices(agent),
    teleportConfig: nonEmpty({
      ...(configured && { kubernetes_service: kubernetesService }),
      ...(aws && { discovery_service: { aws } }),
    }),
  };
}

/** One database in the form of `db_service.databases[]` of teleport.yaml. */
function databaseConfig(database: Database) {
  return {
    name: database.name,
    protocol: database.protocol,
    // The chart refuses a database without this key. Teleport makes an empty one of the region.
    uri: database.uri ?? "",
    description: database.description,
    static_labels: nonEmpty(database.labels),
    dynamic_labels: nonEmpty(database.commands),
    tls: {
      mode: database.tlsMode,
      server_name: database.tlsServerName,
      ca_cert_file: database.caSecret && caFile(database),
    },
    ...database.config,
  };
}

const caDirectory = ({ name }: Database) => `/etc/teleport-databases/${name}`;
const caFile = (database: Database) => `${caDirectory(database)}/ca.crt`;

/** Pod parts that mount the certificate authorities of databases. */
export function databasePod(databases: readonly Database[]): PodParts {
  const mounted = databases.flatMap((database, index) =>
    database.caSecret === undefined
      ? []
      : [{ database, volume: `database-ca-${index}`, secret: database.caSecret }],
  );
  return {
    extraVolumes: mounted.map(({ volume, secret: { name, key } }) => ({
      name: volume,
      secret: { secretName: name, items: [{ key, path: "ca.crt" }] },
    })),
    extraVolumeMounts: mounted.map(({ database, volume }) => ({
      name: volume,
      mountPath: caDirectory(database),
      readOnly: true,
    })),
  };
}
