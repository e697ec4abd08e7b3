import * as zlib from "node:zlib";
import { LiveNetwork } from "../../../../operations/clients/network";
import type { PlaneContext } from "../../../../operations/verify/context";
import { vaultPolicy } from "../../../../inventory/secrets";
import { recorderTrust } from "../../../../teleport/recordings";
import { parseSettings } from "../../../../settings/load";
import type { PlaneSettings } from "../../../../settings/schema";
import { goodSettings } from "../../settings/fixture";
import { authority, issue, type Pair } from "./certificates";
import {
  FakeAws,
  FakeDatabase,
  FakeKubernetes,
  FakeRecordings,
  FakeVault,
  type Loose,
} from "./fakes";
import { startProxy, type Proxy } from "./proxy-server";
import { CHART_VERSION } from "../../../../teleport/versions";

const NAMESPACE = "teleport";
const SECRETS = {
  "zot-basic-auth": "dGVzdGVyOm5vdC1yZWFs",
  "openclaw-gateway-token": "not-a-token",
};
const OIDC_PROVIDER =
  "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF";
/** Policy and role of the stack `prod` in Vault. */
const ROLE = "teleport-prod";
const PASSWORD = "not-a-real-password";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const encoded = (data: Record<string, string>) =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)]));

/** The reference deployment, in fakes. Every check is ok until a test breaks something. */
export interface World {
  context: PlaneContext;
  settings: PlaneSettings;
  kubernetes: FakeKubernetes;
  vault: FakeVault;
  aws: FakeAws;
  recordings: FakeRecordings;
  database: FakeDatabase;
  /** Addresses by host. `*` is for all other hosts. */
  dns: Record<string, string[]>;
  proxy: Proxy;
  /** Serves another key pair. */
  serve: (pair: { cert: string; key: string }) => void;
  /** Puts another key pair into the Secret. */
  store: (pair: { cert: string; key: string }) => void;
  /** Types of the resources for access to Vault in the stack's state. */
  vaultAccess: { type: string; id: string }[];
  /** Changes in a preview. */
  steps: { op: string; urn: string }[];
  /** Ids in the stack's state. */
  state: Set<string>;
  pki: Pki;
}

/** Authorities and key pairs, created once. */
export interface Pki {
  root: Pair;
  intermediate: Pair;
  /** The leaf, followed by the intermediate. */
  good: { cert: string; key: string };
  issueLeaf: (wanted?: {
    names?: string[];
    from?: number;
    until?: number;
  }) => Promise<{ cert: string; key: string; leaf: string }>;
}

/** Creates authorities and the valid key pair. */
export async function makePki(clusterName: string): Promise<Pki> {
  const { root, intermediate } = await authority("Test");
  const issueLeaf: Pki["issueLeaf"] = async ({
    names = [clusterName, `*.${clusterName}`],
    ...rest
  } = {}) => {
    const { pem, key } = await issue({ subject: names[0] ?? "", names, ...rest }, intermediate);
    return { cert: pem + intermediate.pem, key, leaf: pem };
  };
  return { root, intermediate, good: await issueLeaf(), issueLeaf };
}

const accepted = () =>
  ["ValidStructure", "TeleportResourceOwned", "SuccessfullyReconciled"].map((type) => ({
    type,
    status: "True",
  }));

const helm = (release: string) => ({
  annotations: {
    "meta.helm.sh/release-name": release,
    "meta.helm.sh/release-namespace": NAMESPACE,
  },
  managedFields: [{ manager: "helm" }],
});
const pulumi = { managedFields: [{ manager: "pulumi-kubernetes-1a2b" }] };

/** When the Secrets' values were delivered, and when the pods started. */
const DELIVERED = "2026-01-01T00:00:05Z";
const STARTED = "2026-01-01T00:01:00Z";

/** Secrets that the secrets operator has delivered. */
const delivered = (data: Record<string, string>): Loose => ({
  metadata: {
    creationTimestamp: DELIVERED,
    managedFields: [
      { manager: "vault-secrets-operator", time: DELIVERED, fieldsV1: { "f:data": {} } },
      // A label that somebody has set later.
      { manager: "kubectl", time: new Date(), fieldsV1: { "f:metadata": {} } },
    ],
  },
  data: encoded(data),
});

/** How a workload's pods get the Secret that they read at start: as a variable, or as a file. */
const CREDENTIALS: Record<string, string> = {
  "teleport-auth": "infra-db-credentials",
  "teleport-agent": "teleport-agent-credentials",
};

/** A workload with all its pods. */
function workload(kind: string, name: string, release: string, image: string): Loose[] {
  const labels = {
    "app.kubernetes.io/instance": release,
    "app.kubernetes.io/component": name.replace("teleport-", ""),
  };
  const secretName = CREDENTIALS[name];
  const isAgent = kind === "StatefulSet";
  const secretKeyRef = { name: secretName, key: "password" };
  const spec = {
    containers: [
      {
        name: "teleport",
        image: `${image}:${CHART_VERSION}`,
        ...(secretName !== undefined &&
          !isAgent && { env: [{ name: "PGPASSWORD", valueFrom: { secretKeyRef } }] }),
      },
    ],
    ...(isAgent && {
      volumes: [{ name: "credentials", secret: { secretName } }],
      initContainers: [
        { name: "render-config", volumeMounts: [{ name: "credentials" }] },
        { name: "check-config" },
      ],
    }),
  };
  const pods = [0, 1].map((index) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${name}-${index}`,
      namespace: NAMESPACE,
      labels,
      ownerReferences: [{ kind, name }],
      creationTimestamp: STARTED,
    },
    spec: { ...spec, nodeName: `node-${index}` },
    status: {
      phase: "Running",
      startTime: STARTED,
      conditions: [{ type: "Ready", status: "True" }],
      containerStatuses: [{ name: "teleport", state: { running: { startedAt: STARTED } } }],
      initContainerStatuses: (spec.initContainers ?? []).map((container) => ({
        name: container.name,
        state: { terminated: { exitCode: 0, startedAt: STARTED } },
      })),
    },
  }));
  return [
    {
      apiVersion: "apps/v1",
      kind,
      metadata: { name, namespace: NAMESPACE, labels, generation: 1, ...helm(release) },
      spec: {
        replicas: 2,
        podManagementPolicy: "Parallel",
        selector: { matchLabels: labels },
        template: { spec },
      },
      status: { observedGeneration: 1, replicas: 2, readyReplicas: 2, updatedReplicas: 2 },
    },
    ...pods,
  ];
}

/** Helm's record of a release: its first revision, deployed. */
export function helmRecord(name: string, content: object): Loose {
  const whole = { name, version: 1, info: { status: "deployed" }, manifest: "", ...content };
  const packed = zlib.gzipSync(JSON.stringify(whole)).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: `sh.helm.release.v1.${name}.v1`,
      namespace: NAMESPACE,
      labels: { owner: "helm", name, version: "1" },
    },
    data: { release: base64(packed) },
  };
}

const CLUSTER_MANIFEST = `---
apiVersion: v1
kind: ConfigMap
metadata: { name: teleport-auth, namespace: ${NAMESPACE}, labels: {} }
data:
  teleport.yaml: |
    auth_service:
      enabled: true
---
apiVersion: v1
kind: Secret
metadata: { name: teleport-join }
stringData: { token: played }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: teleport-auth }
spec: { ingress: [{ from: [{ podSelector: { matchLabels: { app: teleport } } }] }] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: teleport-auth }
spec:
  minAvailable: "1"
  selector: { matchLabels: { app: teleport } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: teleport-auth }
spec: { replicas: 2, paused: false }
---
apiVersion: v1
kind: Service
metadata: { name: teleport }
spec: { type: NodePort, ports: [{ port: 443 }] }
`;

const AGENT_MANIFEST = `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: teleport-agent }
spec: { replicas: 2, podManagementPolicy: Parallel }
`;

function definition(kind: string, group: string, version: string): Loose {
  const name = `${kind.toLowerCase()}s.${group}`;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name },
    spec: { group, names: { kind }, versions: [{ name: version, served: true, storage: true }] },
  };
}

/** An object in the plane's namespace. */
export function object(apiVersion: string, kind: string, name: string, rest: Loose = {}): Loose {
  const { metadata = {}, ...other } = rest;
  return { apiVersion, kind, metadata: { name, namespace: NAMESPACE, ...metadata }, ...other };
}

function clusterObjects(pki: Pki): Loose[] {
  const group = "resources.teleport.dev";
  const image = "public.ecr.aws/gravitational/teleport-distroless";
  const vso = "secrets.hashicorp.com/v1beta1";
  return [
    ...[0, 1].map((index) => ({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: `node-${index}` },
      spec: { providerID: `aws:///eu-central-1a/i-${index}` },
    })),
    { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } },
    // The authority of the database's certificate. The database's owners create the Secret.
    object("v1", "Secret", "infra-db-ca", { data: encoded({ "ca.crt": "a certificate" }) }),
    definition("Certificate", "cert-manager.io", "v1"),
    definition("VaultStaticSecret", "secrets.hashicorp.com", "v1beta1"),
    definition("TargetGroupBinding", "elbv2.k8s.aws", "v1beta1"),
    definition("TeleportProvisionToken", group, "v2"),
    definition("TeleportRoleV7", group, "v1"),
    definition("TeleportUser", group, "v2"),
    object("cert-manager.io/v1", "ClusterIssuer", "letsencrypt", {
      spec: { acme: {} },
      status: { conditions: [{ type: "Ready", status: "True" }] },
    }),
    object("cert-manager.io/v1", "Certificate", "teleport-tls", {
      metadata: { generation: 1, ...pulumi },
      status: { conditions: [{ type: "Ready", status: "True", observedGeneration: 1 }] },
    }),
    object(vso, "VaultAuth", "teleport", { metadata: pulumi }),
    object(vso, "VaultStaticSecret", "infra-db-credentials", { metadata: pulumi }),
    object(vso, "VaultStaticSecret", "teleport-agent-credentials", { metadata: pulumi }),
    object("v1", "Secret", "teleport-tls", {
      data: encoded({ "tls.crt": pki.good.cert, "tls.key": pki.good.key }),
    }),
    object(
      "v1",
      "Secret",
      "infra-db-credentials",
      delivered({ username: "teleport", password: PASSWORD }),
    ),
    object("v1", "Secret", "teleport-agent-credentials", delivered(SECRETS)),
    object("v1", "ConfigMap", "teleport-agent", {
      data: { "teleport.yaml": "headers: ['Authorization: Basic @@zot/zot-basic-auth@@']" },
    }),
    helmRecord("teleport", {
      config: { clusterName: "lumie-infra.com" },
      manifest: CLUSTER_MANIFEST,
    }),
    helmRecord("teleport-agent", { manifest: AGENT_MANIFEST }),
    // Objects of the manifests in the API server's form: with defaults, and without empty values.
    object("v1", "ConfigMap", "teleport-auth", {
      metadata: helm("teleport"),
      data: { "teleport.yaml": "auth_service:\n  enabled: true\n" },
    }),
    object("v1", "Secret", "teleport-join", {
      metadata: helm("teleport"),
      type: "Opaque",
      data: encoded({ token: "played" }),
    }),
    // The client renames `from`.
    object("networking.k8s.io/v1", "NetworkPolicy", "teleport-auth", {
      metadata: helm("teleport"),
      spec: { ingress: [{ _from: [{ podSelector: { matchLabels: { app: "teleport" } } }] }] },
    }),
    object("policy/v1", "PodDisruptionBudget", "teleport-auth", {
      metadata: helm("teleport"),
      spec: { minAvailable: 1, selector: { matchLabels: { app: "teleport" } } },
    }),
    object("v1", "Service", "teleport", {
      metadata: helm("teleport"),
      spec: { type: "NodePort", ports: [{ port: 443, nodePort: 30443 }] },
    }),
    ...workload("Deployment", "teleport-auth", "teleport", image),
    ...workload("Deployment", "teleport-proxy", "teleport", image),
    ...workload(
      "Deployment",
      "teleport-operator",
      "teleport",
      "public.ecr.aws/gravitational/teleport-operator",
    ),
    ...workload("StatefulSet", "teleport-agent", "teleport-agent", image),
    object(`${group}/v2`, "TeleportProvisionToken", "teleport-agent", {
      status: { conditions: accepted() },
    }),
    object(`${group}/v1`, "TeleportRoleV7", "kube-admin", { status: { conditions: accepted() } }),
    object(`${group}/v2`, "TeleportUser", "alice", { status: { conditions: accepted() } }),
  ];
}

/** ARN of the target group. */
export const TARGET_GROUP =
  "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/teleport-1/0123456789abcdef";

function account(aws: FakeAws): void {
  const dns = "teleport-1.elb.eu-central-1.amazonaws.com";
  const rule = (egress: boolean, port: number, rest: Loose) => ({
    IsEgress: egress,
    IpProtocol: "tcp",
    FromPort: port,
    ToPort: port,
    ...rest,
  });
  aws.balancer = {
    LoadBalancerArn: "arn:lb",
    DNSName: dns,
    Type: "network",
    Scheme: "internet-facing",
    State: { Code: "active" },
    SecurityGroups: ["sg-lb"],
  };
  aws.listener = [
    {
      Port: 443,
      Protocol: "TCP",
      DefaultActions: [{ Type: "forward", TargetGroupArn: TARGET_GROUP }],
    },
  ];
  aws.group = {
    TargetGroupArn: TARGET_GROUP,
    TargetGroupName: "Teleport-1",
    Protocol: "TCP",
    Port: 30443,
  };
  aws.scalingGroup?.targetGroups.push(TARGET_GROUP);
  aws.targets = [0, 1].map((index) => ({
    Target: { Id: `i-${index}`, Port: 30443 },
    TargetHealth: { State: "healthy" },
  }));
  aws.rules = {
    "sg-lb": [
      rule(false, 443, { CidrIpv4: "0.0.0.0/0" }),
      rule(true, 30443, { ReferencedGroupInfo: { GroupId: "sg-nodes" } }),
    ],
    "sg-nodes": [rule(false, 30443, { ReferencedGroupInfo: { GroupId: "sg-lb" } })],
  };
  for (const name of ["lumie-infra.com", "*.lumie-infra.com"]) {
    aws.record[name] = { Name: name, Type: "A", AliasTarget: { DNSName: `dualstack.${dns}.` } };
  }
}

/** Sets how the agents add their secret headers. */
export const withHeaders = (
  agents: PlaneSettings["agents"],
  secretHeaders: "sidecar" | "rendered",
): PlaneSettings["agents"] =>
  Object.fromEntries(
    Object.entries(agents).map(([name, agent]) => [name, { ...agent, secretHeaders }]),
  );

/** A new plane with a real TLS server. `stop` ends the server. */
export async function makeWorld(pki: Pki): Promise<World & { stop: () => void }> {
  const { settings } = parseSettings(goodSettings());
  if (settings?.kind !== "plane") throw new Error("the reference stack's settings are not valid");
  settings.agents = withHeaders(settings.agents, "sidecar");
  const kubernetes = new FakeKubernetes();
  kubernetes.objects.push(...structuredClone(clusterObjects(pki)));
  for (const pod of kubernetes.objects.filter(({ kind }) => kind === "Pod")) {
    kubernetes.logLines[`${pod["metadata"].name as string}/teleport`] = "INFO started";
  }
  const vault = new FakeVault();
  vault.data["auth/kubernetes/config"] = { kubernetes_host: "https://10.0.0.1" };
  vault.data["secret/data/infra-db/teleport"] = {
    data: { username: "teleport", password: PASSWORD },
    metadata: { version: 3, created_time: "2026-01-01T00:00:00Z" },
  };
  vault.data["secret/data/teleport/agent"] = {
    data: { ...SECRETS },
    metadata: { version: 1, created_time: "2026-01-01T00:00:00Z" },
  };
  const access = {
    [`sys/policies/acl/${ROLE}`]: {
      policy: vaultPolicy(["secret/data/infra-db/teleport", "secret/data/teleport/agent"]),
    },
    [`auth/kubernetes/role/${ROLE}`]: {
      bound_service_account_names: ["teleport-vault"],
      bound_service_account_namespaces: [NAMESPACE],
      token_policies: [ROLE],
      audience: "vault",
    },
  };
  Object.assign(vault.data, access);
  const aws = new FakeAws();
  account(aws);
  const recordings = new FakeRecordings();
  recordings.trusts = recorderTrust({ oidcProviderArn: OIDC_PROVIDER }, NAMESPACE);
  const role = settings.teleport.recordings.roleArn;
  for (const pod of kubernetes.objects.filter(({ kind }) => kind === "Pod")) {
    if (!(pod["metadata"].name as string).startsWith("teleport-auth")) continue;
    pod["spec"].containers[0].env = [{ name: "AWS_ROLE_ARN", value: role }];
  }
  const database = new FakeDatabase();
  database.password = PASSWORD;
  const proxy: Proxy = {
    ...pki.good,
    clusterName: settings.clusterName,
    version: CHART_VERSION,
    open: new Set(),
  };
  const server = await startProxy(proxy);
  const dns: Record<string, string[]> = { "*": ["127.0.0.1"] };
  const steps: World["steps"] = [];
  const state = new Set([
    "arn:lb",
    ...["teleport", "teleport-agent", "teleport-tls", "infra-db-credentials"].map(
      (name) => `${NAMESPACE}/${name}`,
    ),
    `${NAMESPACE}/teleport-agent-credentials`,
  ]);
  const vaultAccess = [
    { type: "vault:index/policy:Policy", id: ROLE },
    {
      type: "vault:kubernetes/authBackendRole:AuthBackendRole",
      id: `auth/kubernetes/role/${ROLE}`,
    },
  ];
  const context: PlaneContext = {
    settings,
    kubernetes,
    vault,
    aws,
    recordings,
    database,
    network: new LiveNetwork({
      ca: [pki.root.pem],
      port: server.port,
      resolve: (host) => Promise.resolve(dns[host] ?? dns["*"] ?? []),
    }),
    charts: { find: () => Promise.resolve({ digest: "sha256:0" }) },
    stack: {
      name: "prod",
      resources: () =>
        Promise.resolve([
          ...[...state].map((id) => ({ urn: id, type: "", id })),
          ...vaultAccess.map(({ type, id }) => ({ urn: `${type}::vault-access`, type, id })),
        ]),
      preview: () => Promise.resolve(steps),
    },
    now: () => new Date(),
  };
  const store: World["store"] = ({ cert, key }) => {
    kubernetes.find("Secret", "teleport-tls")["data"] = encoded({
      "tls.crt": cert,
      "tls.key": key,
    });
  };
  return {
    ...{
      context,
      settings,
      kubernetes,
      vault,
      aws,
      recordings,
      database,
      dns,
      proxy,
      steps,
      state,
      vaultAccess,
      pki,
    },
    serve: server.use,
    store,
    stop: server.stop,
  };
}

/** Base64, for a Secret's data. */
export const secretData = encoded;
