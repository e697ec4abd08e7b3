import { z } from "zod";
import { DATABASE_PROTOCOLS } from "../../teleport/checks/allowed-values";
import { type DatabaseConfig, databaseShape } from "../../teleport/database-config";
import { schemaOf } from "./custom-resource";
import { awsDiscovery } from "./aws-discovery";
import {
  commands,
  dnsLabel,
  dnsName,
  labels,
  matcher,
  nonEmpty,
  port,
  secretKey,
  vaultPath,
} from "./fields";

/** What an agent serves in addition to apps. */

const matchers = z.array(matcher);

const capsule = z
  .strictObject({
    service: dnsName.default("capsule-proxy.capsule-system.svc").describe("Host of Capsule Proxy."),
    port: port.default(9001).describe("Port of Capsule Proxy."),
    secretName: dnsName
      .default("capsule-proxy")
      .describe(
        "Secret of Capsule Proxy itself, in the agent's namespace, with its CA under `ca`.",
      ),
  })
  .describe(
    "Use Capsule Proxy instead of the API server, so people see only their tenants. Also puts the agent into namespace capsule-system and labels the cluster capsule: true.",
  );

export const kubernetesService = z
  .strictObject({
    clusterName: z
      .string()
      .regex(/^[A-Za-z0-9._-]+$/, "must be letters, digits, '.', '_' and '-'")
      .describe("Name of the Kubernetes cluster in Teleport."),
    labels: labels.prefault({}).describe("Teleport labels that roles match. Default: none."),
    kubeconfig: z
      .strictObject({
        path: vaultPath.describe("KV v2 path (below `vault.kvMount`) of the kubeconfig."),
        key: secretKey.default("kubeconfig").describe("Key of the kubeconfig there."),
      })
      .optional()
      .describe(
        "Serve the clusters of a kubeconfig, named after its contexts. Default: the cluster that the agent runs in.",
      ),
    resources: matchers
      .prefault([])
      .describe("Also serve clusters registered as kube_cluster resources with these labels."),
    capsule: capsule.optional(),
  })
  .describe("Serve a Kubernetes cluster. Default: none.");

export const databases = z
  .array(
    z.strictObject({
      name: dnsLabel.describe("Name in Teleport, unique."),
      protocol: z.enum(DATABASE_PROTOCOLS).describe("Protocol of the database."),
      uri: nonEmpty
        .optional()
        .describe(
          "Address, reachable from the agent's pods. Default: for DynamoDB and Keyspaces that of `config.aws.region`.",
        ),
      description: z.string().max(256).optional().describe("Shown to people. Default: none."),
      labels: labels.prefault({}).describe("Teleport labels that roles match. Default: none."),
      tlsMode: z
        .enum(["verify-full", "verify-ca", "insecure"])
        .default("verify-full")
        .describe("How the database's certificate is verified."),
      tlsServerName: dnsName
        .optional()
        .describe("Name that the certificate must have. Default: the host of `uri`."),
      caSecret: z
        .strictObject({
          name: dnsName.describe("Secret in the agent's namespace."),
          key: secretKey.default("ca.crt").describe("Key with the certificates in PEM."),
        })
        .optional()
        .describe(
          "Authority of the database's certificate. Default: the image's public authorities.",
        ),
      commands: commands("Labels"),
      config: z
        .lazy(() => schemaOf(databaseShape()) as z.ZodType<DatabaseConfig>)
        .meta({ id: "database config" })
        .prefault({})
        .describe(
          "Fields `ad`, `admin_user`, `aws`, `azure`, `gcp`, `mongo_atlas`, `mysql` and `oracle` of Teleport's configuration reference. Default: none.",
        ),
    }),
  )
  .prefault([])
  .describe("Databases that the agent serves. Default: none.");

export const databaseResources = matchers
  .prefault([])
  .describe("Also serve databases registered as resources with these labels. Default: none.");

export const discovery = z
  .strictObject({
    group: dnsLabel
      .optional()
      .describe("Discovery group, and name of the cluster. Default: `kubernetes.clusterName`."),
    matchers: z
      .array(
        z.strictObject({
          types: z
            .array(z.enum(["app"]))
            .min(1)
            .default(["app"])
            .describe("What to look for."),
          namespaces: z.array(nonEmpty).min(1).default(["*"]).describe("Where to look."),
          labels: matcher.prefault({ "*": "*" }).describe("Labels of the Services."),
        }),
      )
      .min(1)
      .optional()
      .describe("Which Services of the cluster become apps. Default: all, or with `aws` none."),
    aws: awsDiscovery,
  })
  .describe("Discover apps among the cluster's Services, or resources in AWS. Default: off.");
