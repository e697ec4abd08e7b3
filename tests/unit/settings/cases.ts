import type { Sections } from "./fixture";
import { folderDigest } from "../../../inventory/chart-folder";
import { CHART_VERSION } from "../../../teleport/versions";

/** A change of the reference settings, and all its problems: `path message`. */
export interface Case {
  title: string;
  change: (settings: Sections) => void;
  problems: string[];
}

const bad = (title: string, change: Case["change"], problems: string[]): Case => ({
  title,
  change,
  problems,
});
const renameAgent = (settings: Sections, name: string) =>
  (settings.agents = { [name]: settings.agents["teleport-agent"] });
/** A GitHub connector whose client secret is in Vault. */
const connector = (path: string) => ({
  spec: {
    client_id: "id",
    redirect_url: "https://lumie-infra.com/v1/webapi/github/callback",
    teams_to_roles: [{ organization: "lumie", team: "platform", roles: ["kube-admin"] }],
  },
  clientSecret: { path },
});
const header = (settings: Sections, value: unknown) =>
  (settings.agents["teleport-agent"].apps[0].rewrite.headers = [value]);

/** Names of apps whose loopback addresses are the same. */
const COLLIDING = ["app-383", "app-1711"];

/** Keys and kinds of values. */
export const shapeCases: Case[] = [
  bad("a key of Teleport's own", (s) => (s.agents["teleport-agent"].apps[3].public_addr = "x"), [
    "access-plane:agents.teleport-agent.apps[3].public_addr is not a setting: did you mean access-plane:agents.teleport-agent.apps[3].publicAddress?",
  ]),
  bad("days", (s) => (s.database.auditRetention = "365d"), [
    'access-plane:database.auditRetention is "365d", must be a Go duration such as "30m" or "720h"; write "8760h".',
  ]),
  bad(
    "a half of an MCP server, and nothing about a uri",
    (s) => (s.agents["teleport-agent"].apps[3] = { name: "mcp", mcp: { command: "x" } }),
    [
      "access-plane:agents.teleport-agent.apps[3].mcp.runAsHostUser is missing; add it: user in the agent's container.",
    ],
  ),
  bad("an unknown section", (s) => (s.agnets = {}), [
    "access-plane:agnets is not a setting: did you mean access-plane:agents?",
  ]),
  bad("an unknown key", (s) => (s.aws.endpoit = "x"), [
    "access-plane:aws.endpoit is not a setting: did you mean access-plane:aws.endpoint?",
  ]),
  bad("an unknown key like no other", (s) => (s.kubernetes.colour = "x"), [
    "access-plane:kubernetes.colour is not a setting. Known here: kubeconfig, context.",
  ]),
  bad("another style of a key", (s) => (s.database["state-database"] = "x"), [
    "access-plane:database.state-database is not a setting: did you mean access-plane:database.stateDatabase?",
  ]),
  bad("an unknown key in an app", (s) => (s.agents["teleport-agent"].apps[3].publicAddres = "x"), [
    "access-plane:agents.teleport-agent.apps[3].publicAddres is not a setting: did you mean access-plane:agents.teleport-agent.apps[3].publicAddress?",
  ]),
  bad("a missing section", (s) => delete s.certificate, [
    "access-plane:certificate is missing; add it: certificate for the apex and the wildcard of `clusterName`, from cert-manager.",
  ]),
  bad("a missing section whose description begins with a name", (s) => delete s.database, [
    "access-plane:database is missing; add it: PostgreSQL for state and audit events.",
  ]),
  bad("a missing key", (s) => delete s.database.host, [
    "access-plane:database.host is missing; add it: host of PostgreSQL itself (no pgbouncer).",
  ]),
  bad("an empty section", (s) => (s.teleport = null), [
    "access-plane:teleport is empty: give it a mapping, or remove the key for its default.",
  ]),
  bad(
    "a list for a mapping",
    (s) =>
      (s.vault = [
        'access-plane:agents.teleport-agent.insecureSkipProxyTLSVerify is false, but agents join at "10.0.0.1:443", which the certificate (lumie-infra.com, *.lumie-infra.com) does not cover: remove proxyAddress to join verified at lumie-infra.com:443.',
      ]),
    ["access-plane:vault must be a mapping, and is a list."],
  ),
  bad("a number for text", (s) => (s.loadBalancer.subnets.tags = { "kubernetes.io/role/elb": 1 }), [
    'access-plane:loadBalancer.subnets.tags["kubernetes.io/role/elb"] is 1 (a number), must be text; put it in quotes: "1".',
  ]),
  bad("quotes around a number", (s) => (s.nodePort = "30443"), [
    'access-plane:nodePort is "30443" (text), must be a number; remove the quotes.',
  ]),
  bad("a fraction", (s) => (s.agents["teleport-agent"].replicas = 1.5), [
    "access-plane:agents.teleport-agent.replicas is 1.5 (a fraction), must be a whole number.",
  ]),
  bad("no replicas", (s) => (s.agents["teleport-agent"].replicas = 0), [
    "access-plane:agents.teleport-agent.replicas is 0, must be at least 1.",
  ]),
  bad("text for true or false", (s) => (s.agents["teleport-agent"].storage = "yes"), [
    'access-plane:agents.teleport-agent.storage is "yes" (text), must be true or false.',
  ]),
  bad("a misspelt choice", (s) => (s.teleport.edition = "enterprice"), [
    'access-plane:teleport.edition is "enterprice", must be one of community, enterprise; did you mean enterprise?',
  ]),
  bad("a boolean where YAML needs quotes", (s) => (s.teleport.proxyProtocol = true), [
    'access-plane:teleport.proxyProtocol is true, must be one of on, off; quote it: "on", "off".',
  ]),
  bad("a misspelt source", (s) => (s.database.credentials = { source: "static" }), [
    'access-plane:database.credentials.source is "static", must be one of existing, generated, static-role; did you mean static-role?',
  ]),
  bad("a key of another source", (s) => (s.database.credentials.rotation = "2"), [
    'access-plane:database.credentials.rotation goes with the source "generated" only: remove it, or change that.',
  ]),
  bad("an empty list", (s) => (s.teleport.publicAddresses = []), [
    "access-plane:teleport.publicAddresses is an empty list: name at least one.",
  ]),
  bad("an agent without settings", (s) => (s.agents["teleport-agent"] = null), [
    "access-plane:agents.teleport-agent is empty: give it a mapping.",
  ]),
  bad("an empty section that is needed", (s) => (s.database = null), [
    "access-plane:database is empty: give it a mapping.",
  ]),
  bad("a quoted true", (s) => (s.agents["teleport-agent"].storage = "true"), [
    'access-plane:agents.teleport-agent.storage is "true" (text), must be true or false; remove the quotes.',
  ]),
  bad("a number too large for anything", (s) => (s.nodePort = 1e21), [
    "access-plane:nodePort is 1e+21, must be a node port, 30000-32767.",
  ]),
  bad(
    "labels that Kubernetes does not take",
    (s) => (s.agents["teleport-agent"].nodeSelector = { "a b": "x", pool: "a/b" }),
    [
      'access-plane:agents.teleport-agent.nodeSelector["a b"] is a key that must be a label\'s key such as pool or example.com/pool.',
      "access-plane:agents.teleport-agent.nodeSelector.pool is \"a/b\", must be a label's value: at most 63 letters, digits, and inner '-', '_' and '.'.",
    ],
  ),
  bad("keys without a name", (s) => (s.aws.tags = { "": "x" }), [
    'access-plane:aws.tags[""] is an empty key: give it a name.',
  ]),
  bad("a resource without a name", (s) => (s.resources = { roles: { "": { spec: {} } } }), [
    'access-plane:resources.roles[""] is an empty key: give it a name.',
  ]),
  bad("an empty text", (s) => (s.kubernetes.context = ""), [
    "access-plane:kubernetes.context is empty: give it a value, or remove the key for its default.",
  ]),
];

const agentOf = (settings: Sections) => settings.agents["teleport-agent"];
const remote = (settings: Sections, change: object = {}) => {
  const { "teleport-agent": agent } = settings.agents;
  for (const section of Object.keys(settings)) Reflect.deleteProperty(settings, section);
  agent.insecureSkipProxyTLSVerify = false;
  Object.assign(settings, {
    kind: "agent",
    plane: { clusterName: "lumie-infra.com" },
    agents: { "teleport-agent": agent },
    ...change,
  });
};

/** Kinds of stacks. */
export const kindCases: Case[] = [
  bad("a misspelt kind", (s) => (s.kind = "agnet"), [
    'access-plane:kind is "agnet", must be one of plane, agent, apps, event-handler; did you mean agent?',
  ]),
  bad("a kind that is no text", (s) => (s.kind = 5), [
    "access-plane:kind is 5, must be one of plane, agent, apps, event-handler.",
  ]),
  bad("a section of another kind", (s) => remote(s, { teleport: {}, nodePort: 30443 }), [
    'access-plane:teleport belongs to a stack of kind "plane", and this one is of kind "agent": remove it, or change access-plane:kind.',
    'access-plane:nodePort belongs to a stack of kind "plane", and this one is of kind "agent": remove it, or change access-plane:kind.',
  ]),
  bad("another kind's section in a plane", (s) => (s.plane = { stack: "prod" }), [
    'access-plane:plane belongs to a stack of kind "agent" or "apps" or "event-handler", and this one is of kind "plane": remove it, or change access-plane:kind.',
  ]),
  bad("agents without a plane", (s) => remote(s, { plane: undefined }), [
    "access-plane:plane is missing; add it: the access plane (another stack) to which this stack belongs.",
  ]),
  bad("a plane without a name", (s) => remote(s, { plane: {} }), [
    "access-plane:plane names no plane: set `stack` (its outputs are read) or `clusterName`.",
  ]),
  bad("a plane at an address", (s) => remote(s, { plane: { clusterName: "10.0.0.1" } }), [
    'access-plane:plane.clusterName is "10.0.0.1", an IP address: apps and certificate need a domain, such as example.com.',
  ]),
  bad("a stack of agents without agents", (s) => remote(s, { agents: {} }), [
    'access-plane:agents is empty, and a stack of kind "agent" has nothing else: add one.',
  ]),
  bad(
    "a join to a name the plane's certificate lacks",
    (s) => remote(s, { plane: { clusterName: "lumie-infra.com", proxyAddress: "10.0.0.1:443" } }),
    [
      'access-plane:agents.teleport-agent.insecureSkipProxyTLSVerify is false, but agents join at "10.0.0.1:443", which the certificate (lumie-infra.com, *.lumie-infra.com) does not cover: remove proxyAddress to join verified at lumie-infra.com:443.',
    ],
  ),
  bad(
    "two agents that join by one token",
    (s) => {
      const agent = (clusterName: string) => ({
        join: { method: "kubernetes", token: "west" },
        kubernetes: { clusterName },
      });
      const agents = { one: agent("a"), two: agent("b") };
      remote(s, { plane: { stack: "organization/access-plane/prod" }, agents });
    },
    [
      'access-plane:agents.two.join.token is "west", by which agents.one joins, and the plane\'s remoteAgents.west admits one agent: give this agent a token of its own, and the plane an entry for it.',
    ],
  ),
];

/** Names, addresses, durations. */
export const nameCases: Case[] = [
  bad("a cluster name in capitals", (s) => (s.clusterName = "Lumie.com"), [
    'access-plane:clusterName is "Lumie.com", must be a DNS name in lower case, such as teleport.example.com.',
  ]),
  bad("a cluster name of one label", (s) => (s.clusterName = "lumie"), [
    'access-plane:clusterName is "lumie", must be a domain with at least two labels, such as lumie.example.com: the certificate names it and its wildcard.',
    'access-plane:loadBalancer.dns.zone is "lumie-infra.com", and "lumie" is not in that zone: name the hosted zone that lumie belongs to.',
  ]),
  bad("a cluster name that is an address", (s) => (s.clusterName = "10.0.0.1"), [
    'access-plane:clusterName is "10.0.0.1", an IP address: apps and certificate need a domain, such as example.com.',
    'access-plane:loadBalancer.dns.zone is "lumie-infra.com", and "10.0.0.1" is not in that zone: name the hosted zone that 10.0.0.1 belongs to.',
  ]),
  bad("an invalid host", (s) => (s.database.host = "infra_db"), [
    'access-plane:database.host is "infra_db", must be a DNS name in lower case, such as teleport.example.com.',
  ]),
  bad(
    "an address without port",
    (s) => (s.agents["teleport-agent"].proxyAddress = "lumie-infra.com"),
    [
      'access-plane:agents.teleport-agent.proxyAddress is "lumie-infra.com", must be HOST:PORT without a scheme, port 1-65535, for example teleport.example.com:443.',
    ],
  ),
  bad(
    "an address with a scheme",
    (s) => (s.teleport.publicAddresses = ["https://lumie-infra.com:443"]),
    [
      'access-plane:teleport.publicAddresses[0] is "https://lumie-infra.com:443", must be HOST:PORT without a scheme, port 1-65535, for example teleport.example.com:443.',
    ],
  ),
  bad("a port out of range", (s) => (s.teleport.publicAddresses = ["lumie-infra.com:70000"]), [
    'access-plane:teleport.publicAddresses[0] is "lumie-infra.com:70000", must be HOST:PORT without a scheme, port 1-65535, for example teleport.example.com:443.',
  ]),
  bad("a node port below the range", (s) => (s.nodePort = 29999), [
    "access-plane:nodePort is 29999, must be a node port, 30000-32767.",
  ]),
  bad("a node port above the range", (s) => (s.nodePort = 32768), [
    "access-plane:nodePort is 32768, must be a node port, 30000-32767.",
  ]),
  bad("an invalid duration", (s) => (s.certificate.duration = "90d"), [
    'access-plane:certificate.duration is "90d", must be a Go duration such as "30m" or "720h"; write "2160h".',
  ]),
  bad("a duration of nothing", (s) => (s.teleport.certificateReload = "0s"), [
    'access-plane:teleport.certificateReload is "0s", must be at least 1s.',
  ]),
  bad("a release name over 53 characters", (s) => renameAgent(s, "a".repeat(54)), [
    `access-plane:agents.${"a".repeat(54)} is a name of 54 characters, but Helm allows 53: shorten it.`,
  ]),
  bad("a release name that is no label", (s) => renameAgent(s, "Web_1"), [
    "access-plane:agents.Web_1 is not a valid name of a Helm release: use a DNS label (a-z, 0-9 and inner '-').",
  ]),
  bad("the cluster's release name", (s) => renameAgent(s, "teleport"), [
    "access-plane:agents.teleport is the release of the cluster itself: choose another name.",
  ]),
  bad("the name of a part of the cluster", (s) => renameAgent(s, "teleport-auth"), [
    "access-plane:agents.teleport-auth is the name of a part of the cluster's release: choose another.",
  ]),
  bad(
    "a name that would be lost",
    (s) => (s.resources = JSON.parse('{ "bots": { "__proto__": { "spec": { "roles": [] } } } }')),
    ["access-plane:resources.bots.__proto__ is a name that nothing may have here: rename it."],
  ),
  bad("two Secrets of one name", (s) => (s.database.secretName = "teleport-tls"), [
    'access-plane:database.secretName is "teleport-tls", the same Secret as certificate.secretName: give each its own name.',
  ]),
  bad(
    "a database Secret that a connector writes",
    (s) => {
      s.resources = { githubConnectors: { gh: connector("teleport/github") } };
      s.database.secretName = "github-connector-gh";
    },
    [
      'access-plane:database.secretName is "github-connector-gh", the same Secret as resources.githubConnectors.gh: give each its own name.',
    ],
  ),
  bad(
    "a Secret of two agents in one foreign namespace",
    (s) => {
      s.agents = Object.fromEntries(
        ["one", "two"].map((name) => [
          name,
          {
            namespace: "edge",
            dynamicApps: true,
            credentials: { secretName: "shared", path: `teleport/${name}`, keys: ["a"] },
          },
        ]),
      );
    },
    [
      'access-plane:agents.two.credentials.secretName is "shared", the same Secret as agents.one.credentials.secretName: give each its own name.',
    ],
  ),
  bad(
    "an administrator's Secret that the database's own would overwrite",
    (s) =>
      (s.database.credentials = {
        source: "generated",
        path: "infra-db/teleport",
        bootstrap: { adminSecret: "infra-db-credentials" },
      }),
    [
      'access-plane:database.credentials.bootstrap.adminSecret is "infra-db-credentials", the Secret that database.secretName writes, but it does not hold an administrator\'s credentials: name the Secret that does.',
    ],
  ),
  bad("a chart version that is not exact", (s) => (s.chart = { version: "18" }), [
    `access-plane:chart.version is "18", must be an exact version such as ${CHART_VERSION}.`,
  ]),
  bad("an invalid digest of an image", (s) => (s.images = { digests: { teleport: "18.0" } }), [
    'access-plane:images.digests.teleport is "18.0", must be a digest: sha256: and 64 hexadecimal digits.',
  ]),
  bad(
    "an invalid digest",
    (s) =>
      (s.chart = {
        digests: {
          "teleport-cluster": "latest",
          "teleport-kube-agent": `sha256:${"0".repeat(64)}`,
        },
      }),
    [
      'access-plane:chart.digests.teleport-cluster is "latest", must be a digest: sha256: and 64 hexadecimal digits.',
    ],
  ),
  bad(
    "a digest of one chart alone",
    (s) => (s.chart = { digests: { "teleport-cluster": `sha256:${"0".repeat(64)}` } }),
    [
      "access-plane:chart.digests has no teleport-kube-agent, which this stack deploys: add its digest from `access-plane verify --only chart`, or remove the setting.",
    ],
  ),
  bad(
    "a folder with another chart than the recorded one",
    (s) =>
      (s.chart = {
        path: "sandbox/charts",
        digests: Object.fromEntries(
          ["teleport-cluster", "teleport-kube-agent"].map((name, index) => [
            name,
            index === 0 ? `sha256:${"0".repeat(64)}` : folderDigest(`sandbox/charts/${name}`),
          ]),
        ),
      }),
    [
      `access-plane:chart.digests.teleport-cluster is sha256:${"0".repeat(64)}, and the files in sandbox/charts/teleport-cluster have ${folderDigest("sandbox/charts/teleport-cluster") ?? ""}: look at what has changed there, then record it.`,
    ],
  ),
  bad(
    "mounts of Vault itself",
    (s) => Object.assign(s.vault, { kvMount: "sys", kubernetesAuthMount: "identity/oidc" }),
    [
      `access-plane:vault.kvMount is "sys", must be a mount of your own, and sys, auth, identity and cubbyhole are Vault's.`,
      `access-plane:vault.kubernetesAuthMount is "identity/oidc", must be a mount of your own, and sys, auth, identity and cubbyhole are Vault's.`,
    ],
  ),
  bad("two chart sources", (s) => (s.chart = { path: "charts", oci: "oci://example.com/charts" }), [
    "access-plane:chart names 2 sources (oci, path): keep one of them.",
  ]),
  bad(
    "an invalid quantity",
    (s) => (s.agents["teleport-agent"].resources = { limits: { memory: "1 GB" } }),
    [
      'access-plane:agents.teleport-agent.resources.limits.memory is "1 GB", must be a Kubernetes quantity such as 500m, 2 or 1Gi.',
    ],
  ),
  bad(
    "a request over its limit",
    (s) =>
      (s.agents["teleport-agent"].resources = {
        requests: { memory: "2Gi" },
        limits: { memory: "512Mi" },
      }),
    [
      'access-plane:agents.teleport-agent.resources.requests.memory is "2Gi", more than the limit "512Mi": lower it, or raise the limit.',
    ],
  ),
];

/** Certificate, Vault, database. */
export const platformCases: Case[] = [
  bad("Vault at the host of an app", (s) => (s.vault.address = "https://vault.lumie-infra.com"), [
    'access-plane:vault.address is at vault.lumie-infra.com, where Teleport serves the app "vault", so programs would get Teleport\'s login: use another address.',
  ]),
  bad(
    "charts at the cluster's own name",
    (s) => (s.chart = { oci: "oci://lumie-infra.com/charts" }),
    ["access-plane:chart.oci is at lumie-infra.com, the cluster's own name: use another address."],
  ),
  bad("a database in the cluster without its authority", (s) => delete s.database.caSecret, [
    'access-plane:database.caSecret is missing: sslMode is "verify-full", and no public authority gives infra-db.infra-db.svc.cluster.local a certificate: name a Secret with its certificates, or set require, which verifies nothing.',
  ]),
  bad(
    "RDS without its bundle",
    (s) => {
      s.database.host = "plane.abc.eu-central-1.rds.amazonaws.com";
      delete s.database.caSecret;
    },
    [
      "access-plane:database.caSecret is missing: sslMode is \"verify-full\", and plane.abc.eu-central-1.rds.amazonaws.com has a certificate of Amazon RDS's own authority (the region's bundle is at https://truststore.pki.rds.amazonaws.com): name a Secret with its certificates, or set require, which verifies nothing.",
    ],
  ),
  bad(
    "RDS in China without its bundle",
    (s) => {
      s.database.host = "plane.abc.rds.cn-north-1.amazonaws.com.cn";
      delete s.database.caSecret;
    },
    [
      "access-plane:database.caSecret is missing: sslMode is \"verify-full\", and plane.abc.rds.cn-north-1.amazonaws.com.cn has a certificate of Amazon RDS's own authority (the region's bundle is at https://truststore.pki.rds.amazonaws.com): name a Secret with its certificates, or set require, which verifies nothing.",
    ],
  ),
  ...["pg.private", "pg.home.arpa", "pg.service.consul", "10.0.0.5", "pg.db.svc"].map((host) =>
    bad(
      `a private database without its authority, as ${host}`,
      (s) => {
        s.database.host = host;
        delete s.database.caSecret;
      },
      [
        `access-plane:database.caSecret is missing: sslMode is "verify-full", and no public authority gives ${host} a certificate: name a Secret with its certificates, or set require, which verifies nothing.`,
      ],
    ),
  ),
  bad("a renewal before the start", (s) => (s.certificate.renewBefore = "2160h"), [
    'access-plane:certificate.renewBefore is "2160h", must be shorter than the duration "2160h", or the certificate would be renewed without end.',
  ]),
  bad(
    "a certificate too short",
    (s) => Object.assign(s.certificate, { duration: "30m", renewBefore: "10m" }),
    ['access-plane:certificate.duration is "30m", and cert-manager wants at least 1h.'],
  ),
  bad(
    "a key size of the other algorithm",
    (s) => (s.certificate.privateKey = { algorithm: "RSA", size: 256 }),
    ["access-plane:certificate.privateKey.size is 256, and RSA keys have 2048, 4096, 8192 bits."],
  ),
  bad("an issuer kind without its group", (s) => (s.certificate.issuer.kind = "AWSPCAIssuer"), [
    'access-plane:certificate.issuer.kind is "AWSPCAIssuer", and cert-manager.io has Issuer and ClusterIssuer only: for an external issuer, set `group` too.',
  ]),
  bad("a Vault path with data/", (s) => (s.database.credentials.path = "data/infra-db/teleport"), [
    'access-plane:database.credentials.path is "data/infra-db/teleport": remove "data/", which only Vault\'s API uses; write "infra-db/teleport".',
  ]),
  bad(
    "a Vault path with the mount",
    (s) => (s.agents["teleport-agent"].credentials.path = "secret/data/teleport/agent"),
    [
      'access-plane:agents.teleport-agent.credentials.path is "secret/data/teleport/agent": paths are below the mount "secret" already; write "teleport/agent".',
    ],
  ),
  bad(
    "a Vault path with a wildcard",
    (s) => (s.agents["teleport-agent"].credentials.path = "teleport/*"),
    [
      'access-plane:agents.teleport-agent.credentials.path is "teleport/*", must be a Vault path without leading or trailing slash, empty part, ".", ".." or wildcard, such as teleport/agent.',
    ],
  ),
  bad(
    "a generated password over a connector's secret",
    (s) => {
      s.resources = { githubConnectors: { gh: connector("infra-db/teleport") } };
      s.database.credentials = { source: "generated", path: "infra-db/teleport" };
    },
    [
      'access-plane:database.credentials.path is "infra-db/teleport", which resources.githubConnectors.gh.clientSecret.path also reads: the generated password would overwrite it; use another path.',
    ],
  ),
  bad(
    "a connector's path with Vault's API in it",
    (s) => (s.resources = { githubConnectors: { gh: connector("data/teleport/github") } }),
    [
      'access-plane:resources.githubConnectors.gh.clientSecret.path is "data/teleport/github": remove "data/", which only Vault\'s API uses; write "teleport/github".',
    ],
  ),
  bad(
    "a generated password over another secret",
    (s) => (s.database.credentials = { source: "generated", path: "teleport/agent" }),
    [
      'access-plane:database.credentials.path is "teleport/agent", which agents.teleport-agent.credentials.path also reads: the generated password would overwrite it; use another path.',
    ],
  ),
  bad(
    "a static role without the operator",
    (s) => {
      s.vault.delivery = "pulumi";
      s.database.credentials = { source: "static-role", connection: "infra-db" };
    },
    [
      'access-plane:vault.delivery is "pulumi", but a static-role password rotates between deployments, which only the operator follows: use delivery "operator", or another database.credentials.source.',
    ],
  ),
  bad(
    "an authority without verification",
    (s) => Object.assign(s.database, { caSecret: { name: "db-ca" }, sslMode: "require" }),
    [
      'access-plane:database.caSecret is set, but sslMode "require" verifies nothing: set verify-full, or remove it.',
    ],
  ),
  bad("one database for both", (s) => (s.database.auditDatabase = "teleport"), [
    'access-plane:database.auditDatabase is "teleport", the database of cluster state: use another one for audit events.',
  ]),
  bad("a tag that AWS keeps", (s) => (s.aws.tags = { "aws:team": "x" }), [
    'access-plane:aws.tags["aws:team"] starts with "aws:", which AWS reserves: rename it.',
  ]),
];

/** The program makes the bucket of recordings. */
const madeBucket = (s: Sections, bucket: object = { eksCluster: "lumie" }) =>
  (s.teleport.recordings = { bucket });

export const recordingCases: Case[] = [
  bad("two roles of the auth pods", (s) => (s.teleport.recordings.podIdentity = true), [
    "access-plane:teleport.recordings.podIdentity is set, and so is roleArn, but the auth pods have one role: keep one of them.",
  ]),
  bad(
    "a role and an annotation for it",
    (s) =>
      (s.teleport.auth = { serviceAccountAnnotations: { "eks.amazonaws.com/role-arn": "arn" } }),
    [
      'access-plane:teleport.auth.serviceAccountAnnotations["eks.amazonaws.com/role-arn"] is set, and so is teleport.recordings.roleArn, but the auth pods have one role: keep one of them.',
    ],
  ),
  bad(
    "a role in AWS and recordings elsewhere",
    (s) => (s.teleport.sessionRecordings = "gs://recordings"),
    [
      "access-plane:teleport.recordings.roleArn has no effect: sessionRecordings is not an s3:// address.",
    ],
  ),
  bad("a bucket without a role", (s) => madeBucket(s, {}), [
    "access-plane:teleport.recordings.bucket does not say who may assume the role: set oidcProviderArn (IRSA) or eksCluster (Pod Identity).",
  ]),
  bad(
    "a bucket for two",
    (s) =>
      madeBucket(s, {
        eksCluster: "lumie",
        oidcProviderArn: "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/A",
      }),
    [
      "access-plane:teleport.recordings.bucket is ambiguous: oidcProviderArn and eksCluster are set, keep one of them.",
    ],
  ),
  bad(
    "a bucket without an account",
    (s) => {
      madeBucket(s);
      delete s.aws;
      delete s.loadBalancer;
    },
    ["access-plane:aws is missing: the bucket of recordings is created there; add it."],
  ),
  bad(
    "a bucket in another region",
    (s) => {
      madeBucket(s);
      s.teleport.sessionRecordings = "s3://recordings?region=us-east-1";
    },
    [
      "access-plane:teleport.sessionRecordings names region us-east-1, but the bucket is created in eu-central-1 (aws.region): write ?region=eu-central-1.",
    ],
  ),
  bad(
    "a bucket of another vendor",
    (s) => {
      madeBucket(s);
      s.teleport.sessionRecordings = "s3://recordings?endpoint=minio.example.com";
    },
    [
      "access-plane:teleport.recordings.bucket can be created only at AWS's own endpoint: remove it, or `endpoint` from sessionRecordings.",
    ],
  ),
  bad(
    "a region that is none, of a bucket that exists",
    (s) => (s.teleport.sessionRecordings = "s3://recordings?region=mars-1"),
    [
      'access-plane:teleport.sessionRecordings names region "mars-1", must be an AWS region such as eu-central-1.',
    ],
  ),
  bad(
    "a bucket that exists nowhere",
    (s) => (s.teleport.sessionRecordings = "s3://b?region=eu-central-1"),
    ['access-plane:teleport.sessionRecordings names bucket "b": S3 has no bucket of such a name.'],
  ),
  bad(
    "a bucket whose name S3 refuses",
    (s) => {
      madeBucket(s);
      s.teleport.sessionRecordings = "s3://Lumie_Recordings?region=eu-central-1";
    },
    [
      "access-plane:teleport.sessionRecordings names bucket \"Lumie_Recordings\": S3 allows 3 to 63 lower-case letters, digits, '.' and '-'.",
    ],
  ),
  bad(
    "a key without an ARN",
    (s) => {
      madeBucket(s);
      s.teleport.sessionRecordings = "s3://recordings?region=eu-central-1&sse_kms_key=alias/a";
    },
    [
      "access-plane:teleport.sessionRecordings has an sse_kms_key that is not an ARN, but the role's policy needs its ARN: write the ARN.",
    ],
  ),
];

/** A connector of Google Workspace. */
const google = (s: Sections, spec: object, rest: object = {}) => {
  s.teleport.edition = "enterprise";
  s.teleport.licensePath = "teleport/license";
  s.resources = {
    oidcConnectors: {
      google: {
        spec: {
          client_id: "id",
          issuer_url: "https://accounts.google.com",
          redirect_url: ["https://lumie-infra.com/v1/webapi/oidc/callback"],
          claims_to_roles: [{ claim: "groups", value: "ops@lumie-infra.com", roles: ["access"] }],
          ...spec,
        },
        clientSecret: { path: "teleport/google" },
        ...rest,
      },
    },
  };
};

/** A second agent, which lives in a namespace of its own. */
const second = (s: Sections, agent: object = {}) => {
  s.agents.web = {
    databases: [{ name: "web", protocol: "postgres", uri: "web.db:5432" }],
    ...agent,
  };
};

/** An agent that looks for something in AWS. */
const finder = (s: Sections, matcher: object, agent: object = {}) => {
  s.agents.finder = {
    discovery: { group: "aws", aws: [{ types: ["rds"], regions: ["eu-central-1"], ...matcher }] },
    databaseResources: [{ "*": "*" }],
    ...agent,
  };
};

const FINDER = "access-plane:agents.finder";

export const awsDiscoveryCases: Case[] = [
  bad("instances that cannot join", (s) => finder(s, { types: ["ec2"] }), [
    `${FINDER}.discovery.aws[0].joinToken is missing: Teleport on found instances joins by a provision token of method iam; name one.`,
  ]),
  bad("a token for what does not join", (s) => finder(s, { joinToken: "instances" }), [
    `${FINDER}.discovery.aws[0].joinToken is for ec2 only: remove it, or look for ec2.`,
  ]),
  bad(
    "instances that join by another method",
    (s) => {
      finder(s, { types: ["ec2"], joinToken: "instances" });
      s.resources = {
        provisionTokens: {
          instances: {
            spec: {
              roles: ["Node"],
              join_method: "kubernetes",
              kubernetes: { type: "in_cluster", allow: [{ service_account: "a:b" }] },
            },
          },
        },
      };
    },
    [
      `${FINDER}.discovery.aws[0].joinToken is "instances", whose method is kubernetes: found instances join by iam.`,
    ],
  ),
  bad(
    "access entries without clusters",
    (s) => finder(s, { setupAccessForArn: "arn:aws:iam::123456789012:role/kube" }),
    [`${FINDER}.discovery.aws[0].setupAccessForArn is for eks only: remove it, or look for eks.`],
  ),
  bad("an external id for no role", (s) => finder(s, { externalId: "x" }), [
    `${FINDER}.discovery.aws[0].externalId is set without assumeRoleArn: set both, or neither.`,
  ]),
  bad(
    "two roles of an agent",
    (s) =>
      finder(
        s,
        {},
        {
          awsRoleArn: "arn:aws:iam::123456789012:role/a",
          join: { method: "iam", roleArn: "arn:aws:iam::123456789012:role/b" },
        },
      ),
    [
      `${FINDER}.join.roleArn is another role than awsRoleArn ("arn:aws:iam::123456789012:role/a"), and pods have one: keep one of them.`,
    ],
  ),
];

export const agentNamespaceCases: Case[] = [
  bad(
    "a Secret in a namespace that the deployment would make",
    (s) => {
      second(s, { caSecretName: "proxy-ca" });
      s.images = { pullSecrets: ["registry"] };
    },
    [
      "access-plane:agents.web.namespace is missing: agents.web.caSecretName, images.pullSecrets names a Secret of the agent's namespace, which this deployment would create (teleport-web): create a namespace with that Secret and name it here.",
    ],
  ),
  bad(
    "a variable from a Secret in a namespace that the deployment would make",
    (s) => {
      const from = (name: string) => ({ valueFrom: { secretKeyRef: { name, key: "token" } } });
      second(s, {
        credentials: { path: "teleport/web", keys: ["token"] },
        extraEnv: [
          { name: "OWN", ...from("web-credentials") },
          { name: "FOREIGN", ...from("other") },
        ],
      });
    },
    [
      "access-plane:agents.web.namespace is missing: agents.web.extraEnv.1.valueFrom.secretKeyRef names a Secret of the agent's namespace, which this deployment would create (teleport-web): create a namespace with that Secret and name it here.",
    ],
  ),
  bad(
    "a private authority that the agent's namespace does not know",
    (s) => {
      second(s);
      s.certificate.caSecretName = "private-ca";
    },
    [
      "access-plane:agents.web.caSecretName is missing: the authority of certificate.caSecretName signs the proxy's certificate, and agents verify that: create a namespace with a copy of that Secret, and name them here and in agents.web.namespace (teleport-web is made by this deployment, without the Secret).",
    ],
  ),
  bad(
    "a private authority that a given namespace may not know",
    (s) => {
      second(s, { namespace: "web" });
      s.certificate.caSecretName = "private-ca";
    },
    [
      "access-plane:agents.web.caSecretName is missing: the authority of certificate.caSecretName signs the proxy's certificate, and agents verify that: create a copy of that Secret in namespace web, and name it here.",
    ],
  ),
  bad(
    "a namespace with too long a name",
    (s) => {
      s.namespace = { name: "n".repeat(60) };
      second(s);
    },
    [
      `access-plane:agents.web.namespace would be "${"n".repeat(60)}-web", but Kubernetes allows 63 characters: name a shorter namespace that exists.`,
    ],
  ),
];

export const googleCases: Case[] = [
  bad(
    "a file of a service account that nothing mounts",
    (s) => google(s, { google_service_account_uri: "file:///var/lib/teleport/key.json" }),
    [
      'access-plane:resources.oidcConnectors.google.spec.google_service_account_uri is "file:///var/lib/teleport/key.json", but nothing mounts that file into the auth pods: put the key into Vault and set googleServiceAccount, or mount it with teleport.values.auth.extraVolumeMounts.',
    ],
  ),
  bad(
    "two keys of a service account, and no administrator",
    (s) =>
      google(
        s,
        { google_service_account_uri: "file:///key.json" },
        { googleServiceAccount: { path: "teleport/google" } },
      ),
    [
      "access-plane:resources.oidcConnectors.google.spec.google_service_account_uri is set, but googleServiceAccount sets it, too: remove it.",
      "access-plane:resources.oidcConnectors.google.spec.google_admin_email is missing: with googleServiceAccount Teleport reads groups as an administrator of the Workspace; name one.",
    ],
  ),
];

export const teleportCases: Case[] = [
  bad("enterprise without licence", (s) => (s.teleport.edition = "enterprise"), [
    "access-plane:teleport.licensePath is missing: the enterprise edition needs the Vault path of its licence (key license.pem).",
  ]),
  bad("a licence in the community edition", (s) => (s.teleport.licensePath = "teleport/license"), [
    'access-plane:teleport.licensePath is set, but the edition is "community": set edition "enterprise", or remove the path.',
  ]),
  bad("recordings on one of two pods", (s) => delete s.teleport.sessionRecordings, [
    "access-plane:teleport.sessionRecordings is missing: with 2 auth replicas recordings cannot stay on a pod's disk: set s3://BUCKET?region=REGION (or gs://, azblob://), or teleport.auth.replicas: 1.",
  ]),
  bad(
    "local logins only, and none allowed",
    (s) => (s.teleport.authentication = { localAuth: false }),
    [
      'access-plane:teleport.authentication.localAuth is false, but the type is "local", so nobody could log in: set it to true, or choose another type.',
    ],
  ),
  bad("a connector without name", (s) => (s.teleport.authentication = { type: "github" }), [
    'access-plane:teleport.authentication.connectorName is missing: type "github" needs the name of the connector that logins use.',
  ]),
  bad(
    "OIDC in the community edition",
    (s) => (s.teleport.authentication = { type: "oidc", connectorName: "okta" }),
    [
      'access-plane:teleport.authentication.type is "oidc", which the community edition does not have: use github or local, or the enterprise edition.',
    ],
  ),
  bad(
    "a connector for local logins",
    (s) => (s.teleport.authentication = { connectorName: "github" }),
    [
      'access-plane:teleport.authentication.connectorName is "github", but type "local" has only local, passwordless, headless: set the connector\'s type, or remove the name.',
    ],
  ),
  bad(
    "only sso factors for local users",
    (s) => (s.teleport.authentication = { secondFactors: ["sso"] }),
    [
      "access-plane:teleport.authentication.secondFactors is only sso, which local users do not have: add otp or webauthn, or set localAuth: false.",
    ],
  ),
  bad(
    "a public address outside the certificate",
    (s) => (s.teleport.publicAddresses = ["lumie.example.com:443"]),
    [
      "access-plane:teleport.publicAddresses[0] is \"lumie.example.com:443\", which is not one of the certificate's names (lumie-infra.com, *.lumie-infra.com): use one of them, or the Service's in-cluster name.",
    ],
  ),
  bad(
    "the in-cluster address first",
    (s) => (s.teleport.publicAddresses = ["teleport.teleport.svc:443"]),
    [
      'access-plane:teleport.publicAddresses[0] is "teleport.teleport.svc:443", which people outside cannot reach: put lumie-infra.com:443 first.',
    ],
  ),
  bad("PROXY protocol at the load balancer only", (s) => (s.loadBalancer.proxyProtocolV2 = true), [
    'access-plane:teleport.proxyProtocol is "off", but loadBalancer.proxyProtocolV2 is true, and Teleport would refuse its header: set both, or neither.',
  ]),
  bad(
    "PROXY protocol at Teleport only",
    (s) => {
      s.teleport.proxyProtocol = "on";
      Object.assign(s.agents["teleport-agent"], {
        proxyAddress: "lumie-infra.com:443",
        insecureSkipProxyTLSVerify: false,
      });
    },
    [
      'access-plane:loadBalancer.proxyProtocolV2 is false, but teleport.proxyProtocol is "on", which refuses connections without the header: set both, or neither.',
    ],
  ),
  bad(
    "PROXY protocol and an in-cluster agent",
    (s) => {
      s.teleport.proxyProtocol = "on";
      s.loadBalancer.proxyProtocolV2 = true;
    },
    [
      'access-plane:agents.teleport-agent.proxyAddress is in-cluster, where nothing sends the header that teleport.proxyProtocol "on" requires: join at the public address, or set teleport.proxyProtocol: "off".',
    ],
  ),
];

/** The agent and its apps. */
export const agentCases: Case[] = [
  bad(
    "an insecure join to a public address",
    (s) => (s.agents["teleport-agent"].proxyAddress = "lumie-infra.com:443"),
    [
      'access-plane:agents.teleport-agent.insecureSkipProxyTLSVerify is true, but agents join at "lumie-infra.com:443", which is not in-cluster, so an attacker on the network could pose as the proxy: set it to false, or join at the Service\'s in-cluster name.',
    ],
  ),
  bad(
    "a verified join to a name the certificate lacks",
    (s) =>
      Object.assign(agentOf(s), {
        insecureSkipProxyTLSVerify: false,
        proxyAddress: "teleport.teleport.svc.cluster.local:443",
      }),
    [
      'access-plane:agents.teleport-agent.insecureSkipProxyTLSVerify is false, but agents join at "teleport.teleport.svc.cluster.local:443", which the certificate (lumie-infra.com, *.lumie-infra.com) does not cover: remove proxyAddress to join verified at lumie-infra.com:443.',
    ],
  ),
  bad(
    "an app outside the certificate",
    (s) => (s.agents["teleport-agent"].apps[3].publicAddress = "umami.example.com"),
    [
      `access-plane:agents.teleport-agent.apps[3].publicAddress is "umami.example.com", which the proxy's certificate does not cover: use one label below lumie-infra.com, or remove it.`,
    ],
  ),
  bad(
    "an app two labels below",
    (s) => (s.agents["teleport-agent"].apps[3].publicAddress = "a.b.lumie-infra.com"),
    [
      `access-plane:agents.teleport-agent.apps[3].publicAddress is "a.b.lumie-infra.com", which the proxy's certificate does not cover: use one label below lumie-infra.com, or remove it.`,
    ],
  ),
  bad(
    "an app at the apex",
    (s) => (s.agents["teleport-agent"].apps[3].publicAddress = "lumie-infra.com"),
    [
      `access-plane:agents.teleport-agent.apps[3].publicAddress is "lumie-infra.com", the proxy's own address: choose a host below it.`,
    ],
  ),
  bad("two apps of one name", (s) => (s.agents["teleport-agent"].apps[3].name = "coder"), [
    'access-plane:agents.teleport-agent.apps[3].name is "coder", as apps[0] is called: rename one.',
  ]),
  bad(
    "two apps of one address",
    (s) => {
      s.agents["teleport-agent"].apps[3].publicAddress = "stats.lumie-infra.com";
      s.agents["teleport-agent"].apps[4].publicAddress = "stats.lumie-infra.com";
    },
    [
      'access-plane:agents.teleport-agent.apps[4].publicAddress makes the host "stats.lumie-infra.com", which apps[3] (umami) already has: change one of them.',
    ],
  ),
  bad(
    "an app at another's default host",
    (s) => (s.agents["teleport-agent"].apps[3].publicAddress = "coder.lumie-infra.com"),
    [
      'access-plane:agents.teleport-agent.apps[3].publicAddress makes the host "coder.lumie-infra.com", which apps[0] (coder) already has: change one of them.',
    ],
  ),
  bad(
    "one app behind two agents",
    (s) =>
      (s.agents.more = {
        ...s.agents["teleport-agent"],
        apps: [{ name: "coder", uri: "http://c" }],
      }),
    [
      'access-plane:agents.more.apps[0].name is "coder", as agents.teleport-agent.apps[0] is called: rename one.',
    ],
  ),
  bad("an app name that is no label", (s) => (s.agents["teleport-agent"].apps[3].name = "my_app"), [
    "access-plane:agents.teleport-agent.apps[3].name is \"my_app\", must be a DNS label (a-z, 0-9 and inner '-').",
  ]),
  bad("an app without scheme", (s) => (s.agents["teleport-agent"].apps[3].uri = "umami:3000"), [
    'access-plane:agents.teleport-agent.apps[3].uri is "umami:3000", must be an http://, https://, tcp://, mcp+http(s):// or mcp+sse+http(s):// address.',
  ]),
  bad(
    "an app port out of range",
    (s) => (s.agents["teleport-agent"].apps[3].uri = "http://umami:99999"),
    [
      'access-plane:agents.teleport-agent.apps[3].uri is "http://umami:99999", and its port must be 1-65535.',
    ],
  ),
  bad("a tcp app without port", (s) => (s.agents["teleport-agent"].apps[3].uri = "tcp://umami"), [
    'access-plane:agents.teleport-agent.apps[3].uri is "tcp://umami", but a tcp app needs a port: write tcp://HOST:PORT.',
  ]),
  bad("headers of a tcp app", (s) => (s.agents["teleport-agent"].apps[0].uri = "tcp://coder:22"), [
    "access-plane:agents.teleport-agent.apps[0].rewrite has no effect on a tcp:// app, which has no headers: remove it.",
  ]),
  bad(
    "a password in an app's uri",
    (s) => (s.agents["teleport-agent"].apps[3].uri = "http://admin:hunter2@umami:3000"),
    [
      "access-plane:agents.teleport-agent.apps[3].uri holds a password in plain text: put it in Vault at credentials.path of the agent, and send it in a header with `secret`.",
    ],
  ),
  bad(
    "an app that leads to itself",
    (s) => (s.agents["teleport-agent"].apps[3].uri = "https://umami.lumie-infra.com"),
    [
      'access-plane:agents.teleport-agent.apps[3].uri leads to the app\'s own public address "umami.lumie-infra.com", a loop: use the internal address.',
    ],
  ),
  bad(
    "a label that Teleport keeps",
    (s) => (s.agents["teleport-agent"].apps[3].labels = { "teleport.internal/x": "1" }),
    [
      'access-plane:agents.teleport-agent.apps[3].labels["teleport.internal/x"] is a label that Teleport reserves: rename it.',
    ],
  ),
  bad(
    "a configuration over 1 MiB",
    (s) => {
      for (let i = 0; i < 6000; i++) {
        s.agents["teleport-agent"].apps.push({
          name: `a${i}`,
          uri: `http://a${i}:80`,
          description: "x".repeat(150),
        });
      }
    },
    [
      "access-plane:agents.teleport-agent has 6012 static apps, which make a ConfigMap of about 1532 KiB and a release of about 207 KiB, but each may have at most 1024 KiB: share the catalogue among 2 agents, or let apps without secrets be dynamic.",
    ],
  ),
];

/** Headers that the agent sets. */
export const headerCases: Case[] = [
  bad("the form of teleport.yaml", (s) => header(s, "X-A: b"), [
    "access-plane:agents.teleport-agent.apps[0].rewrite.headers[0] is a text, as in teleport.yaml: write {name: NAME, value: VALUE}, or `secret`.",
  ]),
  bad("a name that is no token", (s) => header(s, { name: "X Name", value: "a" }), [
    "access-plane:agents.teleport-agent.apps[0].rewrite.headers[0].name is \"X Name\", must be a header's name: letters, digits and !#$%&'*+.^_`|~-, without colon or space.",
  ]),
  bad("a line break in a value", (s) => header(s, { name: "X-A", value: "a\r\nX-B: b" }), [
    "access-plane:agents.teleport-agent.apps[0].rewrite.headers[0].value has a line break or another control character, which is not allowed in a header.",
  ]),
  bad("a NUL in a value", (s) => header(s, { name: "X-A", value: "a\u0000" }), [
    "access-plane:agents.teleport-agent.apps[0].rewrite.headers[0].value holds the control character U+0000: remove it.",
  ]),
  bad("a space at the end", (s) => header(s, { name: "X-A", value: "a " }), [
    "access-plane:agents.teleport-agent.apps[0].rewrite.headers[0].value starts or ends with a space, which HTTP drops: remove it.",
  ]),
  bad("neither value nor secret", (s) => header(s, { name: "X-A" }), [
    "access-plane:agents.teleport-agent.apps[0].rewrite.headers[0] has no value: add `value` (plain) or `secret` (a key of Vault).",
  ]),
  bad(
    "both value and secret",
    (s) => header(s, { name: "X-A", value: "a", secret: { key: "zot-basic-auth" } }),
    [
      "access-plane:agents.teleport-agent.apps[0].rewrite.headers[0] has both `value` and `secret`: keep one of them.",
    ],
  ),
  bad("a misspelt kind of value", (s) => header(s, { name: "X-A", vaule: "a" }), [
    "access-plane:agents.teleport-agent.apps[0].rewrite.headers[0].vaule is not a setting: did you mean access-plane:agents.teleport-agent.apps[0].rewrite.headers[0].value?",
  ]),
  bad("a secret written out", (s) => header(s, { name: "X-A", secret: "hunter2" }), [
    "access-plane:agents.teleport-agent.apps[0].rewrite.headers[0].secret is [value not shown] (text), must be a mapping.",
  ]),
  bad(
    "a header that Teleport ignores",
    (s) => header(s, { name: "X-Forwarded-Host", value: "a" }),
    [
      'access-plane:agents.teleport-agent.apps[0].rewrite.headers[0].name is "X-Forwarded-Host", which Teleport sets itself: remove it.',
    ],
  ),
  bad("Teleport's JWT header", (s) => header(s, { name: "teleport-jwt-assertion", value: "a" }), [
    'access-plane:agents.teleport-agent.apps[0].rewrite.headers[0].name is "teleport-jwt-assertion", which Teleport sets itself: remove it.',
  ]),
  bad("a header of the connection", (s) => header(s, { name: "Content-Length", value: "1" }), [
    'access-plane:agents.teleport-agent.apps[0].rewrite.headers[0].name is "Content-Length", which belongs to the connection and cannot be set: remove it.',
  ]),
  bad(
    "a template that Teleport does not know",
    (s) => header(s, { name: "X-A", value: "{{env.HOME}}" }),
    [
      `access-plane:agents.teleport-agent.apps[0].rewrite.headers[0].value names "env", which Teleport does not expand: use external.NAME, internal.NAME, email.local(…) or regexp.replace(…). Teleport skips such a header and passes the client's own on. For a value with braces use a \`secret\`, with secretHeaders: sidecar.`,
    ],
  ),
  bad("a mark of this program", (s) => header(s, { name: "X-A", value: "@@coder/key@@" }), [
    "access-plane:agents.teleport-agent.apps[0].rewrite.headers[0].value contains @@…/…@@, which this program uses as a placeholder for secrets: write it differently.",
  ]),
  bad("a plain credential", (s) => header(s, { name: "Authorization", value: "Bearer hunter2" }), [
    'access-plane:agents.teleport-agent.apps[0].rewrite.headers[0].value of "Authorization" looks like a credential in plain text: put it in Vault at credentials.path of the agent, and write `secret: {key: …}` instead of `value`.',
  ]),
  bad("a plain key", (s) => header(s, { name: "X-Api-Key", value: "hunter2" }), [
    'access-plane:agents.teleport-agent.apps[0].rewrite.headers[0].value of "X-Api-Key" looks like a credential in plain text: put it in Vault at credentials.path of the agent, and write `secret: {key: …}` instead of `value`.',
  ]),
  bad(
    "chart values that settings decide, or that the chart does not have",
    (s) => {
      s.teleport.values = {
        clusterName: "other",
        auth: { resources: {}, teleportConfig: { teleport: { storage: { type: "dir" } } } },
        terminationGracePeriodSeconds: 120,
      };
      s.agents["teleport-agent"].values = { serviceAccountName: "other", dnsPolicy: "Default" };
    },
    [
      "access-plane:teleport.values.clusterName is a value that this program sets; use instead: clusterName.",
      "access-plane:teleport.values.auth.resources is a value that this program sets; use instead: teleport.auth.resources.",
      "access-plane:teleport.values.auth.teleportConfig.teleport.storage is a value that this program sets; use instead: database and teleport.sessionRecordings.",
      "access-plane:agents.teleport-agent.values.serviceAccountName is a value that this program sets; use instead: nothing (the token is for the service account with the release's name).",
    ],
  ),
  bad(
    "chart values that reach a setting by another way",
    (s) => {
      s.teleport.values = {
        authenticationType: "github",
        separatePostgresListener: true,
        serviceAccount: { name: "other" },
        auth: {
          enterprise: true,
          persistence: { enabled: true },
          teleportConfig: {
            auth_service: {
              authentication: { second_factors: ["otp"], device_trust: { mode: "optional" } },
            },
          },
        },
        proxy: {
          service: { type: "LoadBalancer" },
          teleportConfig: { proxy_service: { public_addr: ["other.example.com:443"] } },
        },
      };
      s.agents["teleport-agent"].values = {
        teleportConfig: {
          app_service: { apps: [{ name: "x", uri: "http://x" }] },
          teleport: { cache: { enabled: true }, proxy_server: "other.example.com:443" },
        },
      };
    },
    [
      "access-plane:teleport.values.auth.enterprise is a value that this program sets; use instead: teleport.edition.",
      "access-plane:teleport.values.auth.persistence is a value that this program sets; use instead: teleport.sessionRecordings.",
      "access-plane:teleport.values.auth.teleportConfig.auth_service.authentication.second_factors is a value that this program sets; use instead: teleport.authentication.secondFactors.",
      "access-plane:teleport.values.proxy.service is a value that this program sets; use instead: nodePort and loadBalancer.",
      "access-plane:teleport.values.proxy.teleportConfig.proxy_service.public_addr is a value that this program sets; use instead: teleport.publicAddresses.",
      "access-plane:teleport.values.authenticationType is a value that this program sets; use instead: teleport.authentication.type.",
      "access-plane:teleport.values.separatePostgresListener is a value that this program sets; use instead: nothing (one port serves everything, see nodePort).",
      "access-plane:teleport.values.serviceAccount is a value that this program sets; use instead: nothing (tokens, bindings and roles of AWS name the chart's service accounts).",
      "access-plane:agents.teleport-agent.values.teleportConfig.app_service.apps is a value that this program sets; use instead: apps.",
      "access-plane:agents.teleport-agent.values.teleportConfig.teleport.proxy_server is a value that this program sets; use instead: proxyAddress.",
    ],
  ),
  bad(
    "chart values that the chart does not have",
    (s) => (s.teleport.values = { terminationGracePeriodSecond: 120, extraArgs: "x" }),
    [
      'access-plane:teleport.values.extraArgs is "x" (text), must be a list; put it in brackets.',
      "access-plane:teleport.values.terminationGracePeriodSecond is not a setting: did you mean access-plane:teleport.values.terminationGracePeriodSeconds?",
    ],
  ),
  bad(
    "a template next to a secret",
    (s) =>
      header(s, { name: "X-A", secret: { key: "zot-basic-auth", prefix: "{{internal.jwt}} " } }),
    [
      "access-plane:agents.teleport-agent.apps[0].rewrite.headers[0].secret.prefix holds a brace, and templates are not expanded next to a secret: remove it.",
    ],
  ),
  bad(
    "a secret that the sidecar cannot add",
    (s) => {
      const agent = s.agents["teleport-agent"];
      agent.secretHeaders = "sidecar";
      agent.apps.push({
        name: "aws",
        cloud: "AWS",
        rewrite: { headers: [{ name: "X-A", secret: { key: "zot-basic-auth" } }] },
      });
    },
    [
      "access-plane:agents.teleport-agent.apps[12].rewrite.headers has a `secret`, which the sidecar can only add to requests to an http(s) uri: remove it.",
    ],
  ),
  bad(
    "two apps at one loopback address",
    (s) => {
      const agent = s.agents["teleport-agent"];
      agent.secretHeaders = "sidecar";
      for (const name of COLLIDING) {
        agent.apps.push({
          name,
          uri: `http://${name}.apps:80`,
          rewrite: { headers: [{ name: "X-A", secret: { key: "zot-basic-auth" } }] },
        });
      }
    },
    [
      `access-plane:agents.teleport-agent.secretHeaders is sidecar, and apps ${COLLIDING.join(" and ")} would get the same loopback address by a hash of their names: rename one.`,
    ],
  ),
  bad(
    "a secret that is not delivered",
    (s) => header(s, { name: "X-A", secret: { key: "zot-basic-aut" } }),
    [
      'access-plane:agents.teleport-agent.apps[0].rewrite.headers[0].secret.key is "zot-basic-aut", which is not in agents.teleport-agent.credentials.keys (zot-basic-auth, openclaw-gateway-token): did you mean zot-basic-auth?',
    ],
  ),
  bad("a secret unlike any", (s) => header(s, { name: "X-A", secret: { key: "grafana" } }), [
    'access-plane:agents.teleport-agent.apps[0].rewrite.headers[0].secret.key is "grafana", which is not in agents.teleport-agent.credentials.keys (zot-basic-auth, openclaw-gateway-token): add it there.',
  ]),
  bad(
    "a line break before a secret",
    (s) => header(s, { name: "X-A", secret: { key: "zot-basic-auth", prefix: "a\n" } }),
    [
      "access-plane:agents.teleport-agent.apps[0].rewrite.headers[0].secret.prefix has a line break or another control character, which is not allowed in a header.",
    ],
  ),
  bad(
    "a header set twice",
    (s) =>
      (s.agents["teleport-agent"].apps[0].rewrite.headers = [
        { name: "Host", value: "a" },
        { name: "HOST", value: "b" },
      ]),
    [
      'access-plane:agents.teleport-agent.apps[0].rewrite.headers[1].name is "HOST", which headers[0] already sets: keep one of them.',
    ],
  ),
  bad("secrets without credentials", (s) => delete s.agents["teleport-agent"].credentials, [
    'access-plane:agents.teleport-agent.apps[1].rewrite.headers[0].secret.key is "openclaw-gateway-token", but agents.teleport-agent.credentials is missing: set its path and keys.',
    'access-plane:agents.teleport-agent.apps[11].rewrite.headers[0].secret.key is "zot-basic-auth", but agents.teleport-agent.credentials is missing: set its path and keys.',
  ]),
  bad(
    "a key delivered twice",
    (s) => s.agents["teleport-agent"].credentials.keys.push("zot-basic-auth"),
    ['access-plane:agents.teleport-agent.credentials.keys[2] repeats "zot-basic-auth": remove it.'],
  ),
  bad("an invalid key", (s) => s.agents["teleport-agent"].credentials.keys.push("a b"), [
    "access-plane:agents.teleport-agent.credentials.keys[2] is \"a b\", must be a key (letters, digits, '-', '_' and '.').",
  ]),
];

const shape = (title: string, change: object, problems: string[]): Case =>
  bad(
    title,
    (s) => Object.assign(agentOf(s), change),
    problems.map((text) => `access-plane:agents.teleport-agent${text}`),
  );
const remoteJoin = (settings: Sections, join: object) =>
  (settings.remoteAgents = { west: { join: { method: "kubernetes", ...join } } });

const botJoin = (join: object) => ({ spec: { roles: ["kube-admin"] }, join });

/** Shapes of agents, and how they join. */
export const shapeOfAgentCases: Case[] = [
  bad("an agent that serves nothing", (s) => (s.agents.idle = {}), [
    "access-plane:agents.idle serves nothing: add apps, dynamicApps, kubernetes, databases, databaseResources or discovery.",
  ]),
  shape("nothing to spare for a node's maintenance", { minAvailable: 2 }, [
    ".minAvailable is 2 of 2 pods, so no node could be drained: lower it.",
  ]),
  shape(
    "Capsule Proxy and a kubeconfig",
    { kubernetes: { clusterName: "a", capsule: {}, kubeconfig: { path: "teleport/kubeconfig" } } },
    [
      ".kubernetes.capsule excludes kubeconfig, which names another API server: remove one of them.",
    ],
  ),
  shape("discovery without a name", { discovery: {} }, [
    ".discovery.group is missing: without kubernetes.clusterName, discovery needs a group.",
  ]),
  shape("discovery of two names", { kubernetes: { clusterName: "a" }, discovery: { group: "b" } }, [
    '.discovery.group is "b", but the chart has one name for both: remove it, or write "a".',
  ]),
  shape(
    "a database's password",
    { databases: [{ name: "a", protocol: "mysql", uri: "x://a:b@c:1" }] },
    [
      ".databases[0].uri holds a password in plain text: remove it, as Teleport logs in to databases with its own certificates.",
    ],
  ),
  shape(
    "a database without port",
    { databases: [{ name: "a", protocol: "mysql", uri: "orders" }] },
    ['.databases[0].uri is "orders", and needs a port: write HOST:PORT.'],
  ),
  shape(
    "two databases of one name",
    {
      databases: [
        { name: "a", protocol: "mysql", uri: "a:1" },
        { name: "a", protocol: "mysql", uri: "b:1" },
      ],
    },
    [
      '.databases[1].name is "a", which is also the name of agents.teleport-agent.databases[0]: rename one.',
    ],
  ),
  shape("an unknown join method", { join: { method: "iamm" } }, [
    '.join.method is "iamm", must be one of kubernetes, iam, token; did you mean iam?',
  ]),
  shape("a key of another join method", { join: { method: "token", path: "a", roleArn: "x" } }, [
    '.join.roleArn goes with the method "iam" only: remove it, or change that.',
  ]),
  shape("no identity that may join by IAM", { join: { method: "iam" } }, [
    ".join.allow is empty and there is no roleArn, so no agent could join: set one of them.",
  ]),
  shape(
    "roles by a wildcard",
    {
      join: {
        method: "iam",
        roleArn: "arn:aws:iam::123456789012:role/*",
      },
    },
    [
      '.join.roleArn is "arn:aws:iam::123456789012:role/*", must be one role\'s ARN, such as arn:aws:iam::123456789012:role/agent.',
    ],
  ),
  shape(
    "an identity of another account",
    {
      join: {
        method: "iam",
        allow: [
          { account: "123456789012", arn: "arn:aws:sts::210987654321:assumed-role/agent/*" },
          { account: "123456789012", arn: "arn:aws:sts::*:assumed-role/agent/*" },
          { account: "123456789012", arn: "arn:azure:sts::123456789012:assumed-role/agent/*" },
          { account: "123456789012", arn: " arn:aws:sts::123456789012:assumed-role/agent/*" },
          { account: "123456789012", arn: "arn:aws-cn:sts::123456789012:assumed-role/agent/*" },
        ],
      },
    },
    [
      ".join.allow[0].arn is in account 210987654321, but the rule's account is 123456789012, so nobody could join: use the same account in both.",
      '.join.allow[2].arn is "arn:azure:sts::123456789012:assumed-role/agent/*", must be an ARN such as arn:aws:sts::ACCOUNT:assumed-role/ROLE/*.',
      '.join.allow[3].arn is " arn:aws:sts::123456789012:assumed-role/agent/*", must be an ARN such as arn:aws:sts::ACCOUNT:assumed-role/ROLE/*.',
    ],
  ),
  bad(
    "keys that are numbers",
    (s) => remoteJoin(s, { type: "static_jwks", jwks: '{"keys":[1]}' }),
    [
      "access-plane:remoteAgents.west.join.jwks is not a JSON Web Key Set (a mapping with keys): paste what `kubectl get --raw /openid/v1/jwks` in that cluster prints.",
    ],
  ),
  shape("keys without their type", { join: { method: "kubernetes", jwks: '{"keys":[{}]}' } }, [
    '.join.jwks goes with the type "static_jwks" only, but it is "in_cluster": remove it, or change that.',
    ".join.jwks has a key without its type (kty): paste what `kubectl get --raw /openid/v1/jwks` in that cluster prints.",
  ]),
  shape("a type without its issuer", { join: { method: "kubernetes", type: "oidc" } }, [
    '.join.issuer is missing: with type "oidc", name that cluster\'s issuer.',
  ]),
  bad("no keys of the other cluster", (s) => remoteJoin(s, { type: "static_jwks" }), [
    'access-plane:remoteAgents.west.join.jwks is missing: with type "static_jwks", paste what `kubectl get --raw /openid/v1/jwks` in that cluster prints.',
  ]),
  bad("keys that are none", (s) => remoteJoin(s, { type: "static_jwks", jwks: "{}" }), [
    "access-plane:remoteAgents.west.join.jwks is not a JSON Web Key Set (a mapping with keys): paste what `kubectl get --raw /openid/v1/jwks` in that cluster prints.",
  ]),
  bad(
    "a private key",
    (s) => remoteJoin(s, { type: "static_jwks", jwks: '{"keys":[{"kty":"RSA","d":"x"}]}' }),
    [
      "access-plane:remoteAgents.west.join.jwks has a private key: paste the public keys only, and replace that key.",
    ],
  ),
  bad("a remote agent of this cluster", (s) => remoteJoin(s, {}), [
    'access-plane:remoteAgents.west.join.type is "in_cluster", but the agent is in another cluster, whose tokens Teleport cannot check here: use static_jwks or oidc.',
  ]),
  bad(
    "a remote agent by another's token",
    (s) =>
      (s.remoteAgents = {
        "teleport-agent": {
          join: { method: "kubernetes", type: "oidc", issuer: "https://a.example" },
        },
      }),
    [
      'access-plane:remoteAgents.teleport-agent makes the token "teleport-agent", as agents.teleport-agent does: rename one.',
    ],
  ),
  bad(
    "a bot from a service account of no namespace",
    (s) =>
      (s.resources = {
        bots: { cd: botJoin({ method: "kubernetes", serviceAccounts: ["runner"] }) },
      }),
    ['access-plane:resources.bots.cd.join.serviceAccounts[0] is "runner", must be NAMESPACE:NAME.'],
  ),
  bad(
    "bots with existing tokens, and no identity that may join",
    (s) =>
      (s.resources = {
        bots: {
          "teleport-agent": botJoin({ method: "kubernetes", serviceAccounts: ["ci:runner"] }),
          ci: botJoin({ method: "iam" }),
        },
        provisionTokens: {
          "ci-iam": {
            wide: true,
            spec: { roles: ["App"], join_method: "iam", allow: [{ aws_account: "123456789012" }] },
          },
        },
      }),
    [
      'access-plane:resources.bots.teleport-agent makes the token "teleport-agent", as agents.teleport-agent does: rename one.',
      'access-plane:resources.provisionTokens.ci-iam makes the token "ci-iam", as resources.bots.ci does: rename one.',
      "access-plane:resources.bots.ci.join.allow is empty and there is no roleArn, so no agent could join: set one of them.",
    ],
  ),
  bad(
    "who may join, where it is not decided",
    (s) => {
      remote(s);
      agentOf(s).join = { method: "iam", allow: [{ account: "123456789012" }] };
    },
    [
      "access-plane:agents.teleport-agent.join.allow says who may join, which the plane's stack decides: move it to remoteAgents there.",
    ],
  ),
  bad(
    "a kubeconfig's path with the mount",
    (s) =>
      (agentOf(s).kubernetes = { clusterName: "a", kubeconfig: { path: "secret/teleport/kube" } }),
    [
      'access-plane:agents.teleport-agent.kubernetes.kubeconfig.path is "secret/teleport/kube": paths are below the mount "secret" already; write "teleport/kube".',
    ],
  ),
];

/** The load balancer. */
export const loadBalancerCases: Case[] = [
  bad("no aws section", (s) => delete s.aws, [
    "access-plane:aws is missing: the load balancer needs it, at least its region; add it, or remove loadBalancer.",
  ]),
  bad("an invalid region", (s) => (s.aws.region = "Frankfurt"), [
    'access-plane:aws.region is "Frankfurt", must be an AWS region such as eu-central-1.',
  ]),
  bad("a name over 32 characters", (s) => (s.loadBalancer.name = "t".repeat(33)), [
    'access-plane:loadBalancer.name is "ttttttttttttttttttttttttttttttttt", and it has 33 characters: AWS allows 32.',
  ]),
  bad("a name with a dot", (s) => (s.loadBalancer.name = "tele.port"), [
    "access-plane:loadBalancer.name is \"tele.port\", and it may have only letters, digits and '-'.",
  ]),
  bad("a name that AWS keeps", (s) => (s.loadBalancer.name = "internal-teleport"), [
    'access-plane:loadBalancer.name is "internal-teleport", and it may not start with "internal-", which AWS reserves.',
  ]),
  bad("no targets", (s) => (s.loadBalancer.targets = {}), [
    "access-plane:loadBalancer.targets names nothing: set one of autoScalingGroup, autoScalingGroups, targetGroupBinding, instanceTags, instanceIds.",
  ]),
  bad("empty targets", (s) => (s.loadBalancer.targets = { instanceTags: {} }), [
    "access-plane:loadBalancer.targets.instanceTags is empty: it would match everything or nothing; name at least one.",
  ]),
  bad("two kinds of targets", (s) => (s.loadBalancer.targets.instanceIds = ["i-0a"]), [
    "access-plane:loadBalancer.targets is ambiguous: autoScalingGroup and instanceIds are set, keep one of them.",
  ]),
  bad("an invalid instance", (s) => (s.loadBalancer.targets = { instanceIds: ["web-1"] }), [
    'access-plane:loadBalancer.targets.instanceIds[0] is "web-1", must be an id such as i-0123abcd.',
  ]),
  bad("no subnets", (s) => (s.loadBalancer.subnets = { ids: [] }), [
    "access-plane:loadBalancer.subnets.ids is empty: it would match everything or nothing; name at least one.",
  ]),
  bad("two ways to the VPC", (s) => (s.loadBalancer.vpc.id = "vpc-0a"), [
    "access-plane:loadBalancer.vpc is ambiguous: id and tags are set, keep one of them.",
  ]),
  bad("no security group of the nodes", (s) => (s.loadBalancer.nodeSecurityGroup = {}), [
    "access-plane:loadBalancer.nodeSecurityGroup names nothing: set one of id, tags.",
  ]),
  bad("an invalid network", (s) => (s.loadBalancer.allowedCidrs = ["10.0.0.0/33"]), [
    'access-plane:loadBalancer.allowedCidrs[0] is "10.0.0.0/33", must be a network such as 10.0.0.0/8 or 2001:db8::/32.',
  ]),
  bad("a network with a host's bits", (s) => (s.loadBalancer.allowedCidrs = ["10.1.2.3/8"]), [
    'access-plane:loadBalancer.allowedCidrs[0] is "10.1.2.3/8", which has bits beyond its prefix: write 10.0.0.0/8.',
  ]),
  bad("an IPv6 network", (s) => (s.loadBalancer.allowedCidrs = ["2001:db8::/32"]), [
    'access-plane:loadBalancer.allowedCidrs[0] is "2001:db8::/32", but the load balancer has only IPv4 addresses: remove it.',
  ]),
  bad("no allowed network", (s) => (s.loadBalancer.allowedCidrs = []), [
    "access-plane:loadBalancer.allowedCidrs is an empty list: name at least one.",
  ]),
  bad("a zone elsewhere", (s) => (s.loadBalancer.dns.zone = "example.com"), [
    'access-plane:loadBalancer.dns.zone is "example.com", and "lumie-infra.com" is not in that zone: name the hosted zone that lumie-infra.com belongs to.',
  ]),
];

/** Declared Teleport resources. The checks of their content have their own cases. */
export const resourceCases: Case[] = [
  bad(
    "a misspelt field of a spec",
    (s) => (s.resources = { roles: { dev: { spec: { allow: { kubernetes_group: ["x"] } } } } }),
    [
      "access-plane:resources.roles.dev.spec.allow.kubernetes_group is not a setting: did you mean access-plane:resources.roles.dev.spec.allow.kubernetes_groups?",
    ],
  ),
  bad(
    "what Teleport would refuse",
    (s) => {
      s.resources = {
        roles: { editor: { spec: {} } },
        users: { alice: { spec: { roles: ["kube-admn"] } } },
        samlConnectors: { sso: { spec: {} } },
        apps: { web: { spec: { uri: "http://web", public_addr: "web.example.com" } } },
      };
    },
    [
      "access-plane:resources.roles.editor is a role that Teleport itself creates, and the operator refuses to manage it: choose another name; users may hold the preset without a declaration.",
      'access-plane:resources.samlConnectors are of the enterprise edition, but teleport.edition is "community", whose operator would never process them: remove them, or set teleport.edition "enterprise".',
      'access-plane:resources.users.alice.spec.roles[0] is "kube-admn", which is neither declared here nor a preset of Teleport (did you mean kube-admin?): declare it under resources.roles, or correct it.',
      'access-plane:resources.apps.web.spec.public_addr is "web.example.com", which the proxy\'s certificate does not cover: use one label below lumie-infra.com, or remove it.',
      "access-plane:resources.samlConnectors.sso.spec.acs is missing: https://lumie-infra.com/v1/webapi/saml/acs/sso.",
      "access-plane:resources.samlConnectors.sso.spec.attributes_to_roles is missing: at least one attribute and its roles.",
      "access-plane:resources.samlConnectors.sso.spec.issuer is missing: set it, or entity_descriptor_url (or entity_descriptor).",
      "access-plane:resources.samlConnectors.sso.spec.sso is missing: set it, or entity_descriptor_url (or entity_descriptor).",
      "access-plane:resources.samlConnectors.sso.spec.cert is missing: set it, or entity_descriptor_url (or entity_descriptor).",
    ],
  ),
  bad(
    "one mistake, and nothing that only follows from it",
    (s) => {
      s.clusterName = "Lumie";
      s.resources = {
        presets: ["kube-admn"],
        roles: { dev: { version: "v9", spec: {} } },
        users: { alice: { spec: { roles: ["dev", "kube-admin"] } } },
        apps: { web: { spec: { uri: "http://web", public_addr: "web.example.com" } } },
      };
    },
    [
      'access-plane:clusterName is "Lumie", must be a DNS name in lower case, such as teleport.example.com.',
      'access-plane:resources.presets[0] is "kube-admn", must be one of kube-admin, teleport-view, kube-access, app-access; did you mean kube-admin?',
      'access-plane:resources.roles.dev.version is "v9", must be one of v5, v6, v7, v8; did you mean v5?',
    ],
  ),
  bad(
    "masters without an exemption",
    (s) =>
      (s.resources = {
        roles: { dev: { spec: { allow: { kubernetes_groups: ["system:masters"] } } } },
      }),
    [
      'access-plane:resources.roles.dev.spec.allow.kubernetes_groups[0] grants "system:masters" by the role "dev", a group that no RBAC rule can limit: grant another group and bind it in rbac.bindings, or name "dev" in rbac.allowSystemMasters.',
    ],
  ),
  bad(
    "a client secret in settings",
    (s) =>
      (s.resources = {
        githubConnectors: {
          github: {
            spec: {
              client_id: "abc",
              client_secret: "hunter2",
              redirect_url: "https://lumie-infra.com/v1/webapi/github/callback",
              teams_to_roles: [{ organization: "lumie", team: "dev", roles: ["access"] }],
            },
          },
        },
      }),
    [
      "access-plane:resources.githubConnectors.github.spec.client_secret is plain text: remove it, and let clientSecret name its path in Vault.",
    ],
  ),
];

const agentApps = (s: Sections) => agentOf(s).apps;
const github = (spec: object = {}) => ({
  clientSecret: { path: "teleport/github" },
  spec: {
    client_id: "abc",
    redirect_url: "https://lumie-infra.com/v1/webapi/github/callback",
    teams_to_roles: [{ organization: "example", team: "dev", roles: ["access"] }],
    ...spec,
  },
});

/** The same fault in several places has the same message. */
export const twinCases: Case[] = [
  bad(
    "one public host in an agent and in a resource",
    (s) => {
      s.resources = {
        apps: { portal: { spec: { uri: "http://x", public_addr: "coder.lumie-infra.com" } } },
      };
    },
    [
      'access-plane:agents.teleport-agent.apps[0].name makes the host "coder.lumie-infra.com", which resources.apps.portal already has: change one of them.',
    ],
  ),
  bad(
    "one database in an agent and in a resource",
    (s) => {
      agentOf(s).databases = [{ name: "orders", protocol: "postgres", uri: "orders:5432" }];
      s.resources = {
        databases: { orders: { spec: { protocol: "postgres", uri: "orders:5432" } } },
      };
    },
    [
      'access-plane:agents.teleport-agent.databases[0].name is "orders", as resources.databases.orders is called: rename one.',
    ],
  ),
  bad(
    "headers that Teleport would skip",
    (s) => {
      agentApps(s)[0].rewrite.headers = [
        { name: "X-A", value: "{{external.a}}{{external.b}}" },
        { name: "X-B", value: '{{regexp.match("x")}}' },
      ];
    },
    [
      "access-plane:agents.teleport-agent.apps[0].rewrite.headers[0].value has more than one template, but Teleport expands one per value. Teleport skips such a header and passes the client's own on. For a value with braces use a `secret`, with secretHeaders: sidecar.",
      "access-plane:agents.teleport-agent.apps[0].rewrite.headers[1].value has a condition, which a header cannot be. Teleport skips such a header and passes the client's own on. For a value with braces use a `secret`, with secretHeaders: sidecar.",
    ],
  ),
  bad("an app that leads to the proxy", (s) => (agentApps(s)[3].uri = "https://lumie-infra.com"), [
    'access-plane:agents.teleport-agent.apps[3].uri leads to the proxy itself, "lumie-infra.com": use the internal address of the app.',
  ]),
  bad(
    "a name that Teleport reserves",
    (s) => (agentApps(s)[3].publicAddress = "kube-teleport-proxy-alpn.lumie-infra.com"),
    [
      'access-plane:agents.teleport-agent.apps[3].publicAddress is "kube-teleport-proxy-alpn.lumie-infra.com", a name that Teleport reserves: choose another.',
    ],
  ),
  bad("port 0 of an app", (s) => (agentApps(s)[3].uri = "http://umami:0"), [
    'access-plane:agents.teleport-agent.apps[3].uri is "http://umami:0", and its port must be 1-65535.',
  ]),
  bad("port 0 of an address", (s) => (s.teleport.publicAddresses = ["lumie-infra.com:0"]), [
    'access-plane:teleport.publicAddresses[0] is "lumie-infra.com:0", must be HOST:PORT without a scheme, port 1-65535, for example teleport.example.com:443.',
  ]),
  bad("a blank in an address", (s) => (s.teleport.publicAddresses = ["lumie infra.com:443"]), [
    'access-plane:teleport.publicAddresses[0] is "lumie infra.com:443", must be HOST:PORT without a scheme, port 1-65535, for example teleport.example.com:443.',
  ]),
  bad(
    "IPv6 networks with bits beyond their prefix",
    (s) => (s.loadBalancer.allowedCidrs = ["2001:db8::1/32", "2001:db8::/129", "fe80::1%eth0/64"]),
    [
      'access-plane:loadBalancer.allowedCidrs[0] is "2001:db8::1/32", which has bits beyond its prefix: write 2001:db8::/32.',
      'access-plane:loadBalancer.allowedCidrs[1] is "2001:db8::/129", must be a network such as 10.0.0.0/8 or 2001:db8::/32.',
      'access-plane:loadBalancer.allowedCidrs[2] is "fe80::1%eth0/64", must be a network such as 10.0.0.0/8 or 2001:db8::/32.',
    ],
  ),
];

/** Objects that settings refer to must exist. */
export const referenceCases: Case[] = [
  bad(
    "a connector of another name",
    (s) => {
      s.resources = { githubConnectors: { github: github() } };
      s.teleport.authentication = { type: "github", connectorName: "gihub" };
    },
    [
      'access-plane:teleport.authentication.connectorName is "gihub", which resources.githubConnectors does not declare: did you mean github?',
    ],
  ),
  bad(
    "a redirect to the path of another kind of connector",
    (s) => {
      s.resources = {
        githubConnectors: {
          github: github({ redirect_url: "https://lumie-infra.com/v1/webapi/oidc/callback" }),
        },
      };
    },
    [
      'access-plane:resources.githubConnectors.github.spec.redirect_url is "https://lumie-infra.com/v1/webapi/oidc/callback", but logins return to https://lumie-infra.com/v1/webapi/github/callback: correct it.',
    ],
  ),
];

/** All problems are reported at once, each at its own place. */
export const atOnceCases: Case[] = [
  bad(
    "a wrong name of an app, and nothing about the host that it would make",
    (s) => (s.apps = { entries: { toString: { uri: "http://x.tools:80" } } }),
    [
      "access-plane:apps.entries.toString is not a valid name of an app: use a DNS label (a-z, 0-9 and inner '-', at most 63).",
    ],
  ),
  bad(
    "names, and what is wrong below them",
    (s) => {
      s.agents["wéb"] = { replicas: "two", kubernetes: { clusterName: "x" } };
      s.apps = { entries: { Bad_Name: { uri: 5 } } };
      s.resources = { roles: { Dev_Team: { spec: { allows: {} } } } };
    },
    [
      'access-plane:agents["wéb"].replicas is "two" (text), must be a number.',
      "access-plane:apps.entries.Bad_Name.uri is 5 (a number), must be an http://, https://, tcp://, mcp+http(s):// or mcp+sse+http(s):// address.",
      "access-plane:resources.roles.Dev_Team.spec.allows is not a setting: did you mean access-plane:resources.roles.Dev_Team.spec.allow?",
      `access-plane:agents["wéb"] is not a valid name of a Helm release: use a DNS label (a-z, 0-9 and inner '-').`,
      "access-plane:apps.entries.Bad_Name is not a valid name of an app: use a DNS label (a-z, 0-9 and inner '-', at most 63).",
      "access-plane:resources.roles.Dev_Team is not a valid name of a Kubernetes object (lower-case letters, digits, inner '-' and '.'), which the operator needs: rename it, such as dev-team.",
    ],
  ),
  bad(
    "a form that Teleport documents, and its custom resource does not take",
    (s) => (s.resources = { roles: { dev: { spec: { options: { require_session_mfa: true } } } } }),
    [
      'access-plane:resources.roles.dev.spec.options.require_session_mfa is true, which is taken as text here; put it in quotes: "true".',
    ],
  ),
];
