import { accountAnnotations, botToken, tokenName, type Delegated } from "./agent-join";
import type { Specs } from "./resources/shape";
import {
  containerSecurityContext,
  imageOf,
  type Images,
  podSecurityContext,
  pullValues,
} from "./images";
import { type Resources, schedulingValues, nonEmpty } from "./pods";
import { withExtraValues } from "./chart-values/extra-values";

/** Input of {@link eventHandlerValues}. */
export interface EventHandlerValuesArgs {
  releaseName: string;
  clusterName: string;
  /** `HOST:PORT` of the proxy, or of the auth server inside Kubernetes. */
  address: string;
  /** Provision token of the handler's bot. */
  tokenName: string;
  join: BotJoin;
  /** URLs for events and session recordings, with mutual TLS. */
  collector: { url: string; sessionUrl: string };
  /** Secret with `tls.crt`, `tls.key` and the collector's `ca.crt`. */
  certificateSecretName: string;
  /** Types of audit events. Empty: all. */
  types: string[];
  skipTypes: string[];
  /** Types of events in session recordings to leave out. Empty: Teleport's default. */
  skipSessionTypes: string[];
  /** Volume with the handler's position in the event stream. */
  storage: { size: string; storageClass?: string };
  /** Go duration: the part of the audit log that one request covers. */
  window: string;
  /** Events of one request. */
  batch: number;
  nodeSelector: Record<string, string>;
  tolerations: object[];
  affinity?: Record<string, unknown>;
  resources: Resources;
  images: Images;
  /** Version of the chart, which is the image's tag. */
  version: string;
  /** Other values of the chart. */
  values: Record<string, unknown>;
}

/** Service account of the bot that the chart deploys with the handler. Source: subchart `tbot`. */
export function botServiceAccount(releaseName: string): string {
  return `${releaseName}-tbot`;
}

/** Values of chart `teleport-plugin-event-handler`. Source: Teleport's reference of that chart. */
export function eventHandlerValues(args: EventHandlerValuesArgs) {
  const bot = botServiceAccount(args.releaseName);
  const annotations = accountAnnotations(agentJoin(args.join));
  const { imagePullPolicy, imagePullSecrets } = pullValues(args.images);
  const digest = args.images.digests?.eventHandler;
  const { resources, ...placement } = schedulingValues(args);
  const values = {
    fullnameOverride: args.releaseName,
    teleport: {
      address: args.address,
      // The Secret that the chart's bot writes. Older charts do not set it themselves.
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
    image: {
      repository: imageOf(args.images, "eventHandler"),
      tag: digest && `${args.version}@${digest}`,
      pullPolicy: imagePullPolicy,
    },
    imagePullSecrets,
    persistentVolumeClaim: {
      enabled: true,
      size: args.storage.size,
      storageClassName: args.storage.storageClass,
    },
    // The bot keeps the chart's security context, because its image has another user.
    podSecurityContext,
    securityContext: containerSecurityContext,
    ...placement,
    resources,
  };
  return withExtraValues(values, args.values);
}

/** Whether an address is the auth server's. Its protocol differs from the proxy's. */
export function isAuthServer(address: string): boolean {
  return address.endsWith(":3025");
}

/** Spec of the handler's role, which may only read the audit log and recordings. */
export function eventHandlerRole(): Specs["TeleportRoleV8"] {
  return { allow: { rules: [{ resources: ["event", "session"], verbs: ["list", "read"] }] } };
}

/** How the handler's bot joins: in the plane's cluster, or by its AWS role. */
export type BotJoin = { method: "kubernetes" } | Extract<Delegated, { method: "iam" }>;

const agentJoin = (join: BotJoin): Delegated =>
  join.method === "iam" ? join : { ...join, type: "in_cluster" };

/** Provision token of the handler's bot. Its name differs by join method, as for agents. */
export function eventHandlerToken(namespace: string, releaseName: string, join: BotJoin) {
  const delegated = agentJoin(join);
  return {
    name: tokenName(releaseName, delegated),
    spec: botToken(delegated, releaseName, [`${namespace}:${botServiceAccount(releaseName)}`]),
  };
}
