import { z } from "zod";
import { handlerJoin } from "./agent-join";
import { chartValues } from "./chart-values";
import { dnsLabel, dnsName, goDuration, hostPort, timeoutSeconds, url } from "./fields";
import { pods, requested } from "./pods";

const endpoint = (about: string) => url("https", "an https URL, as TLS is mutual,").describe(about);

const eventTypes = (about: string) =>
  z
    .array(z.string().regex(/^[a-z0-9_.-]+$/, "must be an event type such as kube.request"))
    .prefault([])
    .describe(about);

export const eventHandler = z
  .strictObject({
    releaseName: dnsLabel
      .max(40)
      .default("teleport-event-handler")
      .describe("Helm release; also the name of role, bot and token."),
    address: hostPort
      .optional()
      .describe(
        "HOST:PORT of the proxy, or of the auth server (port 3025) inside the plane's cluster. Default: `plane.proxyAddress`, then the auth server, past the load balancer.",
      ),
    join: handlerJoin,
    collector: z
      .strictObject({
        url: endpoint("Where audit events are posted."),
        sessionUrl: endpoint("Where session recordings are posted; .<session>.log is added."),
      })
      .describe("Fluentd, Fluent Bit or Vector with an HTTP input and mutual TLS."),
    certificate: z
      .strictObject({
        issuer: z
          .strictObject({
            name: dnsName.describe("Name of the issuer."),
            kind: z.string().min(1).default("ClusterIssuer").describe("Issuer or ClusterIssuer."),
            group: dnsName.default("cert-manager.io").describe("API group of the issuer."),
          })
          .describe("Who signs: a CA (not ACME) that also signs the collector's certificate."),
        duration: goDuration.default("2160h").describe("Lifetime asked for, a Go duration."),
        renewBefore: goDuration
          .default("720h")
          .describe("Renewed this long before it ends, a Go duration."),
      })
      .describe("Client certificate that the collector asks for, from cert-manager."),
    types: eventTypes("Audit events to send, and no others. Default: all, kube.request included."),
    skipTypes: eventTypes("Audit events to leave out. Default: none."),
    skipSessionTypes: eventTypes(
      "Events inside session recordings to leave out. Default: Teleport's, what is printed.",
    ),
    storage: z
      .strictObject({
        size: z
          .string()
          .regex(/^\d+(Mi|Gi)$/, "must be a size such as 1Gi")
          .default("1Gi")
          .describe("Size of the volume claim."),
        storageClass: dnsName.optional().describe("Default: the cluster's."),
      })
      .prefault({})
      .describe("Volume that keeps how far the handler has come."),
    window: goDuration
      .default("24h")
      .describe("How much of the audit log one request asks for, a Go duration."),
    batch: z.number().int().min(1).max(5000).default(20).describe("Events of one request."),
    nodeSelector: pods.nodeSelector,
    tolerations: pods.tolerations,
    affinity: pods.affinity,
    resources: requested("50m", "128Mi"),
    values: chartValues("teleport-plugin-event-handler"),
    timeoutSeconds: timeoutSeconds
      .default(300)
      .describe("Seconds the Helm release may take, its waiting included."),
  })
  .describe("Sends audit events and session recordings to a collector.");
