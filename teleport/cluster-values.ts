import { containerSecurityContext, podSecurityContext } from "./images";
import { CLUSTER_RELEASE, publicAddresses, REVISION } from "./names";
import { caVolume, postgresStorage, type PostgresAddress } from "./postgres";

/** Pods of one kind: how many, and what they ask for. */
export interface PodGroup {
  replicas: number;
  resources: {
    requests?: Record<string, string>;
    limits?: Record<string, string>;
  };
}

/** What the values of `teleport-cluster` are made of. */
export interface ClusterValuesArgs {
  clusterName: string;
  namespace: string;
  edition: "community" | "enterprise";
  /** Default: the apex and the Service's own name, port 443. */
  publicAddresses?: string[];
  auth: PodGroup;
  proxy: PodGroup;
  database: PostgresAddress;
  /** Secret with keys `username` and `password`. */
  databaseSecretName: string;
  /**
   * Changes with the password, so that the auth pods start anew. Default: somebody else restarts
   * them.
   */
  databaseRevision?: string;
  /** The same for the operator and the client secrets of connectors. */
  connectorRevision?: string;
  /** Address of the bucket; undefined keeps recordings on the one auth pod's volume. */
  sessionRecordings?: string;
  tlsSecretName: string;
  authentication: {
    type: string;
    connectorName?: string;
    localAuth: boolean;
    secondFactors: string[];
  };
  proxyProtocol: "on" | "off";
  /** Go duration. */
  operatorSyncPeriod: string;
  /** Go duration. */
  certificateReload: string;
}

/** Name of the Secret that holds the Enterprise licence under `license.pem` (chart default). */
export const LICENSE_SECRET = "license";

function highAvailability(group: PodGroup) {
  return {
    replicaCount: group.replicas,
    podDisruptionBudget: { enabled: group.replicas > 1, minAvailable: 1 },
  };
}

/** Values of chart `teleport-cluster`: names and meaning as in that chart's reference. */
export function clusterValues(args: ClusterValuesArgs) {
  const ca = caVolume(args.database);
  return {
    clusterName: args.clusterName,
    chartMode: "standalone",
    validateConfigOnDeploy: true,
    podSecurityPolicy: { enabled: false },
    proxyListenerMode: "multiplex",
    publicAddr: args.publicAddresses ?? publicAddresses(args.clusterName, args.namespace),
    proxyProtocol: args.proxyProtocol,
    enterprise: args.edition === "enterprise",
    licenseSecretName: LICENSE_SECRET,
    authentication: {
      type: args.authentication.type,
      localAuth: args.authentication.localAuth,
      secondFactors: args.authentication.secondFactors,
      ...(args.authentication.connectorName === undefined
        ? {}
        : { connectorName: args.authentication.connectorName }),
    },
    tls: { existingSecretName: args.tlsSecretName },
    // State is in PostgreSQL; only recordings without a bucket need the volume.
    persistence: { enabled: args.sessionRecordings === undefined },
    // `Local` keeps client addresses and lets a node without a proxy fail its health check.
    service: { type: "NodePort", spec: { externalTrafficPolicy: "Local" } },
    podSecurityContext,
    securityContext: containerSecurityContext,
    // At the root, as only that reaches the chart's check before the install.
    ...(ca === undefined ? {} : { extraVolumes: [ca.volume], extraVolumeMounts: [ca.mount] }),
    operator: {
      enabled: true,
      installCRDs: "always",
      extraArgs: ["-sync-period", args.operatorSyncPeriod],
      ...(args.connectorRevision !== undefined && {
        annotations: { pod: { [REVISION]: args.connectorRevision } },
      }),
    },
    auth: {
      highAvailability: highAvailability(args.auth),
      resources: args.auth.resources,
      ...(args.databaseRevision !== undefined && {
        annotations: { pod: { [REVISION]: args.databaseRevision } },
      }),
      extraEnv: [
        {
          name: "PGPASSWORD",
          valueFrom: { secretKeyRef: { name: args.databaseSecretName, key: "password" } },
        },
      ],
      teleportConfig: {
        teleport: { storage: postgresStorage(args.database, args.sessionRecordings) },
      },
    },
    proxy: {
      highAvailability: highAvailability(args.proxy),
      resources: args.proxy.resources,
      teleportConfig: {
        proxy_service: { https_keypairs_reload_interval: args.certificateReload },
      },
    },
  };
}

/** Deployments of the release that read the database password at start. */
export const AUTH_DEPLOYMENT = `${CLUSTER_RELEASE}-auth`;
