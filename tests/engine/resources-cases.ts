import type { Collection, TeleportKind } from "../../teleport/resources/kinds";
import { CHART_VERSION } from "../../teleport/versions";

/** One resource of each kind, as settings declare it. The CRDs and the sandbox's Teleport accept it. */
export const RESOURCES = {
  presets: [],
  roles: {
    "role-v5": { version: "v5", spec: { allow: { logins: ["root"] } } },
    "role-v6": { version: "v6", spec: { allow: { logins: ["root"] } } },
    dev: {
      version: "v7",
      spec: {
        allow: {
          kubernetes_labels: { env: "dev" },
          kubernetes_groups: ["developers"],
          kubernetes_resources: [{ kind: "pod", namespace: "*", name: "*", verbs: ["get"] }],
        },
      },
    },
    "role-v8": { version: "v8", spec: { allow: { app_labels: { "*": ["*"] } } } },
  },
  users: { alice: { spec: { roles: ["dev"], traits: { logins: ["alice"] } } } },
  githubConnectors: {
    github: {
      spec: {
        client_id: "client",
        redirect_url: "https://teleport.example.com/v1/webapi/github/callback",
        teams_to_roles: [{ organization: "example", team: "dev", roles: ["dev"] }],
      },
    },
  },
  oidcConnectors: {
    oidc: {
      spec: {
        client_id: "client",
        issuer_url: "https://id.example.com",
        redirect_url: ["https://teleport.example.com/v1/webapi/oidc/callback"],
        claims_to_roles: [{ claim: "groups", value: "dev", roles: ["dev"] }],
      },
    },
  },
  samlConnectors: {
    saml: {
      spec: {
        acs: "https://teleport.example.com/v1/webapi/saml/acs/saml",
        entity_descriptor_url: "https://id.example.com/metadata",
        attributes_to_roles: [{ name: "groups", value: "dev", roles: ["dev"] }],
      },
    },
  },
  loginRules: { rule: { spec: { priority: 1, traits_map: { logins: ["external.logins"] } } } },
  accessLists: {
    list: {
      spec: {
        title: "Developers",
        grants: { roles: ["dev"] },
        owners: [{ name: "alice" }],
        audit: { next_audit_date: "2027-01-31T00:00:00Z", recurrence: { frequency: 6 } },
      },
    },
  },
  oktaImportRules: { okta: { spec: { priority: 1, mappings: [{ match: [{ app_ids: ["1"] }] }] } } },
  bots: { ci: { spec: { roles: ["dev"] } } },
  provisionTokens: {
    "ci-token": {
      spec: {
        roles: ["Bot"],
        bot_name: "ci",
        join_method: "kubernetes",
        kubernetes: { type: "in_cluster", allow: [{ service_account: "ci:tbot" }] },
      },
    },
  },
  trustedClusters: {
    leaf: {
      spec: { enabled: true, role_map: [{ remote: "dev", local: ["dev"] }] },
    },
  },
  workloadIdentities: { workload: { spec: { spiffe: { id: "/ci/workload" } } } },
  apps: { grafana: { spec: { uri: "http://grafana.monitoring.svc.cluster.local" } } },
  databases: { orders: { spec: { protocol: "postgres", uri: "orders.example.com:5432" } } },
  opensshServers: { ssh: { spec: { addr: "10.0.0.1:22", hostname: "ssh" } } },
  opensshEICEServers: { eice: { spec: { addr: "10.0.0.2:22", hostname: "eice" } } },
  autoupdateConfigs: { "autoupdate-config": { spec: { tools: { mode: "enabled" } } } },
  autoupdateVersions: {
    "autoupdate-version": { spec: { tools: { target_version: CHART_VERSION } } },
  },
};

const nobody = { roles: ["nobody"] };
const rule = (kind: string) => ({
  allow: { kubernetes_resources: [{ kind, name: "*", verbs: ["get"] }] },
});

/** What CRDs accept and Teleport refuses: kind, collection, entry, and a part of Teleport's message. */
export const REFUSED: [TeleportKind, Collection, object, RegExp][] = [
  ["TeleportUser", "users", { spec: nobody }, /role nobody is not found/],
  ["TeleportRoleV7", "roles", { version: "v7", spec: rule("pods") }, /kind/],
  ["TeleportRoleV8", "roles", { version: "v8", spec: rule("pod") }, /kind/],
  ["TeleportGithubConnector", "githubConnectors", { spec: { client_id: "x" } }, /teams_to_roles/],
  [
    "TeleportOIDCConnector",
    "oidcConnectors",
    { spec: { claims_to_roles: [{ claim: "groups", value: "x", ...nobody }] } },
    /role "nobody" specified in claims_to_roles/,
  ],
  [
    "TeleportSAMLConnector",
    "samlConnectors",
    { spec: { attributes_to_roles: [{ name: "groups", value: "x", ...nobody }] } },
    /role "nobody" specified in attributes_to_roles/,
  ],
  ["TeleportProvisionToken", "provisionTokens", { spec: { roles: ["Bot"] } }, /bot_name/],
  [
    "TeleportWorkloadIdentityV1",
    "workloadIdentities",
    { spec: { spiffe: { id: "x" } } },
    /must start with a \//,
  ],
  ["TeleportAppV3", "apps", { spec: { uri: "http://x", public_addr: "x:1" } }, /a port/],
  ["TeleportDatabaseV3", "databases", { spec: { protocol: "postgres" } }, /URI is empty/],
  ["TeleportOpenSSHServerV2", "opensshServers", { spec: { addr: "10.0.0.1:22" } }, /hostname/],
  ["TeleportOpenSSHEICEServerV2", "opensshEICEServers", { spec: { hostname: "x" } }, /addr must/],
  ["TeleportAutoupdateConfigV1", "autoupdateConfigs", { spec: {} }, /name must be/],
  ["TeleportAutoupdateVersionV1", "autoupdateVersions", { spec: {} }, /name must be/],
];
