import { PROXY_READY_SECONDS } from "./health-check";
import {
  containerSecurityContext,
  imageOf,
  type Images,
  imageValues,
  podSecurityContext,
  pullValues,
} from "./images";
import { CLUSTER_RELEASE, irsa, publicAddresses } from "./names";
import {
  annotations,
  type Monitoring,
  monitoringValues,
  type Pods,
  podValues,
  schedulingValues,
  nonEmpty,
} from "./pods";
import { caVolume, postgresStorage, type PostgresAddress } from "./postgres";
import { withExtraValues } from "./chart-values/extra-values";
import { googleVolumes } from "./google-workspace";
import { list, mapping, type Mapping } from "./values";

/** Pods of the auth service or the proxies. */
export interface PodGroup extends Pods {
  replicas: number;
  topologySpreadConstraints: object[];
}

/** Input of {@link clusterValues}. */
export interface ClusterValuesArgs extends Monitoring {
  clusterName: string;
  namespace: string;
  edition: "community" | "enterprise";
  /** Default: the apex and the Service's own name, port 443. */
  publicAddresses?: string[];
  auth: PodGroup;
  proxy: PodGroup;
  operator: Pods;
  images: Images;
  database: PostgresAddress;
  /** Secret with keys `username` and `password`. */
  databaseSecretName: string;
  /** Text that changes with the password and the licence and restarts the auth pods. Default: the operator restarts them. */
  authRevision?: string;
  /** The same for Teleport's operator and the client secrets of connectors. */
  connectorRevision?: string;
  /** Address of the bucket. Default: recordings stay on the volume of the one auth pod. */
  sessionRecordings?: string;
  /** Where sessions are recorded. Default: Teleport's own. */
  sessionRecording?: string;
  /** AWS role of the auth pods (IRSA). Default: none, or that of Pod Identity. */
  recordingsRoleArn?: string;
  /** Secrets with keys of Google service accounts, by connector. */
  googleSecrets: Record<string, string>;
  tlsSecretName: string;
  /** Secret whose key `ca.pem` is trusted in addition to the image's authorities. Default: none. */
  caSecretName?: string;
  authentication: {
    type: string;
    connectorName?: string;
    localAuth: boolean;
    secondFactors: string[];
    lockingMode: string;
    /** Go duration. Default: idle sessions do not end. */
    clientIdleTimeout?: string;
  };
  proxyProtocol: "on" | "off";
  /** Go duration. */
  operatorSyncPeriod: string;
  /** Go duration. */
  certificateReload: string;
  /** Other values of the chart. */
  values: Record<string, unknown>;
}

/** Secret with the Enterprise licence under `license.pem`. Source: chart value `licenseSecretName`. */
export const LICENSE_SECRET = "license";

function podGroup(
  group: PodGroup,
  revision?: string,
  env: object[] = [],
  account?: Record<string, string>,
) {
  return {
    ...podValues(group, revision, account),
    topologySpreadConstraints: nonEmpty(group.topologySpreadConstraints),
    extraEnv: nonEmpty([...env, ...group.extraEnv]),
    highAvailability: {
      replicaCount: group.replicas,
      podDisruptionBudget: { enabled: group.replicas > 1, minAvailable: 1 },
    },
  };
}

/** Recordings on the auth pod's volume. With a PostgreSQL backend the auth service requires an address. */
const LOCAL_RECORDINGS = "file:///var/lib/teleport/records";

/** Values of chart `teleport-cluster`. Source: Teleport's reference of that chart. */
export function clusterValues(args: ClusterValuesArgs) {
  const ca = caVolume(args.database);
  const password = {
    name: "PGPASSWORD",
    valueFrom: { secretKeyRef: { name: args.databaseSecretName, key: "password" } },
  };
  const proxies = podGroup(args.proxy);
  const values = {
    clusterName: args.clusterName,
    chartMode: "standalone",
    validateConfigOnDeploy: true,
    podSecurityPolicy: { enabled: false },
    proxyListenerMode: "multiplex",
    publicAddr: args.publicAddresses ?? publicAddresses(args.clusterName, args.namespace),
    proxyProtocol: args.proxyProtocol,
    ...imageValues(args.images, args.edition),
    ...monitoringValues(args),
    licenseSecretName: LICENSE_SECRET,
    authentication: {
      type: args.authentication.type,
      localAuth: args.authentication.localAuth,
      secondFactors: args.authentication.secondFactors,
      lockingMode: args.authentication.lockingMode,
      connectorName: args.authentication.connectorName,
    },
    sessionRecording: args.sessionRecording,
    tls: {
      existingSecretName: args.tlsSecretName,
      existingCASecretName: args.caSecretName,
    },
    // State is in PostgreSQL. Only recordings without a bucket need the volume.
    persistence: { enabled: args.sessionRecordings === undefined },
    // `Local` keeps client addresses and makes nodes without a proxy fail the health check.
    service: { type: "NodePort", spec: { externalTrafficPolicy: "Local" } },
    podSecurityContext,
    securityContext: containerSecurityContext,
    // At the root, because the chart's check before the install reads only these.
    extraVolumes: ca && [ca.volume],
    extraVolumeMounts: ca && [ca.mount],
    operator: {
      enabled: true,
      installCRDs: "always",
      extraArgs: ["-sync-period", args.operatorSyncPeriod],
      image: imageOf(args.images, "operator"),
      ...pullValues(args.images),
      ...schedulingValues(args.operator),
      labels: nonEmpty(args.operator.podLabels) && { pod: args.operator.podLabels },
      annotations: annotations(args.operator, args.connectorRevision),
      extraEnv: nonEmpty(args.operator.extraEnv),
    },
    auth: {
      ...podGroup(args.auth, args.authRevision, [password], irsa(args.recordingsRoleArn)),
      teleportConfig: {
        teleport: {
          storage: postgresStorage(args.database, args.sessionRecordings ?? LOCAL_RECORDINGS),
        },
        auth_service: args.authentication.clientIdleTimeout && {
          client_idle_timeout: args.authentication.clientIdleTimeout,
        },
      },
    },
    proxy: {
      ...proxies,
      highAvailability: { ...proxies.highAvailability, minReadySeconds: PROXY_READY_SECONDS },
      teleportConfig: {
        proxy_service: { https_keypairs_reload_interval: args.certificateReload },
      },
    },
  };
  return withAuthVolumes(withExtraValues(values, args.values), args.googleSecrets);
}

/** Adds volumes of the auth pods. The chart uses `auth.extraVolumes` instead of the root's list. */
function withAuthVolumes(values: Mapping, googleSecrets: Record<string, string>): Mapping {
  const google = googleVolumes(googleSecrets);
  const auth = mapping(values["auth"]);
  const joined = (key: string, more: object[]) => {
    const own = [...list(auth[key]), ...more];
    return own.length === 0 ? undefined : [...own, ...list(values[key])];
  };
  return {
    ...values,
    auth: {
      ...auth,
      extraVolumes: joined("extraVolumes", google.volumes),
      extraVolumeMounts: joined("extraVolumeMounts", google.mounts),
    },
  };
}

/** Deployment of the release that reads the database password at start. */
export const AUTH_DEPLOYMENT = `${CLUSTER_RELEASE}-auth`;
