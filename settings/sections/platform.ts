import { z } from "zod";
import { CHARTS, DIGEST } from "../../teleport/charts";
import { CHART_VERSION } from "../../teleport/versions";
import {
  awsRegion,
  dnsLabel,
  goDuration,
  labels,
  nonEmpty,
  on,
  url,
  vaultMount,
  vaultPath,
} from "./fields";

/** Targets of a deployment: cluster, Vault, AWS account, chart source, namespace. */

export const chart = z
  .strictObject({
    repository: url(
      "https",
      "an https URL, as whoever changes a chart on the way takes over the cluster,",
    )
      .optional()
      .describe("Helm repository URL. Default: Teleport's own. Exclusive with `oci` and `path`."),
    oci: url("oci", "an oci:// reference")
      .optional()
      .describe("OCI reference of the charts' folder. Exclusive with `repository` and `path`."),
    path: nonEmpty
      .optional()
      .describe(
        "Directory with both charts, relative to the program. Exclusive with `repository` and `oci`.",
      ),
    version: z
      .string()
      .regex(/^\d+\.\d+\.\d+(-[\w.]+)?$/, `must be an exact version such as ${CHART_VERSION}`)
      .default(CHART_VERSION)
      .describe("Chart (and Teleport) version of cluster and agent, pinned."),
    digests: z
      .partialRecord(
        z.enum(CHARTS),
        z.string().regex(DIGEST, "must be a digest: sha256: and 64 hexadecimal digits"),
      )
      .optional()
      .describe(
        "Digest of each chart, by its name: of its manifest with `oci`, of its files with `path`, of its " +
          "archive in a repository. Another chart is refused. Default: the version alone says which chart.",
      ),
    reapply: z
      .string()
      .min(1)
      .max(63)
      .optional()
      .describe(
        "Any text. Another one makes Helm apply every release again in the next update, which makes what " +
          "somebody deleted and corrects what somebody changed. Default: only changes are applied.",
      ),
  })
  .prefault({})
  .describe("Source and version of Teleport's charts.");

export const kubernetes = z
  .strictObject({
    kubeconfig: nonEmpty
      .optional()
      .describe("Path of a kubeconfig. Default: KUBECONFIG, then ~/.kube/config."),
    context: nonEmpty.optional().describe("Context in the kubeconfig. Default: the current one."),
  })
  .prefault({})
  .describe("The Kubernetes cluster that everything is deployed to.");

export const vault = z
  .strictObject({
    address: url("https?", "an http(s) URL")
      .optional()
      .describe("Address of Vault for Pulumi. Default: VAULT_ADDR."),
    namespace: vaultPath
      .optional()
      .describe("Vault Enterprise namespace. Default: the root namespace."),
    kvMount: vaultMount
      .default("secret")
      .describe("Mount of the KV v2 engine with the plane's secrets."),
    kubernetesAuthMount: vaultMount
      .default("kubernetes")
      .describe("Kubernetes auth mount where Vault Secrets Operator logs in."),
    audience: nonEmpty
      .default("vault")
      .describe("Audience of the service-account token for Vault."),
    connectionRef: z
      .string()
      .regex(/^([a-z0-9][-a-z0-9.]*\/)?[a-z0-9][-a-z0-9.]*$/, "must be NAMESPACE/NAME or NAME")
      .optional()
      .describe("VaultConnection, as NAMESPACE/NAME. Default: the operator's default one."),
    delivery: z
      .enum(["operator", "pulumi"])
      .default("operator")
      .describe(
        "Who writes the Kubernetes Secrets: Vault Secrets Operator, or Pulumi (values in state, encrypted).",
      ),
    refreshAfter: goDuration
      .default("60s")
      .describe(
        "How often the operator reads KV secrets, a Go duration. It reads the database's password every 10s.",
      ),
  })
  .prefault({})
  .describe("Vault, which has the plane's secrets.");

export const aws = z
  .strictObject({
    region: awsRegion.describe("AWS region of load balancer and recordings."),
    profile: nonEmpty.optional().describe("Shared-config profile. Default: ambient credentials."),
    assumeRoleArn: z
      .string()
      .regex(
        /^arn:[\w-]+:iam::\d{12}:role\/\S+$/,
        "must be a role's ARN, such as arn:aws:iam::123456789012:role/deployer",
      )
      .optional()
      .describe("Role assumed for all calls. Default: none."),
    endpoint: url("https?", "an http(s) URL")
      .optional()
      .describe("Endpoint of every AWS API. Default: AWS's own, or AWS_ENDPOINT_URL."),
    tags: labels.prefault({}).describe("Tags on every AWS resource. Default: none."),
  })
  .describe(
    "AWS account and region. Needed by `loadBalancer`, and to make or check the bucket of recordings.",
  );

export const namespace = z
  .strictObject({
    name: dnsLabel.default("teleport").describe("Namespace of the whole plane."),
    protect: on(
      "Pulumi refuses to delete the namespace, the cluster's release, the certificate, what holds the " +
        "database's password, join tokens and the load balancer; turn off before `pulumi destroy`.",
    ),
    podSecurity: z
      .enum(["privileged", "baseline", "restricted"])
      .default("restricted")
      .describe(
        "Pod Security Standard enforced on namespaces that the stack makes; `restricted` is warned about and audited.",
      ),
    networkPolicies: on(
      "NetworkPolicies for the pods of cluster and agents, which take connections on needed ports only.",
    ),
  })
  .prefault({})
  .describe("The Kubernetes namespace of the plane.");
