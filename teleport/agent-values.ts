import {
  CONFIG_FILE,
  CREDENTIALS_DIR,
  headerLine,
  RENDERED_DIR,
  RENDER_SCRIPT,
  type Header,
} from "./headers";
import { containerSecurityContext, podSecurityContext, TELEPORT_IMAGE } from "./images";
import { appHost, isInCluster, joinSecret } from "./names";

/** A browser or TCP app behind the proxy. */
export interface App {
  name: string;
  uri: string;
  /** Default: `<name>.<clusterName>`. */
  publicAddress?: string;
  description?: string;
  labels: Record<string, string>;
  insecureSkipVerify: boolean;
  rewrite: { headers: Header[]; redirect: string[]; jwtClaims?: string };
}

/** What the values of `teleport-kube-agent` are made of. */
export interface AgentValuesArgs {
  releaseName: string;
  namespace: string;
  clusterName: string;
  chartVersion: string;
  /** Name of the provision token, join method `kubernetes`. */
  tokenName: string;
  replicas: number;
  /** `HOST:PORT` at which it joins. */
  proxyAddress: string;
  insecureSkipProxyTLSVerify: boolean;
  /** A volume claim for each pod; the agent's identity lives in a Secret and needs none. */
  storage: boolean;
  /** Secret with one key per secret header; needed when any app has one. */
  credentialsSecretName?: string;
  /** Image with a POSIX shell, `od` and `awk`, for rendering. */
  renderImage: string;
  resources: { requests?: Record<string, string>; limits?: Record<string, string> };
  apps: App[];
}

/** One app as `app_service.apps[]` of teleport.yaml has it (Teleport application reference). */
export function appConfig(app: App, clusterName: string) {
  const { headers, redirect, jwtClaims } = app.rewrite;
  const rewrite = {
    ...(headers.length === 0 ? {} : { headers: headers.map((h) => headerLine(app.name, h)) }),
    ...(redirect.length === 0 ? {} : { redirect }),
    ...(jwtClaims === undefined ? {} : { jwt_claims: jwtClaims }),
  };
  return {
    name: app.name,
    uri: app.uri,
    public_addr: appHost(app, clusterName),
    ...(app.description === undefined ? {} : { description: app.description }),
    ...(Object.keys(app.labels).length === 0 ? {} : { labels: app.labels }),
    ...(app.insecureSkipVerify ? { insecure_skip_verify: true } : {}),
    ...(Object.keys(rewrite).length === 0 ? {} : { rewrite }),
  };
}

/**
 * The chart gives mounts, security context and resources to the last init container only, and
 * mounts `extraVolumeMounts` there as well: rendering comes first with mounts of its own, and
 * Teleport's check of the rendered file comes last with the chart's.
 */
function headerRendering(args: AgentValuesArgs) {
  const secretName = args.credentialsSecretName;
  if (!args.apps.some((app) => app.rewrite.headers.some((header) => "secret" in header))) return {};
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

/** Values of chart `teleport-kube-agent`: names and meaning as in that chart's reference. */
export function agentValues(args: AgentValuesArgs) {
  const proxyAddr = args.proxyAddress;
  return {
    roles: "app",
    proxyAddr,
    teleportClusterName: args.clusterName,
    joinParams: { method: "kubernetes", tokenName: args.tokenName },
    joinTokenSecret: { name: joinSecret(args.releaseName) },
    insecureSkipProxyTLSVerify: args.insecureSkipProxyTLSVerify,
    updater: { enabled: false },
    podSecurityPolicy: { enabled: false },
    podSecurityContext,
    securityContext: containerSecurityContext,
    initSecurityContext: containerSecurityContext,
    storage: { enabled: args.storage },
    highAvailability: {
      replicaCount: args.replicas,
      podDisruptionBudget: { enabled: args.replicas > 1, minAvailable: 1 },
    },
    resources: args.resources,
    apps: args.apps.map((app) => appConfig(app, args.clusterName)),
    // In multiplex mode an agent would dial the first public address and hairpin through the
    // load balancer; this keeps its tunnel inside the cluster.
    ...(isInCluster(proxyAddr)
      ? { extraEnv: [{ name: "TELEPORT_TUNNEL_PUBLIC_ADDR", value: proxyAddr }] }
      : {}),
    ...headerRendering(args),
  };
}
