import { z } from "zod";
import { handlerJoin } from "./agent-join";
import { chartValues } from "./chart-values";
import { dnsLabel, dnsName, goDuration, hostPort, nonEmpty, releaseTimeout, url } from "./fields";
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
      .describe("Name of Helm release, role, bot and token."),
    address: hostPort
      .optional()
      .describe(
        "HOST:PORT of the proxy, or of the auth server (port 3025) inside the plane's cluster. Default: `plane.proxyAddress`, then the auth server, past the load balancer.",
      ),
    join: handlerJoin,
    collector: z
      .strictObject({
        url: endpoint("URL for audit events."),
        sessionUrl: endpoint("URL for session recordings; .<session>.log is appended."),
      })
      .describe("Fluentd, Fluent Bit or Vector with an HTTP input and mutual TLS."),
    certificate: z
      .strictObject({
        issuer: z
          .strictObject({
            name: dnsName.describe("Name of the issuer."),
            kind: nonEmpty.default("ClusterIssuer").describe("Issuer or ClusterIssuer."),
            group: dnsName.default("cert-manager.io").describe("API group of the issuer."),
          })
          .describe(
            "Issuer of the certificate: a CA (not ACME) that also signs the collector's certificate.",
          ),
        duration: goDuration.default("2160h").describe("Requested lifetime, a Go duration."),
        renewBefore: goDuration
          .default("720h")
          .describe("Renewed this long before it expires, a Go duration."),
      })
      .describe("Client certificate for the collector, from cert-manager."),
    types: eventTypes("Audit events to send. Default: all, including kube.request."),
    skipTypes: eventTypes("Audit events to leave out. Default: none."),
    skipSessionTypes: eventTypes(
      "Events of session recordings to leave out. Default: Teleport's own, terminal output.",
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
      .describe("Volume with the handler's position in the event stream."),
    window: goDuration
      .default("24h")
      .describe("Part of the audit log that one request covers, a Go duration."),
    batch: z.number().int().min(1).max(5000).default(20).describe("Events of one request."),
    nodeSelector: pods.nodeSelector,
    tolerations: pods.tolerations,
    affinity: pods.affinity,
    resources: requested("50m", "128Mi"),
    values: chartValues("teleport-plugin-event-handler"),
    timeoutSeconds: releaseTimeout(300),
  })
  .describe("Sends audit events and session recordings to a collector.");
