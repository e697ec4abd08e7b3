import { accountAnnotations, botToken, tokenName, type Delegated } from "./agent-join";
import type { RoleV8Spec } from "./generated/role";
import {
  containerSecurityContext,
  imageOf,
  type Images,
  podSecurityContext,
  pullValues,
} from "./images";
import { type Resources, schedulingValues, nonEmpty } from "./pods";
import { withExtraValues } from "./chart-values/extra-values";

/** What the values of `teleport-plugin-event-handler` are made of. */
export interface EventHandlerValuesArgs {
  releaseName: string;
  clusterName: string;
  /** `HOST:PORT` of the proxy, or of the auth server inside Kubernetes. */
  address: string;
  /** Provision token of the handler's bot. */
  tokenName: string;
  join: BotJoin;
  /** Where events and session recordings are posted, mutual TLS. */
  collector: { url: string; sessionUrl: string };
  /** Secret with `tls.crt`, `tls.key` and the collector's `ca.crt`. */
  certificateSecretName: string;
  /** Types of audit events; none means all of them. */
  types: string[];
  skipTypes: string[];
  /** Types of events inside session recordings that are left out; none means Teleport's default. */
  skipSessionTypes: string[];
  /** Volume that keeps how far the handler has come. */
  storage: { size: string; storageClass?: string };
  /** Go duration: how much of the audit log one request asks for. */
  window: string;
  /** Events of one request. */
  batch: number;
  nodeSelector: Record<string, string>;
  tolerations: object[];
  affinity?: Record<string, unknown>;
  resources: Resources;
  images: Images;
  /** Any other values of the chart, on top. */
  values: Record<string, unknown>;
}

/** Service account of the bot that the chart deploys beside the handler. */
export function botServiceAccount(releaseName: string): string {
  return `${releaseName}-tbot`;
}

/** Values of chart `teleport-plugin-event-handler`: names and meaning as in that chart's reference. */
export function eventHandlerValues(args: EventHandlerValuesArgs) {
  const bot = botServiceAccount(args.releaseName);
  const annotations = accountAnnotations(agentJoin(args.join));
  const { imagePullPolicy, imagePullSecrets } = pullValues(args.images);
  const { resources, ...placement } = schedulingValues(args);
  const values = {
    fullnameOverride: args.releaseName,
    teleport: {
      address: args.address,
      // What the chart's bot writes: older charts do not work it out themselves.
      identitySecretName: `${bot}-out`,
      identitySecretPath: "identity",
    },
    eventHandler: {
      storagePath: "/var/lib/teleport/plugins/event-handler/storage",
      timeout: "10s",
      batch: args.batch,
      windowSize: args.window,
      types: nonEmpty(args.types),
      skipEventTypes: nonEmpty(args.skipTypes),
      skipSessionTypes: nonEmpty(args.skipSessionTypes),
    },
    fluentd: {
      url: args.collector.url,
      sessionUrl: args.collector.sessionUrl,
      certificate: {
        secretName: args.certificateSecretName,
        caPath: "ca.crt",
        certPath: "tls.crt",
        keyPath: "tls.key",
      },
    },
    tbot: {
      enabled: true,
      clusterName: args.clusterName,
      [isAuthServer(args.address) ? "teleportAuthAddress" : "teleportProxyAddress"]: args.address,
      joinMethod: args.join.method,
      token: args.tokenName,
      annotations: nonEmpty(annotations) && { serviceAccount: annotations },
      image: imageOf(args.images, "tbot"),
      imagePullPolicy,
      imagePullSecrets,
      ...placement,
      resources: { requests: { cpu: "20m", memory: "64Mi" } },
    },
    image: { repository: imageOf(args.images, "eventHandler"), pullPolicy: imagePullPolicy },
    imagePullSecrets,
    persistentVolumeClaim: {
      enabled: true,
      size: args.storage.size,
      storageClassName: args.storage.storageClass,
    },
    // The bot keeps the chart's own, as its image has another user.
    podSecurityContext,
    securityContext: containerSecurityContext,
    ...placement,
    resources,
  };
  return withExtraValues(values, args.values);
}

/** True for the auth server's own port, which speaks another protocol than the proxy. */
export function isAuthServer(address: string): boolean {
  return address.endsWith(":3025");
}

/** Spec of the role by which the handler reads the audit log and recordings, and nothing else. */
export function eventHandlerRole(): RoleV8Spec {
  return { allow: { rules: [{ resources: ["event", "session"], verbs: ["list", "read"] }] } };
}

/** How the handler's bot joins: in the plane's cluster, or by its AWS role. */
export type BotJoin = { method: "kubernetes" } | Extract<Delegated, { method: "iam" }>;

const agentJoin = (join: BotJoin): Delegated =>
  join.method === "iam" ? join : { ...join, type: "in_cluster" };

/** Provision token of the handler's bot; each method has a name of its own, as agents have it. */
export function eventHandlerToken(namespace: string, releaseName: string, join: BotJoin) {
  const delegated = agentJoin(join);
  return {
    name: tokenName(releaseName, delegated),
    spec: botToken(delegated, releaseName, [`${namespace}:${botServiceAccount(releaseName)}`]),
  };
}
