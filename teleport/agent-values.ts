import { accountAnnotations, joinValues, type Join } from "./agent-join";
import { databasePod, KUBECONFIG_DIR, serviceValues, type Services } from "./agent-services";
import type { App } from "./apps/app";
import { appMatchers } from "./apps/dynamic-app";
import { staticApp } from "./apps/static-app";
import { capsulePod } from "./capsule";
import { behindSidecar, hasSecret, injectedHeaders } from "./headers/inject";
import { renderedHeaders } from "./headers/render";
import {
  containerSecurityContext,
  imageOf,
  type Images,
  imageValues,
  podSecurityContext,
} from "./images";
import { irsa, isInCluster } from "./names";
import { mergedParts, type PodParts } from "./pod-parts";
import { spreadAffinity, type Spread } from "./pod-spread";
import { type Monitoring, monitoringValues, type Pods, podValues, nonEmpty } from "./pods";
import { withExtraValues } from "./chart-values/extra-values";

/** Input of {@link agentValues}. */
export interface AgentValuesArgs extends Services, Pods, Monitoring {
  releaseName: string;
  clusterName: string;
  chartVersion: string;
  join: Join;
  /** AWS role of the pods (IRSA). Default: that of `join`, or of the nodes. */
  awsRoleArn?: string;
  /** Secret with the key `auth-token`, for the join method `token`. */
  joinSecretName?: string;
  replicas: number;
  /** `minAvailable` of the disruption budget, if there are several replicas. */
  minAvailable: number;
  spread: Spread;
  /** `HOST:PORT` where the agent joins. */
  proxyAddress: string;
  /** IP address that the pods use for the cluster's name. Default: from DNS. */
  proxyIp?: string;
  insecureSkipProxyTLSVerify: boolean;
  /** Secret whose key `ca.pem` signs the proxy's certificate. */
  caSecretName?: string;
  /** A volume claim for each pod. The agent's identity is in a Secret and needs none. */
  storage: boolean;
  /** Secret with one key per secret header. Required if an app has one. */
  credentialsSecretName?: string;
  /** Secret with the key `kubeconfig`. Required if a kubeconfig is served. */
  kubeconfigSecretName?: string;
  /** What adds secret headers: a sidecar, or an init container that renders the configuration. */
  secretHeaders: "sidecar" | "rendered";
  /** Dynamic apps of this agent with secret headers. The sidecar serves them, too. */
  injectedApps: App[];
  images: Images;
  edition: string;
  /** Text that changes with these Secrets and restarts the pods. Default: the operator restarts them. */
  secretRevision?: string;
  /** Other values of the chart. */
  values: Record<string, unknown>;
}

/** Pod parts for the secret headers of this agent's apps. */
function secretHeaders(args: AgentValuesArgs): PodParts {
  const apps = [...args.apps, ...args.injectedApps];
  if (!apps.some(hasSecret)) return {};
  const { credentialsSecretName } = args;
  if (credentialsSecretName === undefined) {
    throw new Error("apps have secret headers, but the agent has no credentials Secret");
  }
  const images = {
    teleportImage: `${imageOf(args.images, "teleport", args.edition)}:${args.chartVersion}`,
    renderImage: imageOf(args.images, "render"),
    headerProxyImage: imageOf(args.images, "headerProxy"),
    pullPolicy: args.images.pullPolicy,
  };
  const parts =
    args.secretHeaders === "rendered"
      ? renderedHeaders({ credentialsSecretName, ...images })
      : injectedHeaders({ ...args, credentialsSecretName, ...images });
  // The chart mounts this volume into the last init container even without storage.
  const data = { name: `${args.releaseName}-teleport-data`, emptyDir: {} };
  return {
    ...parts,
    extraVolumes: [...(parts.extraVolumes ?? []), ...(args.storage ? [] : [data])],
  };
}

/** Pod parts that mount the kubeconfig of other clusters. */
function kubeconfigPod(secretName: string): PodParts {
  return {
    extraVolumes: [{ name: "kubeconfig", secret: { secretName, defaultMode: 0o440 } }],
    extraVolumeMounts: [{ name: "kubeconfig", mountPath: KUBECONFIG_DIR, readOnly: true }],
  };
}

/**
 * Keeps the tunnel inside the cluster. In multiplex mode an agent asks `proxyAddr` and then connects
 * to the proxy's first public address, which would go through the load balancer. `proxyIp` avoids
 * that with a valid certificate. An in-cluster `proxyAddress` needs this variable.
 */
function tunnelPod({ proxyAddress }: AgentValuesArgs): PodParts {
  return isInCluster(proxyAddress)
    ? { extraEnv: [{ name: "TELEPORT_TUNNEL_PUBLIC_ADDR", value: proxyAddress }] }
    : {};
}

/** Values of chart `teleport-kube-agent`. Source: Teleport's reference of that chart. */
export function agentValues(args: AgentValuesArgs) {
  const capsule = args.kubernetes?.capsule;
  const apps = args.secretHeaders === "rendered" ? args.apps : args.apps.map(behindSidecar);
  const values = {
    ...serviceValues(args),
    ...joinValues(args.join, args.releaseName, args.clusterName, args.joinSecretName),
    ...imageValues(args.images, args.edition),
    proxyAddr: args.proxyAddress,
    insecureSkipProxyTLSVerify: args.insecureSkipProxyTLSVerify,
    hostAliases: args.proxyIp && [{ ip: args.proxyIp, hostnames: [args.clusterName] }],
    tls: args.caSecretName && { existingCASecretName: args.caSecretName },
    updater: { enabled: false },
    podSecurityPolicy: { enabled: false },
    podSecurityContext,
    securityContext: containerSecurityContext,
    initSecurityContext: containerSecurityContext,
    storage: { enabled: args.storage },
    highAvailability: {
      replicaCount: args.replicas,
      podDisruptionBudget: { enabled: args.replicas > 1, minAvailable: args.minAvailable },
    },
    ...podValues(args, args.secretRevision, {
      ...accountAnnotations(args.join),
      ...irsa(args.awsRoleArn),
    }),
    ...monitoringValues(args),
    affinity: nonEmpty({
      ...spreadAffinity(args.releaseName, args.replicas, args.spread),
      ...args.affinity,
    }),
    apps: nonEmpty(apps.map((app) => staticApp(app, args.clusterName))),
    appResources: args.dynamicApps ? appMatchers(args.releaseName) : undefined,
    ...mergedParts([
      { extraEnv: args.extraEnv },
      tunnelPod(args),
      databasePod(args.databases),
      secretHeaders(args),
      args.kubeconfigSecretName === undefined ? {} : kubeconfigPod(args.kubeconfigSecretName),
      capsule === undefined ? {} : capsulePod(capsule),
    ]),
  };
  return withExtraValues(values, args.values);
}
