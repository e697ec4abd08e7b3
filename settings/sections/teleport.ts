import { z } from "zod";
import { chartValues } from "./chart-values";
import { goDuration, hostPort, nonEmpty, on, releaseTimeout, vaultPath } from "./fields";
import { monitoring, pods, requested, topologySpreadConstraints } from "./pods";
import { recordings, sessionRecording, sessionRecordings } from "./recordings";

const podGroup = (cpu: string, memory: string) => ({
  replicas: z.number().int().min(1).max(100).default(2).describe("Number of pods."),
  ...pods,
  topologySpreadConstraints,
  resources: requested(cpu, memory),
});

export const teleport = z
  .strictObject({
    edition: z
      .enum(["community", "enterprise"])
      .default("community")
      .describe("Edition of Teleport; `enterprise` needs `licensePath`."),
    licensePath: vaultPath
      .optional()
      .describe(
        "KV v2 path (below `vault.kvMount`) whose key `license.pem` holds the licence. Enterprise only.",
      ),
    publicAddresses: z
      .array(hostPort)
      .min(1)
      .optional()
      .describe(
        "Addresses of the proxy, HOST:PORT, people's first. Default: <clusterName>:443 and the Service's own name, port 443.",
      ),
    auth: z.strictObject(podGroup("200m", "512Mi")).prefault({}).describe("The auth pods."),
    proxy: z.strictObject(podGroup("200m", "256Mi")).prefault({}).describe("The proxy pods."),
    operator: z
      .strictObject({ ...pods, resources: requested("50m", "64Mi") })
      .prefault({})
      .describe("The pod of the Teleport operator."),
    ...monitoring,
    sessionRecordings,
    sessionRecording,
    recordings,
    authentication: z
      .strictObject({
        type: z
          .enum(["local", "github", "oidc", "saml"])
          .default("local")
          .describe("Default way to log in; oidc and saml need the enterprise edition."),
        connectorName: nonEmpty
          .optional()
          .describe("Connector that logins use by default. Needed unless `type` is local."),
        localAuth: on("Allow users kept in Teleport itself."),
        secondFactors: z
          .array(z.enum(["otp", "webauthn", "sso"]))
          .min(1)
          .default(["webauthn", "otp"])
          .describe("Second factors accepted, preferred first."),
        lockingMode: z
          .enum(["strict", "best_effort"])
          .default("strict")
          .describe(
            "`strict`: a session ends when Teleport cannot find out whether its user is locked.",
          ),
        clientIdleTimeout: goDuration
          .optional()
          .default("30m")
          .describe("Idle sessions end after this Go duration; roles may ask for less. 0s: never."),
      })
      .prefault({})
      .describe("How people log in."),
    proxyProtocol: z
      .enum(["on", "off"])
      .default("off")
      .describe(
        'Expect PROXY protocol headers (quoted: "on", "off"); must match the load balancer.',
      ),
    operatorSyncPeriod: goDuration
      .default("10h")
      .describe("How often the operator puts drift inside Teleport right, a Go duration."),
    certificateReload: goDuration
      .default("1h")
      .describe("How often proxies reload the key pair, a Go duration."),
    values: chartValues("teleport-cluster"),
    timeoutSeconds: releaseTimeout(900),
  })
  .prefault({})
  .describe("The Teleport cluster: auth service, proxy, operator.");
