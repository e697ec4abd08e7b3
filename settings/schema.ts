import { z } from "zod";

/** The contract of a stack's settings: one section per config key `access-plane:<section>`. */

const dnsLabel = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "must be a DNS label (a-z, 0-9, '-', at most 63)");
const dnsName = z
  .string()
  .max(253)
  .regex(
    /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)*[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    "must be a DNS name in lower case",
  );
const hostPort = z
  .string()
  .regex(/^[^\s:/]+:\d{1,5}$/, "must be HOST:PORT, for example teleport.example.com:443");
const goDuration = z
  .string()
  .regex(/^(\d+(\.\d+)?(ms|s|m|h))+$/, 'must be a duration such as "30m" or "720h"');
const quantityMap = z.record(z.string(), z.string());
const labels = z.record(z.string(), z.string());
const resources = z.strictObject({
  requests: quantityMap.optional().describe("Requested amounts, such as {cpu: 100m}."),
  limits: quantityMap.optional().describe("Upper bounds, such as {memory: 1Gi}."),
});

const chart = z
  .strictObject({
    repository: z
      .string()
      .optional()
      .describe("Helm repository URL. Default: Teleport's own. Exclusive with `path`."),
    oci: z
      .string()
      .startsWith("oci://", "must start with oci://")
      .optional()
      .describe("OCI reference of the folder the charts are in. Exclusive with the others."),
    path: z
      .string()
      .optional()
      .describe("Directory that holds both charts, relative to the program. Exclusive."),
    version: z
      .string()
      .regex(/^\d+\.\d+\.\d+(-[\w.]+)?$/, "must be an exact version such as 18.3.0")
      .default("18.3.0")
      .describe("Chart (and Teleport) version of cluster and agent, pinned."),
  })
  .prefault({});

const kubernetes = z
  .strictObject({
    kubeconfig: z.string().optional().describe("Path of a kubeconfig. Default: KUBECONFIG."),
    context: z.string().optional().describe("Context in it. Default: the current one."),
  })
  .prefault({});

const vault = z
  .strictObject({
    address: z.url().optional().describe("Address Pulumi talks to. Default: VAULT_ADDR."),
    namespace: z.string().optional().describe("Vault Enterprise namespace."),
    kvMount: z.string().default("secret").describe("KV v2 mount that holds the plane's secrets."),
    kubernetesAuthMount: z
      .string()
      .default("kubernetes")
      .describe("Kubernetes auth mount that the operator logs in through."),
    audience: z
      .string()
      .default("vault")
      .describe("Audience of the service-account token presented to Vault."),
    connectionRef: z
      .string()
      .optional()
      .describe("VaultConnection (namespace/name). Default: the operator's default one."),
    delivery: z
      .enum(["operator", "pulumi"])
      .default("operator")
      .describe("Who writes the Kubernetes Secrets: Vault Secrets Operator, or Pulumi itself."),
    refreshAfter: goDuration.default("60s").describe("How often the operator reads KV secrets."),
  })
  .prefault({});

const aws = z.strictObject({
  region: z.string().min(1).describe("AWS region of the load balancer."),
  profile: z.string().optional().describe("Shared-config profile. Default: ambient credentials."),
  assumeRoleArn: z.string().startsWith("arn:").optional().describe("Role assumed for all calls."),
  endpoint: z.url().optional().describe("Endpoint of every AWS API. Default: AWS's own."),
  tags: labels.prefault({}).describe("Tags on every AWS resource."),
});

const namespace = z
  .strictObject({
    name: dnsLabel.default("teleport").describe("Namespace of the whole plane."),
    protect: z.boolean().default(true).describe("Refuse to delete the namespace."),
    podSecurity: z
      .enum(["privileged", "baseline", "restricted"])
      .default("baseline")
      .describe("Pod Security Standard enforced; `restricted` is warned about and audited."),
  })
  .prefault({});

const certificate = z.strictObject({
  secretName: dnsName.default("teleport-tls").describe("Secret cert-manager writes the pair into."),
  issuer: z
    .strictObject({
      name: dnsName.describe("Name of the issuer."),
      kind: z.string().default("ClusterIssuer").describe("Issuer, ClusterIssuer or a custom kind."),
      group: z.string().default("cert-manager.io").describe("API group of the issuer."),
    })
    .describe("Who signs; must be able to issue wildcards (DNS-01 for ACME)."),
  privateKey: z
    .strictObject({
      algorithm: z.enum(["RSA", "ECDSA"]).default("ECDSA"),
      size: z.number().int().default(256).describe("Bits: ECDSA 256/384/521, RSA 2048/4096."),
    })
    .prefault({}),
  duration: goDuration.default("2160h").describe("Lifetime asked for, a Go duration."),
  renewBefore: goDuration.default("720h").describe("Renewed this long before it ends."),
  readyTimeoutSeconds: z
    .number()
    .int()
    .positive()
    .default(600)
    .describe("How long `up` waits for Ready."),
});

const database = z.strictObject({
  host: dnsName.describe("Host of the shared PostgreSQL, reached directly (no pgbouncer)."),
  port: z.number().int().min(1).max(65535).default(5432),
  stateDatabase: z.string().default("teleport").describe("Database of cluster state."),
  auditDatabase: z.string().default("teleport_audit").describe("Database of audit events."),
  user: z.string().default("teleport").describe("Login role with REPLICATION."),
  sslMode: z
    .enum(["disable", "prefer", "require", "verify-ca", "verify-full"])
    .default("verify-full"),
  poolMaxConns: z.number().int().min(2).default(20).describe("Connections per auth pod."),
  auditRetention: goDuration.default("8760h").describe("Audit events kept, a Go duration."),
  secretName: dnsName
    .default("infra-db-credentials")
    .describe("Secret with keys username and password."),
  credentials: z
    .discriminatedUnion("source", [
      z.strictObject({
        source: z.literal("existing"),
        path: z.string().min(1).describe("KV v2 path with keys username and password."),
      }),
      z.strictObject({
        source: z.literal("generated"),
        path: z.string().min(1).describe("KV v2 path the generated password is written to."),
        rotation: z
          .string()
          .default("1")
          .describe("Any text; a change makes a new password (and rolls the auth pods)."),
        bootstrap: z
          .strictObject({
            adminSecret: dnsName.describe(
              "Secret in the namespace with keys username and password of an administrator.",
            ),
            image: z.string().default("postgres:15-alpine").describe("Image that has psql."),
          })
          .optional()
          .describe("Job that creates role and databases. Default: somebody else did."),
      }),
      z.strictObject({
        source: z.literal("static-role"),
        mount: z.string().default("database").describe("Vault database engine mount."),
        connection: z.string().min(1).describe("Database connection configured in that engine."),
        role: z.string().default("teleport").describe("Name of the static role."),
        rotationPeriodSeconds: z.number().int().min(5).default(86400),
      }),
    ])
    .describe("Where the password comes from."),
});

const podPlacement = {
  replicas: z.number().int().min(1).default(2),
  resources: resources.prefault({}),
};

const teleport = z
  .strictObject({
    edition: z.enum(["community", "enterprise"]).default("community"),
    licensePath: z
      .string()
      .optional()
      .describe("KV v2 path whose key `license.pem` holds the licence. Enterprise only."),
    publicAddresses: z
      .array(hostPort)
      .optional()
      .describe("Default: <clusterName>:443 and the Service's own name, port 443."),
    auth: z.strictObject(podPlacement).prefault({}),
    proxy: z.strictObject(podPlacement).prefault({}),
    sessionRecordings: z
      .string()
      .regex(/^(s3|gs|azblob):\/\/.+/, "must be an s3://, gs:// or azblob:// address")
      .optional()
      .describe(
        "Where recordings live. Default: on the auth pod's disk, only with 1 auth replica.",
      ),
    authentication: z
      .strictObject({
        type: z.enum(["local", "github", "oidc", "saml"]).default("local"),
        connectorName: z.string().optional(),
        localAuth: z.boolean().default(true).describe("Allow users kept in Teleport itself."),
        secondFactors: z
          .array(z.enum(["otp", "webauthn", "sso"]))
          .min(1)
          .default(["otp", "webauthn"]),
      })
      .prefault({}),
    proxyProtocol: z
      .enum(["on", "off"])
      .default("off")
      .describe("Expect PROXY protocol headers; must match the load balancer."),
    operatorSyncPeriod: goDuration
      .default("10h")
      .describe("How often the operator puts drift in Teleport right."),
    certificateReload: goDuration.default("1h").describe("How often proxies reload the key pair."),
    timeoutSeconds: z.number().int().positive().default(900).describe("Limit for the release."),
  })
  .prefault({});

const header = z.union([
  z.strictObject({ name: z.string(), value: z.string().describe("Plain value, no secret.") }),
  z.strictObject({
    name: z.string(),
    secret: z.strictObject({
      key: z.string().min(1).describe("Key of the agent's credentials Secret."),
      prefix: z.string().default("").describe('Put before the value, such as "Bearer ".'),
    }),
  }),
]);

const app = z.strictObject({
  name: dnsLabel.describe("Name in Teleport, unique."),
  uri: z
    .string()
    .regex(/^(https?|tcp):\/\/\S+$/, "must start with http://, https:// or tcp://")
    .describe("Internal address."),
  publicAddress: dnsName.optional().describe("Default: <name>.<clusterName>."),
  description: z.string().optional(),
  labels: labels.prefault({}).describe("Teleport labels that roles match."),
  insecureSkipVerify: z.boolean().default(false).describe("Do not verify the app's certificate."),
  rewrite: z
    .strictObject({
      headers: z.array(header).prefault([]).describe("Request headers set by the agent."),
      redirect: z.array(dnsName).prefault([]).describe("Hosts whose redirects are rewritten."),
      jwtClaims: z.enum(["roles-and-traits", "roles", "traits", "none"]).optional(),
    })
    .prefault({}),
});

const agent = z.strictObject({
  releaseName: dnsLabel.max(53, "Helm allows 53 characters").default("teleport-agent"),
  replicas: z.number().int().min(1).default(2),
  proxyAddress: hostPort
    .optional()
    .describe("Where agents join. Default: the cluster's Service inside Kubernetes, port 443."),
  insecureSkipProxyTLSVerify: z
    .boolean()
    .default(false)
    .describe("Only for in-cluster addresses. Also turns off verification of every app."),
  storage: z.boolean().default(false).describe("A volume for the agent; its identity needs none."),
  renderImage: z
    .string()
    .min(1)
    .default("busybox:1.37.0")
    .describe("Image with a POSIX shell, od and awk, that renders secret headers."),
  credentials: z
    .strictObject({
      secretName: dnsName.default("teleport-agent-credentials"),
      path: z.string().min(1).describe("KV v2 path with the header secrets."),
      keys: z.array(z.string().min(1)).min(1).describe("Keys delivered, one file each."),
    })
    .optional()
    .describe("Secrets that headers refer to."),
  resources: resources.prefault({}),
  apps: z.array(app).min(1),
  timeoutSeconds: z.number().int().positive().default(600).describe("Limit for the release."),
});

const loadBalancer = z.strictObject({
  name: z.string().max(32).default("teleport").describe("Name of the NLB, at most 32 characters."),
  vpc: z.strictObject({ id: z.string().optional(), tags: labels.optional() }),
  subnets: z.strictObject({ ids: z.array(z.string()).optional(), tags: labels.optional() }),
  internal: z.boolean().default(false),
  crossZone: z.boolean().default(true),
  deletionProtection: z.boolean().default(true),
  allowedCidrs: z
    .array(z.string().regex(/^[0-9a-f.:]+\/\d+$/, "must be a CIDR"))
    .default(["0.0.0.0/0"])
    .describe("Who may reach port 443."),
  targets: z
    .strictObject({
      autoScalingGroup: z.string().optional(),
      instanceTags: labels.optional(),
      instanceIds: z.array(z.string()).optional(),
    })
    .describe("Exactly one of the three: the nodes that listen on the node port."),
  nodeSecurityGroup: z
    .strictObject({ id: z.string().optional(), tags: labels.optional() })
    .describe("Security group of the nodes; opened for the node port from the NLB only."),
  preserveClientIp: z.boolean().default(true),
  proxyProtocolV2: z
    .boolean()
    .default(false)
    .describe('Only together with teleport.proxyProtocol: "on".'),
  accessLogs: z.strictObject({ bucket: z.string(), prefix: z.string().optional() }).optional(),
  dns: z
    .strictObject({ zone: dnsName.describe("Route 53 hosted zone.") })
    .optional()
    .describe("Alias records for apex and wildcard."),
});

export const settingsSchema = z.strictObject({
  clusterName: dnsName.describe("Teleport cluster name and public domain. Can never change."),
  namespace,
  kubernetes,
  vault,
  aws: aws.optional(),
  chart,
  certificate,
  database,
  teleport,
  nodePort: z
    .number()
    .int()
    .min(30000, "must be 30000-32767")
    .max(32767, "must be 30000-32767")
    .default(30443)
    .describe("Node port of the Service, and so the load balancer's target port."),
  agent,
  loadBalancer: loadBalancer.optional().describe("Default: no load balancer."),
});

/** A stack's settings after defaults and rules. */
export type Settings = z.output<typeof settingsSchema>;
