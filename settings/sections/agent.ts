import { z } from "zod";
import { app } from "./app";
import { join } from "./agent-join";
import { databaseResources, databases, discovery, kubernetesService } from "./agent-services";
import { chartValues } from "./chart-values";
import {
  dnsLabel,
  dnsName,
  hostPort,
  off,
  releaseTimeout,
  roleArn,
  secretKey,
  vaultPath,
} from "./fields";
import { monitoring, pods, requested } from "./pods";

const agent = z
  .strictObject({
    namespace: dnsLabel
      .optional()
      .describe(
        "Namespace of its pods; one that you name must exist. Default: capsule-system with `kubernetes.capsule`; beside a plane one of its own, " +
          "<namespace>-<release>, and the plane's for `teleport-agent`; else the stack's.",
      ),
    join,
    awsRoleArn: roleArn
      .optional()
      .describe(
        "AWS role of its pods (IRSA), for databases and discovery in AWS. Default: that of `join`, or of the nodes.",
      ),
    replicas: z.number().int().min(1).max(100).default(2).describe("Number of pods."),
    minAvailable: z
      .number()
      .int()
      .min(1)
      .max(99)
      .default(1)
      .describe(
        "Pods that stay running during a node's maintenance (disruption budget), if there are more.",
      ),
    spread: z
      .strictObject({
        hosts: z
          .enum(["preferred", "required"])
          .default("preferred")
          .describe("Pods on different nodes; required: never two on one."),
        zones: z
          .enum(["none", "preferred", "required"])
          .default("preferred")
          .describe(
            "Pods in different zones (topology.kubernetes.io/zone); required: never two in one.",
          ),
      })
      .prefault({})
      .describe("How replicas are spread."),
    proxyAddress: hostPort
      .optional()
      .describe(
        "HOST:PORT where the agent joins. Default: <clusterName>:443, which pods in the plane's cluster resolve to its Service; with insecureSkipProxyTLSVerify the Service's own name.",
      ),
    insecureSkipProxyTLSVerify: off(
      "Do not verify the proxy. Only for in-cluster addresses. Also turns off verification of every app.",
    ),
    caSecretName: dnsName
      .optional()
      .describe(
        "Secret in the agent's namespace whose key ca.pem signs the proxy's certificate. Default: the public authorities.",
      ),
    secretHeaders: z
      .enum(["sidecar", "rendered"])
      .default("sidecar")
      .describe(
        "`sidecar`: Caddy in the pod adds secret headers, which Teleport never sees; `rendered`: an init container writes them into Teleport's configuration, where every user who may open the app can read them.",
      ),
    storage: off("A volume for each pod. The agent's identity is in a Secret and needs none."),
    credentials: z
      .strictObject({
        secretName: dnsName
          .optional()
          .describe("Kubernetes Secret the keys are delivered in. Default: <release>-credentials."),
        path: vaultPath.describe("KV v2 path (below `vault.kvMount`) with the header secrets."),
        keys: z
          .array(secretKey.max(253))
          .min(1)
          .describe("Keys of that path to deliver, one file each."),
      })
      .optional()
      .describe("Secrets for headers. Default: none."),
    ...pods,
    resources: requested("100m", "256Mi"),
    ...monitoring,
    apps: z
      .array(app)
      .prefault([])
      .describe(
        "Apps that the agent serves, in addition to those of the catalogue. Default: none.",
      ),
    dynamicApps: off(
      "Serve apps of the catalogue, or of stacks of kind apps, also when `apps` names none.",
    ),
    kubernetes: kubernetesService.optional(),
    databases,
    databaseResources,
    discovery: discovery.optional(),
    values: chartValues("teleport-kube-agent"),
    timeoutSeconds: releaseTimeout(600),
  })
  .describe("One agent.");

export const agents = z
  .record(z.string(), agent)
  .prefault({})
  .describe(
    "Agents by the name of their Helm release, which is also that of pods, service account and token; at most 53 characters. Default: none.",
  );

/** How an agent joins, after defaults. */
export type JoinSettings = z.output<typeof join>;

/** One agent of the stack, after defaults. */
export type AgentSettings = z.output<typeof agent>;
