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

/** What the values of `teleport-kube-agent` are made of. */
export interface AgentValuesArgs extends Services, Pods, Monitoring {
  releaseName: string;
  clusterName: string;
  chartVersion: string;
  join: Join;
  /** AWS role of the pods (IRSA). Default: that of `join`, or of the nodes. */
  awsRoleArn?: string;
  /** Secret with the key `auth-token`, where the join method is `token`. */
  joinSecretName?: string;
  replicas: number;
  /** Pods that a voluntary disruption leaves, where there are more. */
  minAvailable: number;
  spread: Spread;
  /** `HOST:PORT` at which it joins. */
  proxyAddress: string;
  /** Address that the pods take the cluster's name for. Default: what DNS says. */
  proxyIp?: string;
  insecureSkipProxyTLSVerify: boolean;
  /** Secret whose key `ca.pem` signs the proxy's certificate. */
  caSecretName?: string;
  /** A volume claim for each pod; the agent's identity lives in a Secret and needs none. */
  storage: boolean;
  /** Secret with one key per secret header; needed when any app has one. */
  credentialsSecretName?: string;
  /** Secret with the key `kubeconfig`; needed when one is served. */
  kubeconfigSecretName?: string;
  /** How secret headers get their values: added by a sidecar, or rendered into the configuration. */
  secretHeaders: "sidecar" | "rendered";
  /** Dynamic apps of this agent with secret headers, which the sidecar serves as well. */
  injectedApps: App[];
  images: Images;
  edition: string;
  /** Changes with these Secrets, so that the pods restart. Default: the operator restarts them. */
  secretRevision?: string;
  /** Any other values of the chart, on top. */
  values: Record<string, unknown>;
}

/** Pod parts for the secret headers of this agent's apps, where there are any. */
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
  };
  const parts =
    args.secretHeaders === "rendered"
      ? renderedHeaders({ credentialsSecretName, ...images })
      : injectedHeaders({ ...args, credentialsSecretName, ...images });
  // Mounted by the chart into the last init container whether or not storage is on.
  const data = { name: `${args.releaseName}-teleport-data`, emptyDir: {} };
  return {
    ...parts,
    extraVolumes: [...(parts.extraVolumes ?? []), ...(args.storage ? [] : [data])],
  };
}

/** The kubeconfig of other clusters, as a file. */
function kubeconfigPod(secretName: string): PodParts {
  return {
    extraVolumes: [{ name: "kubeconfig", secret: { secretName, defaultMode: 0o440 } }],
    extraVolumeMounts: [{ name: "kubeconfig", mountPath: KUBECONFIG_DIR, readOnly: true }],
  };
}

/**
 * In multiplex mode an agent dials the proxy's first public address after it has asked `proxyAddr`,
 * and would hairpin through the load balancer. Either the cluster's name means the Service for these
 * pods, which keeps the certificate valid, or the tunnel is told the Service's name.
 */
function tunnelPod({ proxyAddress }: AgentValuesArgs): PodParts {
  return isInCluster(proxyAddress)
    ? { extraEnv: [{ name: "TELEPORT_TUNNEL_PUBLIC_ADDR", value: proxyAddress }] }
    : {};
}

/** Values of chart `teleport-kube-agent`: names and meaning as in that chart's reference. */
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
