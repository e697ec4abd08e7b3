import { joinValues, type Join } from "./agent-join";
import { placementValues, type Spread } from "./pod-spread";
import { KUBECONFIG_DIR, serviceValues, type Services } from "./agent-services";
import { secretKeys } from "./apps/app";
import { appMatchers } from "./apps/dynamic-app";
import { staticApp } from "./apps/static-app";
import { capsulePod } from "./capsule";
import { CONFIG_FILE, CREDENTIALS_DIR, RENDERED_DIR, RENDER_SCRIPT } from "./headers";
import { containerSecurityContext, podSecurityContext, TELEPORT_IMAGE } from "./images";
import { isInCluster } from "./names";

/** What the values of `teleport-kube-agent` are made of. */
export interface AgentValuesArgs extends Services {
  releaseName: string;
  clusterName: string;
  chartVersion: string;
  join: Join;
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
  /** Image with a POSIX shell, `od` and `awk`, for rendering. */
  renderImage: string;
  resources: { requests?: Record<string, string>; limits?: Record<string, string> };
}

/** Parts of the pod that several features add to. */
interface PodParts {
  initContainers?: object[];
  extraEnv?: object[];
  extraVolumes?: object[];
  extraVolumeMounts?: object[];
}

/** All parts of one pod; what nobody adds to stays out. */
function merged(parts: readonly PodParts[]): PodParts {
  const keys = ["initContainers", "extraEnv", "extraVolumes", "extraVolumeMounts"] as const;
  return Object.fromEntries(
    keys
      .map((key) => [key, parts.flatMap((part) => part[key] ?? [])] as const)
      .filter(([, list]) => list.length > 0),
  );
}

/**
 * The chart gives mounts, security context and resources to the last init container only, and
 * mounts `extraVolumeMounts` there as well: rendering comes first with mounts of its own, and
 * Teleport's check of the rendered file comes last with the chart's.
 */
function headerRendering(args: AgentValuesArgs): PodParts {
  const secretName = args.credentialsSecretName;
  if (!args.apps.some((app) => secretKeys(app).length > 0)) return {};
  if (secretName === undefined) {
    throw new Error("apps have secret headers, but the agent has no credentials Secret");
  }
  const rendered = `${RENDERED_DIR}/teleport.yaml`;
  return {
    initContainers: [
      {
        name: "render-config",
        image: args.renderImage,
        command: ["sh", "-c", RENDER_SCRIPT, "render", CONFIG_FILE, CREDENTIALS_DIR, rendered],
        securityContext: containerSecurityContext,
        resources: {
          requests: { cpu: "10m", memory: "16Mi" },
          limits: { memory: "64Mi" },
        },
        volumeMounts: [
          { name: "config", mountPath: "/etc/teleport", readOnly: true },
          { name: "credentials", mountPath: CREDENTIALS_DIR, readOnly: true },
          { name: "rendered", mountPath: RENDERED_DIR },
        ],
      },
      {
        name: "check-config",
        image: `${TELEPORT_IMAGE}:${args.chartVersion}`,
        command: ["teleport", "configure", `--test=${CONFIG_FILE}`],
      },
    ],
    extraVolumes: [
      { name: "credentials", secret: { secretName, defaultMode: 0o440 } },
      { name: "rendered", emptyDir: { medium: "Memory", sizeLimit: "8Mi" } },
      // Mounted by the chart into the last init container whether or not storage is on.
      ...(args.storage ? [] : [{ name: `${args.releaseName}-teleport-data`, emptyDir: {} }]),
    ],
    extraVolumeMounts: [
      { name: "rendered", mountPath: CONFIG_FILE, subPath: "teleport.yaml", readOnly: true },
    ],
  };
}

/** The kubeconfig of clusters elsewhere, as a file. */
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
  return {
    ...serviceValues(args),
    ...joinValues(args.join, args.releaseName, args.clusterName, args.joinSecretName),
    proxyAddr: args.proxyAddress,
    insecureSkipProxyTLSVerify: args.insecureSkipProxyTLSVerify,
    ...(args.proxyIp === undefined
      ? {}
      : { hostAliases: [{ ip: args.proxyIp, hostnames: [args.clusterName] }] }),
    ...(args.caSecretName === undefined
      ? {}
      : { tls: { existingCASecretName: args.caSecretName } }),
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
    ...placementValues(args.releaseName, args.replicas, args.spread),
    resources: args.resources,
    ...(args.apps.length === 0
      ? {}
      : { apps: args.apps.map((app) => staticApp(app, args.clusterName)) }),
    ...(args.dynamicApps ? { appResources: appMatchers(args.releaseName) } : {}),
    ...merged([
      tunnelPod(args),
      headerRendering(args),
      args.kubeconfigSecretName === undefined ? {} : kubeconfigPod(args.kubeconfigSecretName),
      capsule === undefined ? {} : capsulePod(capsule),
    ]),
  };
}
