import { Forbidden } from "../../../../operations/clients/errors";
import type { Fault } from "./fault";
import { BACKUP_FAULTS, RELEASE_FAULTS } from "./faults-releases";
import { TARGET_FAULTS } from "./faults-targets";
import { helmRecord, object, secretData, withHeaders, type World } from "./world";
import { CHART_VERSION } from "../../../../teleport/versions";
import { exactly, NEXT_MINOR, OLDER, TWO_MAJORS_ON } from "../../versions";

const DAY_MS = 24 * 3600 * 1000;

/** Stores and serves a key pair, so that only its own fault shows. */
const everywhere = (world: World, pair: { cert: string; key: string }) => {
  world.store(pair);
  world.serve(pair);
};

/** Sets a container's log. */
const log = (world: World, where: string, line: string) => {
  world.kubernetes.logLines[where] = `INFO started\n${line}\nINFO more`;
};

const conditions = (world: World, kind: string, name: string, message: string) => {
  const { conditions: list } = world.kubernetes.find(kind, name)["status"] as {
    conditions: { type: string; status: string; message?: string }[];
  };
  Object.assign(list[2] ?? {}, { status: "False", message });
};

const image = (world: World, kind: string, name: string, tag: string) => {
  const [container] = world.kubernetes.find(kind, name)["spec"].template.spec.containers;
  container.image = `public.ecr.aws/gravitational/teleport-distroless:${tag}`;
};

const unreachable = (what: string) => () => Promise.reject(new Error(`${what}: ECONNREFUSED`));

const kubernetes: Fault[] = [
  {
    title: "the API server refuses its version",
    breaks: ({ kubernetes: fake }) => void (fake.version = unreachable("connect")),
    check: "kubernetes.reachable",
    says: /ECONNREFUSED/,
  },
  {
    title: "no right to make cluster roles",
    breaks: ({ kubernetes: fake }) => void fake.refused.add("create clusterroles"),
    check: "kubernetes.rights",
    says: /may not create clusterroles\.rbac/,
  },
  {
    title: "cert-manager's kinds are missing",
    breaks: ({ kubernetes: fake }) =>
      fake.remove("CustomResourceDefinition", "certificates.cert-manager.io"),
    check: "kubernetes.definitions",
    says: /cert-manager/,
  },
  {
    title: "nobody brings the kinds that the settings use",
    breaks: ({ context, kubernetes: fake }) => {
      fake.remove("CustomResourceDefinition", "targetgroupbindings.elbv2.k8s.aws");
      context.settings.loadBalancer!.targets = { targetGroupBinding: "instance" };
      context.settings.teleport.podMonitor = { labels: {}, interval: "30s" };
    },
    check: "kubernetes.definitions",
    says: /targetgroupbindings\.elbv2\.k8s\.aws v1beta1 is missing: AWS Load Balancer Controller .*; podmonitors\.monitoring\.coreos\.com v1 is missing/,
  },
  {
    title: "a binding names a namespace that does not exist",
    breaks: ({ context }) => {
      const bound = { group: "team-a", clusterRole: "view", namespace: "team-a" };
      context.settings.rbac.bindings.push(bound);
    },
    check: "kubernetes.namespaces",
    says: /namespace team-a does not exist \(rbac\.bindings\[0\]\.namespace\)/,
  },
  {
    title: "no node has the labels of a nodeSelector",
    breaks: ({ context, kubernetes: fake }) => {
      context.settings.teleport.auth.nodeSelector = { zone: "a" };
      fake.find("Node", "node-1")["metadata"].labels = { zone: "a" };
      context.settings.teleport.proxy.nodeSelector = { zone: "a", pool: "production" };
    },
    check: "kubernetes.nodes",
    state: "warning",
    says: /^no node has the labels of teleport\.proxy\.nodeSelector {"zone":"a","pool":"production"}: pods wait/,
  },
  {
    title: "the Secret with the database's authority is not there",
    breaks: ({ kubernetes: fake }) => fake.remove("Secret", "infra-db-ca"),
    check: "kubernetes.secrets",
    says: /no Secret teleport\/infra-db-ca \(database\.caSecret\.name\) with a certificate \(ca\.crt\)/,
  },
  {
    title: "a foreign Secret lacks the key",
    breaks: ({ context, kubernetes: fake }) => {
      context.settings.agents["teleport-agent"]!.caSecretName = "agent-ca";
      fake.objects.push(object("v1", "Secret", "agent-ca", { data: { "tls.crt": "eA==" } }));
    },
    check: "kubernetes.secrets",
    says: /Secret teleport\/agent-ca \(agents\.teleport-agent\.caSecretName\) has no key ca\.pem/,
  },
  ...(
    [
      [
        "certificate.caSecretName",
        ({ settings }) => (settings.certificate.caSecretName = "private-ca"),
        /no Secret teleport\/private-ca \(certificate\.caSecretName\) with a certificate \(ca\.pem\)/,
      ],
      [
        "images.pullSecrets",
        ({ settings }) => (settings.images.pullSecrets = ["registry"]),
        /no Secret teleport\/registry \(images\.pullSecrets\) with credentials of a registry/,
      ],
      [
        "an agent's database",
        ({ settings }) => {
          const caSecret = { name: "orders-ca", key: "ca.crt" };
          Object.assign(settings.agents["teleport-agent"]!, { databases: [{ caSecret }] });
        },
        /no Secret teleport\/orders-ca \(agents\.teleport-agent\.databases\.0\.caSecret\.name\)/,
      ],
      [
        "a variable",
        ({ settings }) => {
          const secretKeyRef = { name: "proxy-login", key: "url" };
          settings.teleport.auth.extraEnv = [{ name: "HTTPS_PROXY", valueFrom: { secretKeyRef } }];
        },
        /no Secret teleport\/proxy-login \(teleport\.auth\.extraEnv\.0\.valueFrom\.secretKeyRef\)/,
      ],
    ] satisfies [string, (context: World["context"]) => void, RegExp][]
  ).map(([setting, breaks, says]): Fault => ({
    title: `a foreign Secret is not there: ${setting}`,
    breaks: ({ context }) => breaks(context),
    check: "kubernetes.secrets",
    says,
  })),
  {
    title: "a foreign Secret needs a namespace that the deployment creates",
    breaks: ({ kubernetes: fake }) => {
      fake.remove("Secret", "infra-db-ca");
      fake.remove("Namespace", "teleport");
    },
    check: "kubernetes.secrets",
    state: "warning",
    says: /no Secret teleport\/infra-db-ca/,
    remedy:
      /create namespace teleport`, `kubectl .*, and for the first update `PULUMI_K8S_UPSERT\S+ \S+ up --stack prod`/,
  },
];

const vault: Fault[] = [
  {
    title: "Vault is sealed",
    breaks: (world) => void (world.vault.sealed = true),
    check: "vault.reachable",
    says: /sealed/,
  },
  {
    title: "the token expires soon",
    breaks: (world) => void (world.vault.secondsLeft = 60),
    check: "vault.reachable",
    state: "warning",
    says: /60 seconds/,
  },
  {
    title: "no right to write the policy",
    breaks: (world) => void world.vault.denied.add("sys/policies/acl/teleport-prod"),
    check: "vault.rights",
    says: /sys\/policies\/acl\/teleport-prod: deny/,
  },
  {
    title: "another plane has the policy",
    breaks: (world) => world.vaultAccess.splice(0),
    check: "vault.owner",
    says: /sys\/policies\/acl\/teleport-prod exists, and is not this stack's/,
  },
  {
    title: "the policy was edited",
    breaks: (world) => {
      const policy = world.vault.data["sys/policies/acl/teleport-prod"];
      if (policy !== undefined)
        policy["policy"] = String(policy["policy"]) + 'path "secret/*" { capabilities = ["read"] }';
    },
    check: "vault.access",
    says: /sys\/policies\/acl\/teleport-prod was edited: it must let secret\/data\/infra-db\/teleport, /,
  },
  {
    title: "the role lets others log in",
    breaks: (world) => {
      const role = world.vault.data["auth/kubernetes/role/teleport-prod"];
      if (role !== undefined) role["bound_service_account_namespaces"] = ["*"];
    },
    check: "vault.access",
    says: /auth\/kubernetes\/role\/teleport-prod was edited: bound_service_account_namespaces$/,
  },
  {
    title: "the Kubernetes auth mount is not there",
    breaks: (world) => delete world.vault.data["auth/kubernetes/config"],
    check: "vault.login",
    says: /no configuration/,
  },
  {
    title: "a key is missing in Vault",
    breaks: (world) =>
      delete world.vault.data["secret/data/teleport/agent"]?.["data"]["zot-basic-auth"],
    check: "vault.keys",
    says: /teleport\/agent \(agents\.teleport-agent\.credentials\.path\) has no zot-basic-auth/,
  },
  {
    title: "a path is missing in Vault",
    breaks: (world) => delete world.vault.data["secret/data/infra-db/teleport"],
    check: "vault.keys",
    says: /infra-db\/teleport .*does not exist/,
  },
];

const awsRoles: Fault[] = [
  {
    title: "an agent's pods run with the role of their nodes",
    breaks: ({ settings }) =>
      void (settings.agents["teleport-agent"]!.awsRoleArn = "arn:aws:iam::123456789012:role/agent"),
    check: "agent.aws-role",
    says: /teleport-agent-0 has no role, not arn:aws:iam::123456789012:role\/agent/,
  },
];

const headers: Fault[] = [
  {
    title: "secret headers are in Teleport's configuration",
    breaks: ({ settings }) => {
      settings.agents = withHeaders(settings.agents, "rendered");
    },
    check: "agent.headers",
    state: "warning",
    says: /can read the secret of teleport-agent: openclaw \(Authorization\), teleport-agent: zot/,
  },
];

const recordings: Fault[] = [
  {
    title: "there is no bucket of recordings",
    breaks: ({ recordings: fake }) => void (fake.found = undefined),
    check: "recordings.bucket",
    says: /no bucket lumie-teleport-recordings/,
  },
  {
    title: "the bucket that the program is to make exists",
    breaks: ({ settings }) => {
      const oidcProviderArn = "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/A";
      settings.teleport.recordings = { podIdentity: false, bucket: { oidcProviderArn } };
    },
    check: "recordings.bucket",
    says: /lumie-teleport-recordings exists, and this stack has not made it/,
  },
  {
    title: "the bucket of recordings is in another region",
    breaks: ({ recordings: fake }) => void (fake.found!.region = "us-east-1"),
    check: "recordings.bucket",
    says: /it is in us-east-1, and sessionRecordings says eu-central-1/,
  },
  {
    title: "the bucket of recordings keeps no versions",
    breaks: ({ recordings: fake }) => void (fake.found!.versioned = false),
    check: "recordings.bucket",
    says: /keeps no versions/,
  },
  {
    title: "the bucket of recordings does not encrypt",
    breaks: ({ recordings: fake }) => void (fake.found!.encryption = undefined),
    check: "recordings.bucket",
    says: /no default encryption/,
  },
  {
    title: "everybody may read the recordings",
    breaks: ({ recordings: fake }) => void (fake.found!.isPublic = true),
    check: "recordings.bucket",
    says: /policy is public/,
  },
  {
    title: "the bucket of recordings may become public",
    breaks: ({ recordings: fake }) => void (fake.found!.closed = false),
    check: "recordings.bucket",
    state: "warning",
    says: /does not block public access/,
  },
  {
    title: "AWS does not let verify look at the bucket of recordings",
    breaks: ({ recordings: fake }) => {
      fake.bucket = () => Promise.reject(new Forbidden("Access Denied"));
    },
    check: "recordings.bucket",
    state: "warning",
    says: /AWS does not tell: Access Denied/,
  },
  {
    title: "the role of the auth pods is gone",
    breaks: ({ recordings: fake }) => void (fake.trusts = undefined),
    check: "recordings.role",
    says: /no role arn:aws:iam::123456789012:role/,
  },
  {
    title: "the role trusts another service account",
    breaks: ({ recordings: fake }) =>
      void (fake.trusts = fake.trusts?.replace("teleport:teleport", "teleport:teleport-auth")),
    check: "recordings.role",
    says: /does not trust system:serviceaccount:teleport:teleport$/,
    remedy:
      /update-assume-role-policy --role-name lumie-teleport-auth --policy-document '.*:sub":\["system:serviceaccount:teleport:teleport-auth","system:serviceaccount:teleport:teleport"\]/,
  },
  {
    title: "the role may not write recordings",
    breaks: ({ recordings: fake }) => void fake.refused.push("s3:PutObject"),
    check: "recordings.role",
    says: /may not s3:PutObject on arn:aws:s3:::lumie-teleport-recordings\/\*/,
  },
  {
    title: "an auth pod started before its service account got the role",
    breaks: ({ kubernetes: fake }) =>
      delete fake.find("Pod", "teleport-auth-0")["spec"].containers[0].env,
    check: "recordings.identity",
    says: /teleport-auth-0 has no role/,
  },
  {
    title: "the auth service could not look at its bucket",
    breaks: (world) =>
      log(
        world,
        "teleport-auth-0/teleport",
        "ERROR [S3] Failed to ensure that S3 bucket exists. bucket:lumie-teleport-recordings error:AccessDenied",
      ),
    check: "logs.recordings",
    says: /Failed to ensure that S3 bucket/,
  },
];

const aws: Fault[] = [
  {
    title: "AWS credentials have expired",
    breaks: (world) => void (world.aws.identity = unreachable("ExpiredToken")),
    check: "aws.reachable",
    says: /ExpiredToken/,
  },
  {
    title: "no right to make a security group",
    breaks: (world) => void (world.aws.dryRun = "You are not authorized to perform this operation"),
    check: "aws.rights",
    says: /not authorized/,
  },
  {
    title: "the Auto Scaling group is gone",
    breaks: (world) => void (world.aws.scalingGroup = undefined),
    check: "aws.lookups",
    says: /loadBalancer\.targets: no Auto Scaling group lumie-nodes/,
  },
  {
    title: "AWS does not report the limit of load balancers",
    breaks: (world) => void (world.aws.quota = { used: 50, limit: undefined }),
    check: "aws.quota",
    state: "warning",
    says: /no limit/,
  },
];

const before: Fault[] = [
  {
    title: "the chart has no such version",
    breaks: ({ context }) => {
      context.charts = {
        find: (_source, chart) =>
          Promise.resolve(
            chart === "teleport-cluster"
              ? { problem: `no teleport-cluster ${CHART_VERSION}` }
              : { digest: "sha256:0" },
          ),
      };
    },
    check: "chart.versions",
    says: exactly(`no teleport-cluster ${CHART_VERSION}`),
  },
  {
    title: "another chart has the same version",
    breaks: ({ context, settings }) => {
      settings.chart.digests = {
        "teleport-cluster": "sha256:1",
        "teleport-kube-agent": "sha256:0",
      };
      context.charts = {
        find: (_source, chart, _version, digest) =>
          Promise.resolve(
            digest === "sha256:0" ? { digest } : { problem: `${chart} has sha256:0` },
          ),
      };
    },
    check: "chart.versions",
    says: exactly("teleport-cluster has sha256:0"),
  },
  {
    title: "the password was changed in PostgreSQL",
    breaks: (world) => void (world.database.password = "changed by hand"),
    check: "database.login",
    says: /password authentication failed/,
  },
  {
    title: "PostgreSQL is too old",
    breaks: (world) => {
      Object.assign(world.database.settings, {
        server_version_num: "120001",
        server_version: "12.1",
      });
    },
    check: "database.version",
    says: /12\.1/,
    advice: true,
  },
  {
    title: "wal_level is replica",
    breaks: (world) => void (world.database.settings["wal_level"] = "replica"),
    check: "database.wal-level",
    says: /replica/,
  },
  {
    title: "wal2json is not installed",
    breaks: (world) => void (world.database.plugin = false),
    check: "database.wal2json",
    says: /could not access file "wal2json"/,
    advice: true,
  },
  {
    title: "every slot is taken by others",
    breaks: (world) =>
      void (world.database.slots = Array.from({ length: 9 }, () => ({ own: false }))),
    check: "database.slots",
    says: /1 of 10/,
  },
  {
    title: "no slot is left for a pod during a rolling update",
    breaks: (world) =>
      void (world.database.slots = Array.from({ length: 8 }, () => ({ own: false }))),
    check: "database.slots",
    state: "warning",
    says: /2 of 10/,
  },
  {
    title: "the role may not replicate",
    breaks: (world) => void (world.database.replication = false),
    check: "database.replication",
    says: /may not replicate/,
  },
  {
    title: "the audit database is missing",
    breaks: (world) => void (world.database.databases = ["teleport"]),
    check: "database.databases",
    says: /no database teleport_audit/,
  },
  {
    title: "the issuer is not ready",
    breaks: (world) => {
      const [ready] = world.kubernetes.find("ClusterIssuer", "letsencrypt")["status"].conditions;
      Object.assign(ready, { status: "False", message: "invalid ACME account" });
    },
    check: "issuer.ready",
    says: /invalid ACME account/,
  },
  {
    title: "five certificates for the same names this week",
    breaks: (world) => {
      for (const index of [1, 2, 3, 4, 5]) {
        world.kubernetes.objects.push(
          object("cert-manager.io/v1", "CertificateRequest", `teleport-tls-${index}`, {
            metadata: {
              creationTimestamp: new Date(Date.now() - index * DAY_MS),
              annotations: { "cert-manager.io/certificate-name": "teleport-tls" },
            },
          }),
        );
      }
    },
    check: "issuer.quota",
    says: /5 issued/,
  },
  {
    title: "the namespace's quota is used up",
    breaks: (world) =>
      void world.kubernetes.objects.push(
        object("v1", "ResourceQuota", "small", {
          status: { hard: { "limits.memory": "2Gi" }, used: { "limits.memory": "2048Mi" } },
        }),
      ),
    check: "quota.objects",
    says: /limits\.memory 2048Mi of 2Gi/,
  },
  {
    title: "two major versions at once",
    breaks: (world) => void (world.settings.chart.version = TWO_MAJORS_ON),
    check: "version.upgrade",
    says: exactly(`${CHART_VERSION} runs, ${TWO_MAJORS_ON} is wanted`),
  },
  {
    title: "an agent is newer than the cluster",
    breaks: (world) => image(world, "StatefulSet", "teleport-agent", NEXT_MINOR),
    check: "version.agents",
    says: exactly(`teleport-agent: ${NEXT_MINOR} is newer than the cluster's ${CHART_VERSION}`),
  },
];

const owners: Fault[] = [
  {
    title: "an Argo CD Application owns the Service",
    breaks: (world) =>
      void world.kubernetes.objects.push({
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Application",
        metadata: {
          ...{ name: "teleport", namespace: "argocd" },
          // With it Argo CD deletes the objects, whatever kubectl says.
          finalizers: ["resources-finalizer.argocd.argoproj.io"],
        },
        status: {
          health: { status: "Healthy" },
          sync: { status: "Synced" },
          resources: [{ kind: "Service", name: "teleport", namespace: "teleport" }],
        },
      }),
    check: "owner.argocd",
    says: /Application argocd\/teleport owns Service teleport/,
    remedy:
      /merge -p .*null.*`, `kubectl .* --type json -p .*finalizers"}\]'`, `kubectl .*-n argocd delete applications\.argoproj\.io teleport --cascade=orphan`, then/,
  },
  {
    title: "a role that is not in the state carries Argo CD's mark",
    breaks: (world) => {
      const { metadata } = world.kubernetes.find("TeleportRoleV7", "kube-admin");
      metadata.annotations = { "argocd.argoproj.io/tracking-id": "tools:x/TeleportRoleV7:y/z" };
    },
    check: "owner.argocd",
    says: /marked as that of Application tools/,
  },
  {
    title: "an Argo CD Application owns the namespace and a role",
    breaks: (world) => {
      const resources = [
        { kind: "Namespace", name: "teleport" },
        { kind: "TeleportRoleV7", name: "kube-admin", namespace: "teleport" },
      ];
      world.kubernetes.objects.push(
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "teleport" } },
        {
          apiVersion: "argoproj.io/v1alpha1",
          kind: "Application",
          metadata: { name: "platform", namespace: "argocd" },
          status: { resources },
        },
      );
    },
    check: "owner.argocd",
    says: /^Application argocd\/platform owns Namespace teleport, TeleportRoleV7 kube-admin$/,
  },
  {
    title: "an adopted agent still carries Argo CD's mark",
    breaks: (world) => {
      const { metadata } = world.kubernetes.find("StatefulSet", "teleport-agent");
      metadata.annotations["argocd.argoproj.io/tracking-id"] = "tools:apps/StatefulSet:teleport/x";
    },
    check: "owner.argocd",
    state: "warning",
    says: /StatefulSet teleport-agent is marked as that of Application tools, which is not in this/,
    remedy: /annotate statefulset teleport-agent -n teleport argocd\.argoproj\.io\/tracking-id-`$/,
  },
  {
    title: "another Helm release owns the Service",
    breaks: (world) => {
      const { metadata } = world.kubernetes.find("Service", "teleport");
      metadata.annotations["meta.helm.sh/release-name"] = "teleport-cluster";
    },
    check: "owner.helm",
    says: /Service teleport belongs to Helm release teleport\/teleport-cluster/,
    remedy:
      /annotate service teleport -n teleport helm\.sh\/resource-policy=keep`, `helm .*uninstall teleport-cluster -n teleport`, then/,
  },
  {
    title: "another plane's release brought the operator's definitions",
    breaks: (world) => {
      const { metadata } = world.kubernetes.find(
        "CustomResourceDefinition",
        "teleportusers.resources.teleport.dev",
      );
      metadata.annotations = {
        "meta.helm.sh/release-name": "teleport",
        "meta.helm.sh/release-namespace": "access",
      };
    },
    check: "owner.helm",
    says: /^the Teleport operator's definitions belong to Helm release access\/teleport$/,
    remedy:
      /^a cluster holds one plane\. .* set namespace\.name to access, then .*crd teleportusers\.resources\.teleport\.dev meta\.helm\.sh\/release-name=teleport meta\.helm\.sh\/release-namespace=teleport`$/,
  },
  {
    title: "another Helm release made a role",
    breaks: (world) => {
      const { metadata } = world.kubernetes.find("TeleportRoleV7", "kube-admin");
      metadata.annotations = { "meta.helm.sh/release-name": "umbrella" };
    },
    check: "owner.helm",
    says: /^TeleportRoleV7 kube-admin belongs to Helm release umbrella$/,
    remedy:
      /annotate teleportrolev7 kube-admin -n teleport .*`helm .*uninstall umbrella -n teleport`/,
  },
  {
    title: "another stack made the certificate",
    breaks: (world) => void world.state.delete("teleport/teleport-tls"),
    check: "owner.stack",
    says: /Certificate teleport-tls is not in this stack's state/,
  },
  {
    title: "another stack made the load balancer",
    breaks: (world) => void world.state.delete("arn:lb"),
    check: "owner.stack",
    says: /load balancer teleport is not in/,
  },
  {
    title: "an Application of that name is out of sync",
    breaks: (world) =>
      void world.kubernetes.objects.push({
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Application",
        metadata: { name: "teleport-agent", namespace: "argocd" },
        status: { health: { status: "Healthy" }, sync: { status: "OutOfSync" } },
      }),
    check: "argocd.applications",
    says: /teleport-agent Healthy, OutOfSync/,
    remedy: /describe applications\.argoproj\.io teleport-agent -n argocd` says what differs/,
  },
];

const workloads: Fault[] = [
  {
    title: "an auth pod is not ready",
    breaks: (world) => {
      world.kubernetes.find("Deployment", "teleport-auth")["status"].readyReplicas = 1;
    },
    check: "cluster.deployments",
    says: /teleport-auth: 1 of 2 ready/,
  },
  ...[
    { title: "replaces its pods", age: 10, state: "warning" as const },
    { title: "has not replaced its pods for long", age: 600, state: "failed" as const },
  ].map(({ title, age, state }): Fault => ({
    title: `auth ${title}`,
    breaks: (world) => {
      Object.assign(world.kubernetes.find("Deployment", "teleport-auth")["status"], {
        updatedReplicas: 1,
        conditions: [
          {
            ...{ type: "Progressing", status: "True", reason: "ReplicaSetUpdated" },
            lastUpdateTime: new Date(Date.now() - age * 1000),
          },
        ],
      });
    },
    check: "cluster.deployments",
    state,
    says: /teleport-auth: 1 of 2 on the new revision/,
    remedy:
      state === "warning"
        ? /rollout status deployment\/teleport-auth -n teleport` waits/
        : /describe pods/,
  })),
  {
    title: "the proxies run another version",
    breaks: (world) => image(world, "Deployment", "teleport-proxy", OLDER),
    check: "cluster.version",
    says: exactly(`teleport-proxy runs ${OLDER}`),
  },
  {
    title: "an agent pod is on the old revision",
    breaks: (world) => {
      world.kubernetes.find("StatefulSet", "teleport-agent")["status"].updatedReplicas = 1;
    },
    check: "agent.statefulset",
    says: /1 of 2 on the new revision/,
  },
  {
    title: "an init container has failed",
    breaks: (world) => {
      const [first] = world.kubernetes.find("Pod", "teleport-agent-1")["status"]
        .initContainerStatuses;
      first.state = { terminated: { exitCode: 1 } };
    },
    check: "agent.init",
    says: /teleport-agent-1: render-config ended with 1/,
  },
  {
    title: "the agent's version has drifted",
    breaks: (world) => image(world, "StatefulSet", "teleport-agent", OLDER),
    check: "agent.version",
    says: exactly(`teleport-agent runs ${OLDER}, the settings say ${CHART_VERSION}`),
  },
];

const resources: Fault[] = [
  {
    title: "the token is missing",
    breaks: (world) => world.kubernetes.remove("TeleportProvisionToken", "teleport-agent"),
    check: "resources.token",
    says: /no provision token teleport-agent/,
  },
  {
    title: "the role is refused",
    breaks: (world) => conditions(world, "TeleportRoleV7", "kube-admin", "bad verb"),
    check: "resources.role",
    says: /TeleportRoleV7 kube-admin: SuccessfullyReconciled is False: bad verb/,
    remedy:
      /^correct what Teleport refuses.*deploy\/teleport-operator` has more\), then `\S+ up --stack prod`$/,
  },
  {
    title: "a user's role does not exist",
    breaks: (world) => conditions(world, "TeleportUser", "alice", "role dev is not found"),
    check: "resources.reconciled",
    says: /TeleportUser alice: .*role dev is not found/,
  },
  {
    title: "a declared user is missing",
    breaks: (world) => {
      world.settings.resources.users["bob"] = { spec: {}, labels: {}, keep: false, ignore: false };
    },
    check: "resources.reconciled",
    says: /there is no TeleportUser bob/,
  },
  {
    title: "a finalizer is stuck",
    breaks: (world) => {
      Object.assign(world.kubernetes.find("TeleportUser", "alice")["metadata"], {
        deletionTimestamp: new Date(Date.now() - 3600_000),
        finalizers: ["resources.teleport.dev/deletion"],
      });
    },
    check: "resources.deletion",
    says: /TeleportUser alice waits for resources\.teleport\.dev\/deletion: only the operator.s log says why Teleport keeps it/,
  },
];

const secrets: Fault[] = [
  {
    title: "the operator's login to Vault and a Secret are gone",
    breaks: ({ kubernetes: fake }) => {
      fake.remove("VaultAuth", "teleport");
      fake.remove("Secret", "teleport-agent-credentials");
    },
    check: "secrets.synced",
    says: /^there is no Secret teleport-agent-credentials; there is no VaultAuth teleport$/,
    remedy: /^`bin\/access-plane up --stack prod --refresh`/,
  },
  {
    title: "nothing orders a Secret that is gone",
    breaks: ({ kubernetes: fake }) => {
      fake.remove("VaultStaticSecret", "teleport-agent-credentials");
      fake.remove("Secret", "teleport-agent-credentials");
    },
    check: "secrets.synced",
    says: /there is no VaultStaticSecret teleport-agent-credentials$/,
    remedy: /^`bin\/access-plane up --stack prod --refresh`/,
  },
  {
    title: "a Secret differs from Vault",
    breaks: (world) => {
      world.kubernetes.find("Secret", "teleport-agent-credentials")["data"]["zot-basic-auth"] =
        "b2xk";
    },
    check: "secrets.synced",
    says: /teleport-agent-credentials differs from .* in zot-basic-auth/,
  },
  {
    title: "Vault has changed just now",
    breaks: (world) => {
      const found = world.vault.data["secret/data/teleport/agent"];
      found!["data"]["zot-basic-auth"] = "changed";
      found!["metadata"].created_time = new Date().toISOString();
    },
    check: "secrets.synced",
    state: "warning",
    says: /changed just now/,
  },
  {
    title: "the auth pods have not restarted after a new password",
    breaks: (world) => {
      const { metadata } = world.kubernetes.find("Secret", "infra-db-credentials");
      metadata.managedFields[0].time = "2026-01-02T00:00:00Z";
    },
    check: "secrets.loaded",
    says: /teleport-auth-0, teleport-auth-1 started before Secret infra-db-credentials changed/,
  },
  {
    title: "a secret is in a ConfigMap",
    breaks: (world) => {
      world.kubernetes.find("ConfigMap", "teleport-agent")["data"]["teleport.yaml"] =
        "Authorization: Basic dGVzdGVyOm5vdC1yZWFs";
    },
    check: "secrets.plain",
    says: /teleport-agent-credentials\/zot-basic-auth is in ConfigMap teleport-agent/,
  },
  {
    title: "the password is in Helm's values",
    breaks: (world) =>
      void world.kubernetes.objects.push(
        helmRecord("other", { config: { password: "not-a-real-password" } }),
      ),
    check: "secrets.plain",
    says: /infra-db-credentials\/password is in Helm release other/,
  },
];

const certificates: Fault[] = [
  {
    title: "cert-manager cannot renew",
    breaks: (world) => {
      const [ready] = world.kubernetes.find("Certificate", "teleport-tls")["status"].conditions;
      Object.assign(ready, { status: "False", message: "DNS-01 challenge failed" });
    },
    check: "certificate.ready",
    says: /DNS-01 challenge failed/,
  },
  {
    title: "the key belongs to another certificate",
    breaks: async (world) => {
      const other = await world.pki.issueLeaf();
      world.store({ cert: world.pki.good.cert, key: other.key });
    },
    check: "certificate.secret",
    says: /not the key of the certificate/,
  },
  {
    title: "the certificate is for another name",
    breaks: async (world) =>
      everywhere(world, await world.pki.issueLeaf({ names: ["lumie-infra.com", "*.lumie.dev"] })),
    check: "certificate.names",
    says: /\*\.lumie-infra\.com is missing; app coder/,
    remedy: /up --stack prod --refresh`$/,
  },
  {
    title: "somebody took a name out of the Certificate",
    breaks: async (world) => {
      world.kubernetes.find("Certificate", "teleport-tls")["spec"] = {
        dnsNames: ["lumie-infra.com"],
      };
      everywhere(world, await world.pki.issueLeaf({ names: ["lumie-infra.com"] }));
    },
    check: "certificate.names",
    says: /\*\.lumie-infra\.com is missing/,
    // A plain update refuses fields that somebody else wrote.
    remedy: /PULUMI_K8S_ENABLE_PATCH_FORCE=true .* --refresh`, then `bin\/access-plane up --stack/,
  },
  {
    title: "the Secret has a certificate without the names of its Certificate",
    breaks: async (world) => {
      world.kubernetes.find("Certificate", "teleport-tls")["spec"] = {
        dnsNames: ["lumie-infra.com", "*.lumie-infra.com"],
      };
      everywhere(world, await world.pki.issueLeaf({ names: ["lumie-infra.com"] }));
    },
    check: "certificate.names",
    says: /\*\.lumie-infra\.com is missing/,
    // Pulumi does not see the Secret.
    remedy: /^`kubectl .*delete secret teleport-tls -n teleport`: cert-manager/,
  },
  {
    title: "an app of the catalogue is outside the certificate",
    breaks: (world) => {
      const [app] = world.settings.agents["teleport-agent"]?.apps ?? [];
      const wiki = {
        ...app,
        publicAddress: "wiki.elsewhere.dev",
      } as (typeof world.settings.apps.entries)[string];
      world.settings.apps = { ...world.settings.apps, entries: { wiki } };
    },
    check: "certificate.names",
    says: /app wiki: wiki\.elsewhere\.dev is not covered/,
    remedy: /^an app's publicAddress is at most one label below/,
  },
  {
    title: "no known authority has signed the certificate",
    breaks: async (world) => {
      const { makePki } = await import("./world");
      everywhere(world, (await makePki("lumie-infra.com")).good);
    },
    check: "certificate.chain",
    says: /no known authority has signed Test issuer/,
  },
  {
    title: "the intermediate is missing",
    breaks: async (world) => {
      const { leaf, key } = await world.pki.issueLeaf();
      everywhere(world, { cert: leaf, key });
    },
    check: "certificate.chain",
    says: /no known authority has signed lumie-infra\.com/,
  },
  {
    title: "the authority is a private one",
    breaks: async (world) => {
      const { makePki } = await import("./world");
      const other = await makePki("lumie-infra.com");
      everywhere(world, other.good);
      Object.assign(
        world.kubernetes.find("Secret", "teleport-tls")["data"] as object,
        secretData({ "ca.crt": other.root.pem }),
      );
    },
    check: "certificate.chain",
    state: "warning",
    says: /up to Test root, which this machine does not trust/,
  },
  {
    title: "the certificate has expired",
    breaks: async (world) => everywhere(world, await world.pki.issueLeaf({ from: -90, until: -1 })),
    check: "certificate.days",
    says: /expired on/,
  },
  {
    title: "renewal is overdue",
    breaks: async (world) => everywhere(world, await world.pki.issueLeaf({ from: -80, until: 10 })),
    check: "certificate.days",
    state: "warning",
    says: /renewal is overdue/,
  },
];

const exposure: Fault[] = [
  {
    title: "the node port is off by one",
    breaks: (world) => {
      world.kubernetes.find("Service", "teleport")["spec"].ports[0].nodePort = 30444;
    },
    check: "exposure.service",
    says: /NodePort 443:30444/,
  },
  {
    title: "the load balancer is not active",
    breaks: (world) => void (world.aws.balancer!["State"] = { Code: "failed" }),
    check: "exposure.load-balancer",
    says: /failed/,
  },
  {
    title: "the load balancer is internal",
    breaks: (world) => void (world.aws.balancer!["Scheme"] = "internal"),
    check: "exposure.load-balancer",
    says: /^network, internal, active/,
    remedy: /--refresh --allow load-balancer`/,
  },
  {
    title: "the listener speaks TLS",
    breaks: (world) => void (world.aws.listener[0]!["Protocol"] = "TLS"),
    check: "exposure.listener",
    says: /TLS 443/,
  },
  {
    title: "the target group's port was changed",
    breaks: (world) => void (world.aws.group["Port"] = 30444),
    check: "exposure.target-group",
    says: /TCP 30444/,
  },
  {
    title: "the nodes' security group is closed",
    breaks: (world) => void (world.aws.rules["sg-nodes"] = []),
    check: "exposure.security-groups",
    says: /sg-nodes does not let the load balancer in on port 30443/,
  },
  {
    title: "the load balancer refuses clients",
    breaks: (world) => void world.aws.rules["sg-lb"]!.shift(),
    check: "exposure.security-groups",
    says: /0\.0\.0\.0\/0 may not reach port 443/,
  },
  {
    title: "the wildcard record points elsewhere",
    breaks: (world) => {
      world.aws.record["*.lumie-infra.com"]!["AliasTarget"].DNSName = "old-1.elb.amazonaws.com.";
    },
    check: "dns.records",
    says: /\*\.lumie-infra\.com points to old-1/,
  },
  {
    title: "the apex resolves to another address",
    breaks: (world) => void (world.dns["lumie-infra.com"] = ["192.0.2.7"]),
    check: "dns.resolution",
    says: /lumie-infra\.com resolves to 192\.0\.2\.7/,
  },
  {
    title: "the operator asks for Vault where Teleport serves it",
    breaks: (world) =>
      void world.kubernetes.objects.push(
        object("secrets.hashicorp.com/v1beta1", "VaultConnection", "default", {
          metadata: { namespace: "vault-secrets-operator-system" },
          spec: { address: "https://vault.lumie-infra.com:8200" },
        }),
      ),
    check: "dns.outside",
    says: /^VaultConnection vault-secrets-operator-system\/default is at vault\.lumie-infra\.com, where Teleport serves the app vault$/,
  },
  {
    title: "the operator's connection may not be read",
    breaks: ({ kubernetes: fake }) => void fake.unreadable.add("VaultConnection"),
    check: "dns.outside",
    state: "warning",
    says: /^VaultConnection not read: the API server answers 403/,
    advice: true,
  },
  {
    title: "the API server is below the wildcard",
    breaks: (world) => void (world.kubernetes.apiServer = "https://k8s.lumie-infra.com:6443"),
    check: "dns.outside",
    says: /^the API server \(kubeconfig\) is at k8s\.lumie-infra\.com, which leads to Teleport$/,
    advice: true,
  },
  {
    title: "the state is below the wildcard, and its name does not resolve",
    breaks: (world) => {
      world.context.env = { PULUMI_BACKEND_URL: "s3://state?endpoint=s3.lumie-infra.com:9000" };
      world.dns["s3.lumie-infra.com"] = [];
    },
    check: "dns.outside",
    state: "warning",
    says: /^the state \(PULUMI_BACKEND_URL\) is at s3\.lumie-infra\.com, which does not resolve from here$/,
    advice: true,
  },
];

const served: Fault[] = [
  {
    title: "another certificate is served",
    breaks: async (world) => world.serve(await world.pki.issueLeaf({ from: -30 })),
    check: "proxy.certificate",
    says: /127\.0\.0\.1 serves lumie-infra\.com with serial/,
  },
  {
    title: "an expired certificate is served",
    breaks: async (world) => world.serve(await world.pki.issueLeaf({ from: -90, until: -1 })),
    check: "proxy.certificate",
    says: /127\.0\.0\.1 serves/,
  },
  {
    title: "a certificate for another name is served",
    breaks: async (world) => world.serve(await world.pki.issueLeaf({ names: ["example.test"] })),
    check: "proxy.certificate",
    says: /127\.0\.0\.1 serves/,
  },
  {
    title: "the chain is not served",
    breaks: async (world) => {
      const { cert, key, leaf } = await world.pki.issueLeaf();
      world.store({ cert, key });
      world.serve({ cert: leaf, key });
    },
    check: "proxy.certificate",
    says: /not the chain behind it/,
  },
  {
    title: "proxies have not loaded the new certificate yet",
    breaks: async (world) => world.store(await world.pki.issueLeaf({ from: -0.01 })),
    check: "proxy.certificate",
    state: "warning",
    says: /proxies reload it/,
  },
  {
    title: "the proxy has another version",
    breaks: (world) => void (world.proxy.version = OLDER),
    check: "proxy.ping",
    says: exactly(`lumie-infra.com ${OLDER}`),
  },
  {
    title: "an app answers without a login",
    breaks: (world) => void world.proxy.open.add("grafana.lumie-infra.com"),
    check: "apps.login",
    says: /^grafana: answers 200 without a redirect$/,
  },
];

const logs: Fault[] = [
  {
    title: "auth cannot log in to PostgreSQL",
    breaks: (world) =>
      log(
        world,
        "teleport-auth-0/teleport",
        'ERRO failed to connect to `host=infra-db user=teleport`: password authentication failed password="hunter2"',
      ),
    check: "logs.storage",
    says: /^1 lines, the last: teleport-auth-0\/teleport: .*password=\[secret\]/,
  },
  {
    title: "the change feed is lost",
    breaks: (world) => log(world, "teleport-auth-1/teleport", "ERRO Change feed stream lost."),
    check: "logs.change-feed",
    says: /teleport-auth-1/,
  },
  {
    title: "a header secret is missing",
    breaks: (world) =>
      log(
        world,
        "teleport-agent-0/render-config",
        "render: app zot: key zot-basic-auth is missing",
      ),
    check: "logs.config",
    says: /app zot: key zot-basic-auth/,
  },
  {
    title: "the agent cannot join",
    breaks: (world) =>
      log(world, "teleport-agent-1/teleport", "ERRO Failed to establish connection to cluster."),
    check: "logs.registration",
    says: /teleport-agent-1/,
  },
];

const drift: Fault[] = [
  {
    title: "a preview would change something",
    breaks: (world) =>
      void world.steps.push({
        op: "update",
        urn: "urn:pulumi:prod::access-plane::a:b:C$kubernetes:core/v1:ServicePatch::node-port",
      }),
    check: "drift.none",
    says: /update kubernetes:core\/v1:ServicePatch node-port/,
  },
];

/** Every fault that a test makes. */
export const FAULTS: Fault[] = [
  ...kubernetes,
  ...vault,
  ...headers,
  ...aws,
  ...recordings,
  ...awsRoles,
  ...before,
  ...owners,
  ...workloads,
  ...RELEASE_FAULTS,
  ...BACKUP_FAULTS,
  ...resources,
  ...secrets,
  ...certificates,
  ...exposure,
  ...TARGET_FAULTS,
  ...served,
  ...logs,
  ...drift,
];
