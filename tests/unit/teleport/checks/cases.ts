import { CHART_VERSION } from "../../../../teleport/versions";

/** Declared resources, and all their problems: `place message`. */
export interface CheckCase {
  title: string;
  resources: Record<string, unknown>;
  edition?: "community";
  says: string[];
}

const role = (spec: object, version = "v8") => ({ roles: { dev: { version, spec } } });
const rule = (entry: object, version = "v8") =>
  role({ allow: { kubernetes_resources: [entry] } }, version);
const EVERY = { namespace: "*", name: "*", verbs: ["*"] };
const token = (spec: object) => ({
  provisionTokens: { ci: { spec: { roles: ["App"], ...spec } } },
});
const schedule = (regular: object[], more: object = {}) => ({
  autoupdateConfigs: {
    "autoupdate-config": {
      spec: {
        agents: { mode: "enabled", strategy: "halt-on-error", ...more, schedules: { regular } },
      },
    },
  },
});
const github = (spec: object, more: object = {}) => ({
  roles: { dev: { spec: {} } },
  githubConnectors: {
    github: {
      clientSecret: { path: "teleport/github", key: "client-secret" },
      ...more,
      spec: {
        client_id: "abc",
        redirect_url: "https://example.com/v1/webapi/github/callback",
        teams_to_roles: [{ organization: "example", team: "dev", roles: ["dev"] }],
        ...spec,
      },
    },
  },
});

export const cases: Record<string, CheckCase[]> = {
  kubernetes_resources: [
    {
      title: "a plural in version 7",
      resources: rule({ ...EVERY, kind: "pods" }, "v7"),
      says: [
        'roles.dev.spec.allow.kubernetes_resources.0.kind is "pods", but role version v7 writes pod: correct it, or use version v8.',
      ],
    },
    {
      title: "a kind that version 7 does not have",
      resources: rule({ ...EVERY, kind: "tenants" }, "v7"),
      says: [
        'roles.dev.spec.allow.kubernetes_resources.0.kind is "tenants", but role version v7 has only pod, secret, configmap, namespace, service, serviceaccount, kube_node, persistentvolume, persistentvolumeclaim, deployment, replicaset, statefulset, daemonset, clusterrole, kube_role, clusterrolebinding, rolebinding, cronjob, job, certificatesigningrequest, ingress or "*": correct it, or use version v8.',
      ],
    },
    {
      title: "an API group in version 7",
      resources: rule({ ...EVERY, kind: "deployment", api_group: "apps" }, "v7"),
      says: [
        'roles.dev.spec.allow.kubernetes_resources.0.api_group is "apps", which role version v7 does not have: remove it, or use version v8.',
      ],
    },
    {
      title: "no namespace in version 7",
      resources: rule({ kind: "pod", name: "*", verbs: ["*"] }, "v7"),
      says: [
        'roles.dev.spec.allow.kubernetes_resources.0.namespace is missing, and "pod" is a namespaced kind: name a namespace, a pattern, or "*".',
      ],
    },
    {
      title: "a singular in version 8",
      resources: rule({ ...EVERY, kind: "pod" }),
      says: [
        'roles.dev.spec.allow.kubernetes_resources.0.kind is "pod", but role version v8 uses plurals: write pods.',
      ],
    },
    {
      title: "a singular with its group in version 8",
      resources: rule({ ...EVERY, kind: "deployment", api_group: "apps" }),
      says: [
        'roles.dev.spec.allow.kubernetes_resources.0.kind is "deployment", but role version v8 uses plurals: write deployments.',
      ],
    },
    {
      title: "a singular with any group in version 8",
      resources: rule({ ...EVERY, kind: "kube_role", api_group: "*" }),
      says: [
        'roles.dev.spec.allow.kubernetes_resources.0.kind is "kube_role", but role version v8 uses plurals: write roles.',
      ],
    },
    {
      title: "upper case in version 8",
      resources: rule({ ...EVERY, kind: "Deployments", api_group: "apps" }),
      says: [
        'roles.dev.spec.allow.kubernetes_resources.0.kind is "Deployments", which matches nothing: role version v8 uses plurals in lower case, such as deployments.',
      ],
    },
    {
      title: "no API group in version 8",
      resources: rule({ ...EVERY, kind: "deployments" }),
      says: [
        'roles.dev.spec.allow.kubernetes_resources.0.api_group is missing: deployments are in "apps"; role version v8 needs it for all but the core group.',
      ],
    },
    {
      title: "no API group of an unknown kind",
      resources: rule({ ...EVERY, kind: "tenants" }),
      says: [
        'roles.dev.spec.allow.kubernetes_resources.0.api_group is missing, and "tenants" is not a kind of the core group: name the group (`kubectl api-resources`), or "*".',
      ],
    },
    {
      title: "no namespace in version 8",
      resources: rule({ kind: "deployments", api_group: "apps", name: "*", verbs: ["*"] }),
      says: [
        'roles.dev.spec.allow.kubernetes_resources.0.namespace is missing, and "deployments" is a namespaced kind: name a namespace, a pattern, or "*".',
      ],
    },
    {
      title: "no kind",
      resources: rule({ ...EVERY }),
      says: [
        'roles.dev.spec.allow.kubernetes_resources.0.kind is missing: name a plural such as pods, or "*".',
      ],
    },
    {
      title: "no name",
      resources: rule({ kind: "nodes", verbs: ["get"] }),
      says: [
        'roles.dev.spec.allow.kubernetes_resources.0.name is missing: set a name, a pattern, or "*".',
      ],
    },
    {
      title: "* together with other verbs",
      resources: rule({ ...EVERY, kind: "pods", verbs: ["get", "*"] }),
      says: [
        'roles.dev.spec.allow.kubernetes_resources.0.verbs.1 is "*", which excludes other verbs: remove them, or name each verb.',
      ],
    },
    {
      title: "an unknown verb",
      resources: rule({ ...EVERY, kind: "pods", verbs: ["read"] }),
      says: [
        'roles.dev.spec.allow.kubernetes_resources.0.verbs.0 is "read", which is not a verb of Teleport: use get, create, update, patch, delete, list, watch, deletecollection, exec, portforward, or "*" alone.',
      ],
    },
    {
      title: "no verb",
      resources: rule({ kind: "pods", namespace: "*", name: "*" }),
      says: [
        '(warning) roles.dev.spec.allow.kubernetes_resources.0.verbs is missing, so nothing is allowed: name verbs, or "*".',
      ],
    },
    {
      title: "anything but pods in version 6",
      resources: rule({ ...EVERY, kind: "secret" }, "v6"),
      says: [
        'roles.dev.spec.allow.kubernetes_resources.0.kind is "secret", but role version v6 has only pod: correct it, or use version v8.',
      ],
    },
    {
      title: "verbs in version 5",
      resources: rule({ ...EVERY, kind: "pod", verbs: ["get"] }, "v5"),
      says: [
        'roles.dev.spec.allow.kubernetes_resources.0.verbs is not "*", the only verb of role version v5: use v8.',
      ],
    },
    {
      title: "the default version",
      resources: {
        roles: {
          dev: { spec: { deny: { kubernetes_resources: [{ ...EVERY, kind: "secret" }] } } },
        },
      },
      says: [
        'roles.dev.spec.deny.kubernetes_resources.0.kind is "secret", but role version v8 uses plurals: write secrets.',
      ],
    },
    {
      title: "kinds that may be requested",
      resources: role({
        allow: { request: { kubernetes_resources: [{ kind: "pod" }, { kind: "jobs" }] } },
      }),
      says: [
        'roles.dev.spec.allow.request.kubernetes_resources.0.kind is "pod", but role version v8 uses plurals: write pods.',
        'roles.dev.spec.allow.request.kubernetes_resources.1.api_group is missing: jobs are in "batch"; role version v8 needs it for all but the core group.',
      ],
    },
    {
      title: "kinds that may be requested in version 7",
      resources: role(
        { allow: { request: { kubernetes_resources: [{ kind: "pods", api_group: "*" }] } } },
        "v7",
      ),
      says: [
        'roles.dev.spec.allow.request.kubernetes_resources.0.api_group is "*", which role version v7 does not have: remove it, or use version v8.',
        'roles.dev.spec.allow.request.kubernetes_resources.0.kind is "pods", but role version v7 writes pod: correct it, or use version v8.',
      ],
    },
  ],
  names: [
    {
      title: "an e-mail address",
      resources: { users: { "alice@example.com": { spec: { roles: ["access"] } } } },
      says: [
        "users.alice@example.com is an e-mail address, but the operator needs the name of a Kubernetes object, which has no @: let a connector or `tctl users add` create that user, or choose another name, such as alice.",
      ],
    },
    {
      title: "upper case",
      resources: { roles: { Dev_Team: { spec: {} } } },
      says: [
        "roles.Dev_Team is not a valid name of a Kubernetes object (lower-case letters, digits, inner '-' and '.'), which the operator needs: rename it, such as dev-team.",
      ],
    },
    {
      title: "a name without any valid character",
      resources: { roles: { "--": { spec: {} } } },
      says: [
        "roles.-- is not a valid name of a Kubernetes object (lower-case letters, digits, inner '-' and '.'), which the operator needs: rename it.",
      ],
    },
    {
      title: "a name that is too long",
      resources: { roles: { ["a".repeat(254)]: { spec: {} } } },
      says: [
        "roles.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa has 254 characters as a name, but Kubernetes allows 253: shorten it.",
      ],
    },
    {
      title: "a preset of Teleport",
      resources: { roles: { editor: { spec: {} } } },
      says: [
        "roles.editor is a role that Teleport itself creates, and the operator refuses to manage it: choose another name; users may hold the preset without a declaration.",
      ],
    },
    {
      title: "a preset of the enterprise edition",
      resources: { roles: { requester: { spec: {} } } },
      says: [
        "roles.requester is a role that Teleport itself creates, and the operator refuses to manage it: choose another name; users may hold the preset without a declaration.",
      ],
    },
    {
      title: "the name of a way to log in",
      resources: {
        ...github({}),
        githubConnectors: { local: github({}).githubConnectors.github },
      },
      says: [
        "githubConnectors.local has a name that Teleport reserves for logins without a connector (local, passwordless, headless): rename it.",
      ],
    },
    {
      title: "a bot's own role",
      resources: {
        roles: { "bot-ci": { spec: {} } },
        bots: { ci: { spec: { roles: ["access"] } } },
      },
      says: [
        'roles.bot-ci is the name of what Teleport creates for the bot "ci": rename one of them.',
      ],
    },
    {
      title: "a singleton's name",
      resources: { autoupdateVersions: { mine: { spec: {} } } },
      says: [
        'autoupdateVersions.mine is "mine", but Teleport has one object of this kind, called autoupdate-version: use that name.',
      ],
    },
    {
      title: "two kinds of servers",
      resources: {
        opensshServers: { web: { spec: { addr: "web:22", hostname: "web" } } },
        opensshEICEServers: { web: { spec: { addr: "web:22", hostname: "web" } } },
      },
      says: [
        'opensshEICEServers.web is "web", also the name of one of opensshServers, and both are nodes in Teleport: rename one.',
      ],
    },
  ],
  "autoupdate schedules": [
    {
      title: "days in any case, with long names and without repetition",
      resources: schedule([
        { name: "a", days: ["mon", "Monday", "TUE"], start_hour: 3, wait_hours: 3 },
        { name: "b", days: [], canary_count: 9 },
        { name: "c", days: ["*", "Fri"] },
      ]),
      says: [
        "autoupdateConfigs.autoupdate-config.spec.agents.schedules.regular.0.days.1 repeats days[0]: remove it.",
        "autoupdateConfigs.autoupdate-config.spec.agents.schedules.regular.0.wait_hours is set for the first group, which waits for no other: remove it.",
        'autoupdateConfigs.autoupdate-config.spec.agents.schedules.regular.1.days is missing: name days, such as [Mon, Thu], or "*".',
        "autoupdateConfigs.autoupdate-config.spec.agents.schedules.regular.1.canary_count is 9, must be 0 to 5.",
        'autoupdateConfigs.autoupdate-config.spec.agents.schedules.regular.2.days.0 is "*", which excludes other days: remove them.',
      ],
    },
    {
      title: "sections without their parts",
      resources: {
        autoupdateConfigs: { "autoupdate-config": { spec: { agents: {}, tools: {} } } },
        autoupdateVersions: {
          "autoupdate-version": { spec: { agents: { mode: "enabled" }, tools: {} } },
        },
      },
      says: [
        "autoupdateConfigs.autoupdate-config.spec.agents.mode is missing: enabled, disabled or suspended.",
        "autoupdateConfigs.autoupdate-config.spec.agents.strategy is missing: halt-on-error or time-based.",
        "autoupdateConfigs.autoupdate-config.spec.tools.mode is missing: enabled or disabled.",
        "autoupdateVersions.autoupdate-version.spec.agents.start_version is missing: the version that agents have before their window.",
        "autoupdateVersions.autoupdate-version.spec.agents.target_version is missing: the version that they get.",
        "autoupdateVersions.autoupdate-version.spec.agents.schedule is missing: regular or immediate.",
        "autoupdateVersions.autoupdate-version.spec.tools.target_version is missing: the version that clients get.",
      ],
    },
    {
      title: "a window that is too short, and a missing one",
      resources: schedule([], { strategy: "time-based", maintenance_window_duration: "5m" }),
      says: [
        'autoupdateConfigs.autoupdate-config.spec.agents.maintenance_window_duration is "5m": the strategy "time-based" needs at least 10m.',
      ],
    },
    {
      title: "no window",
      resources: schedule([], { strategy: "time-based" }),
      says: [
        'autoupdateConfigs.autoupdate-config.spec.agents.maintenance_window_duration is missing: the strategy "time-based" needs at least 10m.',
      ],
    },
  ],
  "parts of roles": [
    {
      title: "kinds and verbs of rules that Teleport does not have",
      resources: role({
        allow: { rules: [{ resources: ["users", "event", "nonsense"], verbs: ["list", "reed"] }] },
      }),
      says: [
        'roles.dev.spec.allow.rules.0.verbs.1 is "reed", must be one of create, read, readnosecrets, update, delete, list, rotate, use, enroll, create_enroll_token, *; did you mean read?',
        '(warning) roles.dev.spec.allow.rules.0.resources.0 is "users", which is not a known kind of Teleport 18, so the rule has no effect on it: did you mean user?',
        '(warning) roles.dev.spec.allow.rules.0.resources.2 is "nonsense", which is not a known kind of Teleport 18, so the rule has no effect on it.',
      ],
    },
    {
      title: "SPIFFE ids",
      resources: role({ allow: { spiffe: [{ path: "svc", ip_sans: ["10.0.0.1", "::/0"] }, {}] } }),
      says: [
        'roles.dev.spec.allow.spiffe.0.path is "svc", must start with "/", or be a regular expression from ^ to $.',
        'roles.dev.spec.allow.spiffe.0.ip_sans.0 is "10.0.0.1", an address and not a network: write 10.0.0.1/32.',
        'roles.dev.spec.allow.spiffe.1.path is missing: it must start with "/", or be a regular expression from ^ to $.',
      ],
    },
    {
      title: "a condition for impersonation without targets",
      resources: role({ deny: { impersonate: { users: ["x"], roles: ["y"], where: "z" } } }),
      says: ["roles.dev.spec.deny.impersonate.where has an effect only below allow: remove it."],
    },
    {
      title: "rights in databases",
      resources: role({
        allow: {
          db_permissions: [{ match: { name: "x" }, permissions: ["*"] }, { match: { name: "y" } }],
        },
        deny: { db_permissions: [{ match: { name: "x" }, permissions: ["*"] }] },
      }),
      says: [
        'roles.dev.spec.allow.db_permissions.0.permissions.0 is "*", which only deny takes: name permissions.',
        "roles.dev.spec.allow.db_permissions.1.permissions is missing: such as SELECT, on the objects of match.",
      ],
    },
    {
      title: "a word for a second factor, and certificates' extensions",
      resources: role({
        options: {
          require_session_mfa: "sometimes",
          cert_extensions: [{ type: "x509", mode: "extension", name: "a", value: "b" }],
        },
      }),
      says: [
        'roles.dev.spec.options.cert_extensions.0.type is "x509", must be one of ssh.',
        'roles.dev.spec.options.require_session_mfa is "sometimes", must be one of 0, 1, 2, 3, 4, 5, hardware_key, hardware_key_touch, hardware_key_pin, hardware_key_touch_and_pin.',
      ],
    },
  ],
  "values that tokens, lists, connectors and databases take": [
    {
      title: "claims that tokens do not have",
      resources: {
        bots: { ci: { spec: { roles: ["access"] } } },
        ...token({
          roles: ["Bot"],
          bot_name: "ci",
          join_method: "spacelift",
          spacelift: {
            hostname: "x.app.spacelift.io",
            allow: [{ space_id: "root", caller_type: "stak", scope: "rw" }],
          },
        }),
      },
      says: [
        'provisionTokens.ci.spec.spacelift.allow.0.caller_type is "stak", must be one of stack, module; did you mean stack?',
        'provisionTokens.ci.spec.spacelift.allow.0.scope is "rw", must be one of read, write.',
      ],
    },
    {
      title: "a list's type, and an endpoint of AlloyDB",
      resources: {
        accessLists: {
          ops: {
            spec: {
              title: "Ops",
              type: "dynamc",
              owners: [{ name: "alice" }],
              grants: { roles: ["access"] },
            },
          },
        },
        databases: {
          orders: {
            spec: {
              protocol: "postgres",
              uri: "alloydb://projects/x",
              gcp: { alloydb: { endpoint_type: "pubic" } },
            },
          },
        },
      },
      says: [
        'accessLists.ops.spec.type is "dynamc", must be one of static, scim.',
        'databases.orders.spec.gcp.alloydb.endpoint_type is "pubic", must be one of private, public, psc; did you mean public?',
        'databases.orders.spec.uri is "alloydb://projects/x", must be alloydb://projects/PROJECT/locations/REGION/clusters/CLUSTER/instances/INSTANCE.',
      ],
    },
    {
      title: "addresses of providers",
      resources: {
        ...github({ endpoint_url: "github.example.com", api_endpoint_url: "https://x:0" }),
        oidcConnectors: {
          id: {
            clientSecret: { path: "teleport/id" },
            spec: {
              client_id: "x",
              issuer_url: "http://id.example.com",
              redirect_url: ["https://example.com/v1/webapi/oidc/callback"],
              claims_to_roles: [{ claim: "groups", value: "x", roles: ["access"] }],
            },
          },
        },
      },
      says: [
        'githubConnectors.github.spec.endpoint_url is "github.example.com", must be an https:// address.',
        'githubConnectors.github.spec.api_endpoint_url is "https://x:0", and its port must be 1-65535.',
        '(warning) oidcConnectors.id.spec.issuer_url is "http://id.example.com", so an attacker on the network can answer for the provider: use https.',
      ],
    },
    {
      title: "a protocol that Teleport does not have",
      resources: { databases: { typo: { spec: { protocol: "postgresql", uri: "x:5432" } } } },
      says: [
        'databases.typo.spec.protocol is "postgresql", must be one of postgres, mysql, mongodb, redis, sqlserver, cockroachdb, clickhouse, clickhouse-http, cassandra, elasticsearch, opensearch, oracle, snowflake, dynamodb, spanner; did you mean postgres?',
      ],
    },
    {
      title: "login rules with braces",
      resources: {
        loginRules: {
          all: {
            spec: { priority: 0, traits_map: { logins: ["{{external.logins}}", "external.x"] } },
          },
        },
      },
      says: [
        'loginRules.all.spec.traits_map.logins.0 is "{{external.logins}}", and login rules take expressions: write it without braces, such as external.logins.',
      ],
    },
    {
      title: "conditions and an expression of a workload",
      resources: {
        workloadIdentities: {
          api: {
            spec: {
              spiffe: { id: "/svc/api" },
              rules: { allow: [{ conditions: [{ attribute: "a" }], expression: "b" }] },
            },
          },
        },
      },
      says: [
        "workloadIdentities.api.spec.rules.allow.0 has both conditions and expression: keep one of them.",
      ],
    },
    {
      title: "an address to which logins may redirect",
      resources: github({
        client_redirect_settings: { insecure_allowed_cidr_ranges: ["10.0.0.0/33", "10.0.0.0/8"] },
      }),
      says: [
        'githubConnectors.github.spec.client_redirect_settings.insecure_allowed_cidr_ranges.0 is "10.0.0.0/33", must be a network such as 10.0.0.0/8 or 2001:db8::/32.',
      ],
    },
  ],
  references: [
    {
      title: "a user's role",
      resources: {
        roles: { developer: { spec: {} } },
        users: { alice: { spec: { roles: ["developper"] } } },
      },
      says: [
        'users.alice.spec.roles.0 is "developper", which is neither declared here nor a preset of Teleport (did you mean developer?): declare it under resources.roles, or correct it.',
      ],
    },
    {
      title: "a pattern of roles that Go does not compile",
      resources: {
        users: { alice: { spec: { roles: ["lead"] } } },
        roles: { lead: { spec: { allow: { request: { roles: ["^(?=dev)$", "^dev-.*$"] } } } } },
      },
      says: [
        'roles.lead.spec.allow.request.roles.0 is "^(?=dev)$", which is not a regular expression of Go (RE2): correct it.',
      ],
    },
    {
      title: "a user without a role",
      resources: { users: { alice: { spec: { traits: { logins: ["root"] } } } } },
      says: [
        "(warning) users.alice.spec.roles names no role, but Teleport refuses logins without one: name at least one.",
      ],
    },
    {
      title: "an enterprise preset",
      edition: "community",
      resources: { users: { alice: { spec: { roles: ["access", "reviewer"] } } } },
      says: [
        'users.alice.spec.roles.1 is "reviewer", a preset of the enterprise edition only: name another role.',
      ],
    },
    {
      title: "a connector's role",
      resources: github({
        teams_to_roles: [{ organization: "example", team: "ops", roles: ["ops"] }],
      }),
      says: [
        'githubConnectors.github.spec.teams_to_roles.0.roles.0 is "ops", which is neither declared here nor a preset of Teleport: declare it under resources.roles, or correct it.',
      ],
    },
    {
      title: "a claim's role",
      resources: {
        oidcConnectors: {
          sso: {
            clientSecret: { path: "p", key: "k" },
            spec: {
              client_id: "t",
              issuer_url: "https://id.example.com",
              redirect_url: ["https://example.com/v1/webapi/oidc/callback"],
              claims_to_roles: [
                { claim: "groups", value: "ops", roles: ["ops", "{{external.role}}"] },
              ],
            },
          },
        },
      },
      says: [
        'oidcConnectors.sso.spec.claims_to_roles.0.roles.0 is "ops", which is neither declared here nor a preset of Teleport: declare it under resources.roles, or correct it.',
      ],
    },
    {
      title: "an attribute's role",
      resources: {
        samlConnectors: {
          sso: {
            spec: {
              acs: "https://example.com/v1/webapi/saml/acs/sso",
              entity_descriptor_url: "https://id.example.com/metadata",
              attributes_to_roles: [{ name: "groups", value: "^team-(.*)$", roles: ["ops", "$1"] }],
            },
          },
        },
      },
      says: [
        'samlConnectors.sso.spec.attributes_to_roles.0.roles.0 is "ops", which is neither declared here nor a preset of Teleport: declare it under resources.roles, or correct it.',
      ],
    },
    {
      title: "an access list's roles",
      resources: {
        accessLists: {
          ops: {
            spec: {
              title: "Operators",
              owners: [{ name: "alice" }],
              grants: { roles: ["ops"] },
              owner_grants: { roles: ["owner"] },
              membership_requires: { roles: ["staff"] },
            },
          },
        },
      },
      says: [
        'accessLists.ops.spec.grants.roles.0 is "ops", which is neither declared here nor a preset of Teleport: declare it under resources.roles, or correct it.',
        'accessLists.ops.spec.owner_grants.roles.0 is "owner", which is neither declared here nor a preset of Teleport: declare it under resources.roles, or correct it.',
        'accessLists.ops.spec.membership_requires.roles.0 is "staff", which is neither declared here nor a preset of Teleport: declare it under resources.roles, or correct it.',
      ],
    },
    {
      title: "a bot's role",
      resources: { bots: { ci: { spec: { roles: ["deploy"] } } } },
      says: [
        'bots.ci.spec.roles.0 is "deploy", which is neither declared here nor a preset of Teleport: declare it under resources.roles, or correct it.',
      ],
    },
    {
      title: "a bot without a role",
      resources: { bots: { ci: { spec: {} } } },
      says: [
        "(warning) bots.ci.spec.roles names no role, so the bot's certificates would give no access: name at least one.",
      ],
    },
    {
      title: "a trusted cluster's role",
      resources: {
        trustedClusters: {
          root: {
            spec: {
              token: "secret://upstream/token",
              web_proxy_addr: "root.example.com:443",
              role_map: [{ remote: "^(.*)$", local: ["ops", "$1"] }],
            },
          },
        },
      },
      says: [
        'trustedClusters.root.spec.role_map.0.local.0 is "ops", which is neither declared here nor a preset of Teleport: declare it under resources.roles, or correct it.',
      ],
    },
    {
      title: "a role that may be requested",
      resources: role({
        allow: { request: { roles: ["admin", "dev-*", "^x.*$"], search_as_roles: ["access"] } },
      }),
      says: [
        '(warning) roles.dev.spec.allow.request.roles.0 is "admin", which is neither declared here nor a preset: unless it exists elsewhere, this matches nothing.',
      ],
    },
    {
      title: "a token's bot",
      resources: token({
        roles: ["Bot"],
        bot_name: "ci",
        join_method: "kubernetes",
        kubernetes: { allow: [{ service_account: "ci:runner" }] },
      }),
      says: [
        '(warning) provisionTokens.ci.spec.bot_name is "ci", which is not declared here: declare it under resources.bots, unless it exists elsewhere.',
      ],
    },
  ],
  editions: [
    {
      title: "Enterprise kinds",
      edition: "community",
      resources: {
        loginRules: { lower: { spec: { traits_map: { logins: ["a"] } } } },
        oktaImportRules: { okta: { spec: {} } },
      },
      says: [
        'loginRules are of the enterprise edition, but teleport.edition is "community", whose operator would never process them: remove them, or set teleport.edition "enterprise".',
        'oktaImportRules are of the enterprise edition, but teleport.edition is "community", whose operator would never process them: remove them, or set teleport.edition "enterprise".',
      ],
    },
    {
      title: "Enterprise features of roles",
      edition: "community",
      resources: role({
        options: { pin_source_ip: true, request_access: "always", max_sessions: 3 },
        allow: {
          request: { search_as_roles: ["access"], thresholds: [{ approve: 2 }] },
          review_requests: { roles: ["*"] },
        },
      }),
      says: [
        'roles.dev.spec.options.pin_source_ip is a feature of the enterprise edition, but teleport.edition is "community": remove it, or set teleport.edition "enterprise".',
        'roles.dev.spec.options.max_sessions is a feature of the enterprise edition, but teleport.edition is "community": remove it, or set teleport.edition "enterprise".',
        'roles.dev.spec.options.request_access is a feature of the enterprise edition, but teleport.edition is "community": remove it, or set teleport.edition "enterprise".',
        'roles.dev.spec.allow.request.thresholds is a feature of the enterprise edition, but teleport.edition is "community": remove it, or set teleport.edition "enterprise".',
        'roles.dev.spec.allow.request.search_as_roles is a feature of the enterprise edition, but teleport.edition is "community": remove it, or set teleport.edition "enterprise".',
        'roles.dev.spec.allow.review_requests is a feature of the enterprise edition, but teleport.edition is "community": remove it, or set teleport.edition "enterprise".',
      ],
    },
    {
      title: "GitHub at another address",
      edition: "community",
      resources: github({
        endpoint_url: "https://git.example.com",
        api_endpoint_url: "https://api.github.com",
      }),
      says: [
        'githubConnectors.github.spec.endpoint_url is "https://git.example.com", but GitHub Enterprise Server is a feature of the enterprise edition, but teleport.edition is "community": remove it, or set teleport.edition "enterprise".',
      ],
    },
    {
      title: "an Enterprise join method",
      edition: "community",
      resources: token({ join_method: "tpm", tpm: { allow: [{ ek_public_hash: "d4b4" }] } }),
      says: [
        'provisionTokens.ci.spec.join_method is "tpm", a join method of the enterprise edition, but teleport.edition is "community": remove it, or set teleport.edition "enterprise".',
      ],
    },
    {
      title: "runners of a GitHub enterprise",
      edition: "community",
      resources: token({
        join_method: "github",
        github: { enterprise_slug: "example", allow: [{ repository: "example/app" }] },
      }),
      says: [
        'provisionTokens.ci.spec.github.enterprise_slug is a feature of the enterprise edition, but teleport.edition is "community": remove it, or set teleport.edition "enterprise".',
      ],
    },
  ],
  "join methods": [
    {
      title: "an unknown one",
      resources: token({ join_method: "kubernets" }),
      says: [
        'provisionTokens.ci.spec.join_method is "kubernets", which Teleport does not have: use one of azure, azure_devops, bitbucket, bound_keypair, circleci, ec2, gcp, github, gitlab, iam, kubernetes, oracle, spacelift, terraform_cloud, token, tpm.',
      ],
    },
    {
      title: "one without a field in the CRD",
      resources: token({ join_method: "env0" }),
      says: [
        'provisionTokens.ci.spec.join_method is "env0", for which this version\'s operator has no field: use one of azure, azure_devops, bitbucket, bound_keypair, circleci, ec2, gcp, github, gitlab, iam, kubernetes, oracle, spacelift, terraform_cloud, token, tpm.',
      ],
    },
    {
      title: "a secret token",
      resources: token({ join_method: "token" }),
      says: [
        '(warning) provisionTokens.ci.spec.join_method joins with method "token", whose name is itself the secret, so it is plain text in settings and Kubernetes: use a method without a secret, such as kubernetes.',
      ],
    },
    {
      title: "the default, a secret token",
      resources: token({}),
      says: [
        '(warning) provisionTokens.ci.spec joins with method "token", whose name is itself the secret, so it is plain text in settings and Kubernetes: use a method without a secret, such as kubernetes.',
      ],
    },
    {
      title: "no rules",
      resources: token({
        join_method: "kubernetes",
        kubernetes: { type: "in_cluster", allow: [] },
      }),
      says: [
        "provisionTokens.ci.spec.kubernetes.allow has no rule, so nobody could join: add one with service_account.",
      ],
    },
    {
      title: "no configuration",
      resources: token({ join_method: "gitlab" }),
      says: ['provisionTokens.ci.spec.gitlab is missing: the join method "gitlab" needs it.'],
    },
    {
      title: "a service account without namespace",
      resources: token({
        join_method: "kubernetes",
        kubernetes: { allow: [{ service_account: "agent" }] },
      }),
      says: [
        'provisionTokens.ci.spec.kubernetes.allow.0.service_account is "agent", must be NAMESPACE:NAME.',
      ],
    },
    {
      title: "an unknown type",
      resources: token({
        join_method: "kubernetes",
        kubernetes: { type: "jwks", allow: [{ service_account: "a:b" }] },
      }),
      says: [
        'provisionTokens.ci.spec.kubernetes.type is "jwks", must be one of in_cluster, static_jwks, oidc.',
      ],
    },
    {
      title: "no keys",
      resources: token({
        join_method: "kubernetes",
        kubernetes: { type: "static_jwks", allow: [{ service_account: "a:b" }] },
      }),
      says: [
        'provisionTokens.ci.spec.kubernetes.static_jwks.jwks is missing: type "static_jwks" needs it.',
      ],
    },
    {
      title: "keys that the type does not use",
      resources: token({
        join_method: "kubernetes",
        kubernetes: { static_jwks: { jwks: "{}" }, allow: [{ service_account: "a:b" }] },
      }),
      says: [
        'provisionTokens.ci.spec.kubernetes.static_jwks needs type "static_jwks": remove it, or set that type.',
      ],
    },
    {
      title: "an issuer without TLS",
      resources: token({
        join_method: "kubernetes",
        kubernetes: {
          type: "oidc",
          oidc: { issuer: "http://k8s" },
          allow: [{ service_account: "a:b" }],
        },
      }),
      says: [
        'provisionTokens.ci.spec.kubernetes.oidc.issuer is "http://k8s", must be an https:// address.',
      ],
    },
    {
      title: "iam with rules of ec2",
      resources: token({
        join_method: "iam",
        allow: [{ aws_role: "r", aws_regions: ["eu-central-1"] }],
      }),
      says: [
        "provisionTokens.ci.spec.allow.0 would admit too many: set one of aws_account, aws_arn.",
        'provisionTokens.ci.spec.allow.0.aws_role has no effect with the join method "iam": remove it.',
        'provisionTokens.ci.spec.allow.0.aws_regions has no effect with the join method "iam": remove it.',
      ],
    },
    {
      title: "ec2 without account",
      resources: token({ join_method: "ec2", allow: [{ aws_regions: ["eu-central-1"] }] }),
      says: [
        "provisionTokens.ci.spec.allow.0 would admit too many: set one of aws_account, aws_role.",
      ],
    },
    {
      title: "rules of AWS under another method",
      resources: token({
        join_method: "gcp",
        allow: [{ aws_account: "1" }],
        gcp: { allow: [{ project_ids: ["p"] }] },
      }),
      says: [
        "provisionTokens.ci.spec.allow needs the join method ec2 or iam: put the rules under gcp.",
        'provisionTokens.ci.spec.allow.0.aws_account is "1", must be the 12 digits of an AWS account, in quotes.',
      ],
    },
    {
      title: "azure",
      resources: token({ join_method: "azure", azure: { allow: [{ resource_groups: ["g"] }] } }),
      says: ["provisionTokens.ci.spec.azure.allow.0 would admit too many: set subscription."],
    },
    {
      title: "azure_devops",
      resources: token({
        join_method: "azure_devops",
        azure_devops: { allow: [{ pipeline_name: "p" }] },
      }),
      says: [
        "provisionTokens.ci.spec.azure_devops.organization_id is missing: set the organization's id.",
        "provisionTokens.ci.spec.azure_devops.allow.0 would admit too many: set one of sub, project_name, project_id.",
      ],
    },
    {
      title: "bitbucket",
      resources: token({
        join_method: "bitbucket",
        bitbucket: { allow: [{ branch_name: "main" }] },
      }),
      says: [
        "provisionTokens.ci.spec.bitbucket.audience is missing: set the audience shown by Bitbucket.",
        "provisionTokens.ci.spec.bitbucket.identity_provider_url is missing: set the provider's URL.",
        "provisionTokens.ci.spec.bitbucket.allow.0 would admit too many: set one of workspace_uuid, repository_uuid.",
      ],
    },
    {
      title: "circleci",
      resources: token({ join_method: "circleci", circleci: { allow: [{}] } }),
      says: [
        "provisionTokens.ci.spec.circleci.organization_id is missing: set the organization's id.",
        "provisionTokens.ci.spec.circleci.allow.0 would admit too many: set one of project_id, context_id.",
      ],
    },
    {
      title: "gcp",
      resources: token({ join_method: "gcp", gcp: { allow: [{ locations: ["europe-west3"] }] } }),
      says: ["provisionTokens.ci.spec.gcp.allow.0 would admit too many: set project_ids."],
    },
    {
      title: "github",
      resources: token({
        join_method: "github",
        github: { enterprise_server_host: "https://git.example.com", allow: [{ actor: "me" }] },
      }),
      says: [
        'provisionTokens.ci.spec.github.enterprise_server_host is "https://git.example.com", must be a host without scheme and path.',
        "provisionTokens.ci.spec.github.allow.0 would admit too many: set one of repository, repository_owner, sub.",
      ],
    },
    {
      title: "gitlab",
      resources: token({
        join_method: "gitlab",
        gitlab: { domain: "git.example.com/x", allow: [{ ref: "main" }] },
      }),
      says: [
        'provisionTokens.ci.spec.gitlab.domain is "git.example.com/x", must be a host without scheme and path.',
        "provisionTokens.ci.spec.gitlab.allow.0 would admit too many: set one of sub, project_path, namespace_path, ci_config_ref_uri.",
      ],
    },
    {
      title: "oracle",
      resources: token({ join_method: "oracle", oracle: { allow: [{ regions: ["eu"] }] } }),
      says: ["provisionTokens.ci.spec.oracle.allow.0 would admit too many: set tenancy."],
    },
    {
      title: "spacelift",
      resources: token({ join_method: "spacelift", spacelift: { allow: [{ scope: "read" }] } }),
      says: [
        "provisionTokens.ci.spec.spacelift.hostname is missing: set the tenant's host, such as example.app.spacelift.io.",
        "provisionTokens.ci.spec.spacelift.allow.0 would admit too many: set one of space_id, caller_id.",
      ],
    },
    {
      title: "terraform_cloud",
      resources: token({
        join_method: "terraform_cloud",
        terraform_cloud: { allow: [{ run_phase: "apply" }] },
      }),
      says: [
        "provisionTokens.ci.spec.terraform_cloud.allow.0 would admit too many: set one of organization_id, organization_name.",
        "provisionTokens.ci.spec.terraform_cloud.allow.0 would admit too many: set one of project_id, project_name, workspace_id, workspace_name.",
      ],
    },
    {
      title: "tpm",
      resources: token({ join_method: "tpm", tpm: { allow: [{ description: "x" }] } }),
      says: [
        "provisionTokens.ci.spec.tpm.allow.0 would admit too many: set one of ek_public_hash, ek_certificate_serial.",
      ],
    },
    {
      title: "no role",
      resources: token({ roles: [], join_method: "gcp", gcp: { allow: [{ project_ids: ["p"] }] } }),
      says: ["provisionTokens.ci.spec.roles is missing: name what may join, such as App or Bot."],
    },
    {
      title: "an unknown role",
      resources: token({
        roles: ["Kubernetes"],
        join_method: "gcp",
        gcp: { allow: [{ project_ids: ["p"] }] },
      }),
      says: [
        'provisionTokens.ci.spec.roles.0 is "Kubernetes", must be one of App, Auth, Bot, Db, Discovery, Kube, MDM, Node, Okta, Proxy, Relay, Signup, Trusted_cluster, WindowsDesktop.',
      ],
    },
    {
      title: "a bot without its name",
      resources: token({
        roles: ["bot"],
        join_method: "gcp",
        gcp: { allow: [{ project_ids: ["p"] }] },
      }),
      says: [
        "provisionTokens.ci.spec.bot_name is missing: the role Bot needs the name of the bot.",
      ],
    },
    {
      title: "a bot's name without the role",
      resources: {
        ...token({ bot_name: "ci", join_method: "gcp", gcp: { allow: [{ project_ids: ["p"] }] } }),
        bots: { ci: { spec: { roles: ["access"] } } },
      },
      says: [
        "provisionTokens.ci.spec.bot_name needs the role Bot: remove it, or add Bot to roles.",
      ],
    },
  ],
  formats: [
    {
      title: "days",
      resources: role({ options: { max_session_ttl: "2d" } }),
      says: [
        'roles.dev.spec.options.max_session_ttl is "2d", must be a Go duration (units h, m, s), here "48h".',
      ],
    },
    {
      title: "a number without unit",
      resources: role({ options: { client_idle_timeout: "30" } }),
      says: [
        'roles.dev.spec.options.client_idle_timeout is "30", must be a Go duration (units h, m, s), such as "8h" or "30m".',
      ],
    },
    {
      title: "words",
      resources: { bots: { ci: { spec: { roles: ["access"], max_session_ttl: "one hour" } } } },
      says: [
        'bots.ci.spec.max_session_ttl is "one hour", must be a Go duration (units h, m, s), such as "8h" or "30m".',
      ],
    },
    {
      title: "a date",
      resources: {
        provisionTokens: {
          ci: {
            spec: {
              roles: ["App"],
              join_method: "bound_keypair",
              bound_keypair: { rotate_after: "2030-01-31" },
            },
          },
        },
      },
      says: [
        'provisionTokens.ci.spec.bound_keypair.rotate_after is "2030-01-31", must be a point in time such as "2030-01-31T00:00:00Z".',
      ],
    },
    {
      title: "a version with v",
      resources: {
        autoupdateVersions: {
          "autoupdate-version": { spec: { tools: { target_version: "v17.5.2" } } },
        },
      },
      says: [
        'autoupdateVersions.autoupdate-version.spec.tools.target_version is "v17.5.2", must be a version of three numbers without a leading v: write "17.5.2".',
      ],
    },
    {
      title: "half a version",
      resources: {
        autoupdateVersions: {
          "autoupdate-version": {
            spec: {
              agents: {
                start_version: "17.5",
                target_version: "18.2.0",
                mode: "enabled",
                schedule: "regular",
              },
            },
          },
        },
      },
      says: [
        `autoupdateVersions.autoupdate-version.spec.agents.start_version is "17.5", must be a version of three numbers without a leading v, such as "${CHART_VERSION}".`,
      ],
    },
  ],
  "label selectors": [
    {
      title: "* with a value",
      resources: role({ allow: { app_labels: { "*": ["prod"] } } }),
      says: [
        'roles.dev.spec.allow.app_labels.* needs the value "*": name a label, or write "*": "*".',
      ],
    },
    {
      title: "no value",
      resources: role({ allow: { kubernetes_labels: { env: [] } } }),
      says: [
        'roles.dev.spec.allow.kubernetes_labels.env has no value, so it matches nothing: name one, or "*".',
      ],
    },
    {
      title: "a number",
      resources: role({ allow: { db_labels: { shard: 1, tier: [2] } } }),
      says: [
        'roles.dev.spec.allow.db_labels.shard is 1, must be text; put it in quotes: "1".',
        'roles.dev.spec.allow.db_labels.tier.0 is 2, must be text; put it in quotes: "2".',
      ],
    },
    {
      title: "half a regular expression",
      resources: role({ deny: { node_labels: { env: "^prod" } } }),
      says: [
        'roles.dev.spec.deny.node_labels.env is "^prod", half a regular expression, which Teleport takes literally: add both ^ and $.',
      ],
    },
    {
      title: "a wrong regular expression",
      resources: role({ allow: { app_labels: { env: ["^prod-(?!x).*$"] } } }),
      says: [
        'roles.dev.spec.allow.app_labels.env.0 is "^prod-(?!x).*$", which is not a regular expression of Go (RE2): correct it.',
      ],
    },
    {
      title: "* for names",
      resources: role({ allow: { logins: ["root", "*"], db_roles: ["*"] } }),
      says: [
        'roles.dev.spec.allow.logins.1 is "*", which Teleport does not accept here: name each one.',
        'roles.dev.spec.allow.db_roles.0 is "*", which Teleport does not accept here: name each one.',
      ],
    },
    {
      title: "a rule without verbs",
      resources: role({ allow: { rules: [{ resources: ["event"] }] } }),
      says: ["roles.dev.spec.allow.rules.0.verbs is missing: a rule needs resources and verbs."],
    },
    {
      title: "impersonation without roles",
      resources: role({ allow: { impersonate: { users: ["ci"] } } }),
      says: [
        "roles.dev.spec.allow.impersonate.roles is missing: impersonating users needs roles too.",
      ],
    },
  ],
  "trait templates": [
    {
      title: "half a template",
      resources: role({ allow: { logins: ["{{external.login}"] } }),
      says: [
        'roles.dev.spec.allow.logins.0 is "{{external.login}", which has half a template: write {{external.NAME}}.',
      ],
    },
    {
      title: "two templates",
      resources: role({ allow: { kubernetes_groups: ["{{external.a}}-{{external.b}}"] } }),
      says: [
        'roles.dev.spec.allow.kubernetes_groups.0 is "{{external.a}}-{{external.b}}", which has more than one template, but Teleport expands one per value: split it into two values.',
      ],
    },
    {
      title: "another source",
      resources: role({ allow: { kubernetes_users: ["{{user.metadata.name}}"] } }),
      says: [
        'roles.dev.spec.allow.kubernetes_users.0 is "{{user.metadata.name}}", which names "user", which Teleport does not expand: use external.NAME, internal.NAME, email.local(…) or regexp.replace(…).',
      ],
    },
    {
      title: "no variable",
      resources: role({ allow: { db_users: ["{{}}"] } }),
      says: [
        'roles.dev.spec.allow.db_users.0 is "{{}}", which is a text, which Teleport does not expand: use external.NAME, internal.NAME, email.local(…) or regexp.replace(…).',
      ],
    },
    {
      title: "an unknown internal trait",
      resources: role({ allow: { kubernetes_groups: ["{{internal.groups}}"] } }),
      says: [
        'roles.dev.spec.allow.kubernetes_groups.0 is "{{internal.groups}}", which names internal.groups, which Teleport does not have: use external.groups, or one of internal\'s aws_role_arns, azure_identities, db_names, db_roles, db_users, gcp_service_accounts, github_orgs, jwt, kubernetes_groups, kubernetes_users, logins, mcp_tools, windows_logins.',
      ],
    },
    {
      title: "a name that needs brackets",
      resources: role({ allow: { kubernetes_groups: ["{{external.my groups}}"] } }),
      says: [
        'roles.dev.spec.allow.kubernetes_groups.0 is "{{external.my groups}}", which is not a variable: write external.NAME, or external["NAME"] for names with other characters.',
      ],
    },
    {
      title: "too few arguments",
      resources: role({ allow: { logins: ["{{regexp.replace(external.email)}}"] } }),
      says: [
        'roles.dev.spec.allow.logins.0 is "{{regexp.replace(external.email)}}", which calls regexp.replace with too few arguments: write email.local(VARIABLE) or regexp.replace(VARIABLE, "PATTERN", "TEXT").',
      ],
    },
    {
      title: "too many arguments",
      resources: role({ allow: { logins: ['{{email.local(external.email, "a", "b")}}'] } }),
      says: [
        'roles.dev.spec.allow.logins.0 is "{{email.local(external.email, \\"a\\", \\"b\\")}}", which calls email.local with too many arguments: write email.local(VARIABLE) or regexp.replace(VARIABLE, "PATTERN", "TEXT").',
      ],
    },
    {
      title: "inside a function",
      resources: role({ allow: { logins: ["{{email.local(internal.email)}}"] } }),
      says: [
        'roles.dev.spec.allow.logins.0 is "{{email.local(internal.email)}}", which names internal.email, which Teleport does not have: use external.email, or one of internal\'s aws_role_arns, azure_identities, db_names, db_roles, db_users, gcp_service_accounts, github_orgs, jwt, kubernetes_groups, kubernetes_users, logins, mcp_tools, windows_logins.',
      ],
    },
    {
      title: "as a label",
      resources: role({ allow: { app_labels: { "{{external.key": "x" } } }),
      says: [
        "roles.dev.spec.allow.app_labels.{{external.key is a key that has half a template: write {{external.NAME}}.",
      ],
    },
    {
      title: "in a rule's namespace",
      resources: rule({ kind: "pods", namespace: "{{trait.team}}", name: "*", verbs: ["get"] }),
      says: [
        'roles.dev.spec.allow.kubernetes_resources.0.namespace is "{{trait.team}}", which names "trait", which Teleport does not expand: use external.NAME, internal.NAME, email.local(…) or regexp.replace(…).',
      ],
    },
  ],
  secrets: [
    {
      title: "none",
      resources: github({}, { clientSecret: undefined }),
      says: [
        'githubConnectors.github.clientSecret is missing: set path and key in Vault, or "client_secret" in the spec to secret://NAME/KEY.',
      ],
    },
    {
      title: "a secret in plain text",
      resources: github({ client_secret: "hunter2" }, { clientSecret: undefined }),
      says: [
        "githubConnectors.github.spec.client_secret is plain text: remove it, and let clientSecret name its path in Vault.",
      ],
    },
    {
      title: "a secret that is set twice",
      resources: github({ client_secret: "secret://a/b" }),
      says: [
        "githubConnectors.github.spec.client_secret is set, but clientSecret sets it, too: remove one of them.",
      ],
    },
    {
      title: "half a reference",
      resources: github({ client_secret: "secret://github" }, { clientSecret: undefined }),
      says: [
        'githubConnectors.github.spec.client_secret is "secret://github", must be secret://NAME/KEY, a Secret of the operator\'s namespace.',
      ],
    },
    {
      title: "of a Secret made elsewhere",
      resources: github(
        { client_secret: "secret://github/client-secret" },
        { clientSecret: undefined },
      ),
      says: [
        '(warning) githubConnectors.github.spec.client_secret refers to the Secret "github", which this program does not create: it needs the annotation resources.teleport.dev/allow-lookup-from-cr: github; or let clientSecret deliver it from Vault.',
      ],
    },
    {
      title: "in fields without lookup",
      resources: github({ client_id: "secret://github/client-id" }),
      says: [
        'githubConnectors.github.spec.client_id is "secret://github/client-id", but the operator looks up secrets only in client_secret of GitHub and OIDC connectors and token of trusted clusters: Teleport would get this text.',
      ],
    },
    {
      title: "a join token written out",
      resources: {
        trustedClusters: {
          root: {
            spec: {
              token: "hunter2",
              web_proxy_addr: "root.example.com:443",
              role_map: [{ remote: "access", local: ["access"] }],
            },
          },
        },
      },
      says: [
        "trustedClusters.root.spec.token is plain text: refer to a Secret as secret://NAME/KEY.",
      ],
    },
    {
      title: "a private key",
      resources: {
        samlConnectors: {
          sso: {
            spec: {
              acs: "https://example.com/v1/webapi/saml/acs/sso",
              entity_descriptor_url: "https://id.example.com/metadata",
              attributes_to_roles: [{ name: "groups", value: "ops", roles: ["access"] }],
              signing_key_pair: { private_key: "hunter2" },
            },
          },
        },
      },
      says: [
        "samlConnectors.sso.spec.signing_key_pair.private_key is a secret, which would be plain text in settings, state and the API server: remove it.",
      ],
    },
  ],
  apps: [
    {
      title: "outside the proxy's domain",
      resources: {
        apps: { web: { spec: { uri: "http://web", public_addr: "web.elsewhere.com" } } },
      },
      says: [
        'apps.web.spec.public_addr is "web.elsewhere.com", which the proxy\'s certificate does not cover: use one label below example.com, or remove it.',
      ],
    },
    {
      title: "two labels below",
      resources: { apps: { web: { spec: { uri: "http://web", public_addr: "a.b.example.com" } } } },
      says: [
        'apps.web.spec.public_addr is "a.b.example.com", which the proxy\'s certificate does not cover: use one label below example.com, or remove it.',
      ],
    },
    {
      title: "the proxy itself",
      resources: { apps: { web: { spec: { uri: "http://web", public_addr: "example.com" } } } },
      says: [
        'apps.web.spec.public_addr is "example.com", the proxy\'s own address: choose a host below it.',
      ],
    },
    {
      title: "a URL",
      resources: {
        apps: { web: { spec: { uri: "http://web", public_addr: "https://web.example.com" } } },
      },
      says: [
        'apps.web.spec.public_addr is "https://web.example.com", must be a host without scheme and path.',
      ],
    },
    {
      title: "a port",
      resources: {
        apps: { web: { spec: { uri: "http://web", public_addr: "web.example.com:443" } } },
      },
      says: [
        'apps.web.spec.public_addr is "web.example.com:443", but apps use the proxy\'s port: remove the port.',
      ],
    },
    {
      title: "an address",
      resources: { apps: { web: { spec: { uri: "http://web", public_addr: "10.0.0.1" } } } },
      says: [
        'apps.web.spec.public_addr is "10.0.0.1", but Teleport finds apps by name: use a host below example.com.',
      ],
    },
    {
      title: "a name with a dot",
      resources: { apps: { "web.v2": { spec: { uri: "http://web" } } } },
      says: ["apps.web.v2 is not a DNS label (a-z, 0-9 and inner '-'): rename it."],
    },
    {
      title: "two apps with one host",
      resources: {
        apps: {
          web: { spec: { uri: "http://web" } },
          www: { spec: { uri: "http://www", public_addr: "web.example.com" } },
        },
      },
      says: [
        'apps.www.spec.public_addr makes the host "web.example.com", which the app "web" already has: change one of them.',
      ],
    },
    {
      title: "no address",
      resources: { apps: { web: { spec: {} } } },
      says: [
        "apps.web.spec.uri is missing; add it: internal address, reachable from the agent's pods.",
      ],
    },
    {
      title: "a header of Teleport's own",
      resources: {
        apps: {
          web: {
            spec: {
              uri: "http://web",
              rewrite: { headers: [{ name: "X-Forwarded-For", value: "x" }] },
            },
          },
        },
      },
      says: [
        'apps.web.spec.rewrite.headers.0.name is "X-Forwarded-For", which Teleport sets itself: remove it.',
      ],
    },
  ],
  "required parts": [
    {
      title: "of a GitHub connector",
      resources: {
        githubConnectors: { github: { clientSecret: { path: "p", key: "k" }, spec: {} } },
      },
      says: [
        "githubConnectors.github.spec.client_id is missing: the id of the OAuth app.",
        "githubConnectors.github.spec.redirect_url is missing: https://example.com/v1/webapi/github/callback.",
        "githubConnectors.github.spec.teams_to_roles is missing: at least one team and its roles.",
      ],
    },
    {
      title: "of a team",
      resources: github({ teams_to_roles: [{ organization: "example", roles: [] }] }),
      says: [
        "githubConnectors.github.spec.teams_to_roles.0.team is missing: each entry needs organization, team, roles.",
        "githubConnectors.github.spec.teams_to_roles.0.roles is missing: each entry needs organization, team, roles.",
      ],
    },
    {
      title: "the redirect of a GitHub connector",
      resources: github({ redirect_url: "http://example.com/v1/webapi/github/callback" }),
      says: [
        'githubConnectors.github.spec.redirect_url is "http://example.com/v1/webapi/github/callback", but logins return to https://example.com/v1/webapi/github/callback: correct it.',
      ],
    },
    {
      title: "the redirect of an OIDC connector",
      resources: {
        oidcConnectors: {
          sso: {
            clientSecret: { path: "p", key: "k" },
            spec: {
              client_id: "t",
              issuer_url: "https://id.example.com",
              redirect_url: ["https://other.com/cb"],
              claims_to_roles: [{ claim: "groups", value: "ops", roles: ["access"] }],
            },
          },
        },
      },
      says: [
        'oidcConnectors.sso.spec.redirect_url.0 is "https://other.com/cb", but logins return to https://example.com/v1/webapi/oidc/callback: correct it.',
      ],
    },
    {
      title: "of a SAML connector",
      resources: { samlConnectors: { sso: { spec: { issuer: "https://id.example.com" } } } },
      says: [
        "samlConnectors.sso.spec.acs is missing: https://example.com/v1/webapi/saml/acs/sso.",
        "samlConnectors.sso.spec.attributes_to_roles is missing: at least one attribute and its roles.",
        "samlConnectors.sso.spec.sso is missing: set it, or entity_descriptor_url (or entity_descriptor).",
        "samlConnectors.sso.spec.cert is missing: set it, or entity_descriptor_url (or entity_descriptor).",
      ],
    },
    {
      title: "of an access list",
      resources: {
        accessLists: {
          ops: { spec: { owners: [{}], audit: { recurrence: { frequency: 2, day_of_month: 5 } } } },
        },
      },
      says: [
        "accessLists.ops.spec.audit.recurrence.frequency is 2, must be one of 1, 3, 6, 12.",
        "accessLists.ops.spec.audit.recurrence.day_of_month is 5, must be one of 1, 15, 31.",
        "accessLists.ops.spec.title is missing: what people see.",
        "accessLists.ops.spec.owners.0.name is missing: the user who owns the list.",
        "accessLists.ops.spec.grants is missing: the roles or traits that members get.",
      ],
    },
    {
      title: "of a database",
      resources: { databases: { pg: { spec: {} } } },
      says: [
        "databases.pg.spec.protocol is missing: such as postgres.",
        "databases.pg.spec.uri is missing: HOST:PORT, reachable from the agent's pods.",
      ],
    },
    {
      title: "of a server",
      resources: { opensshServers: { web: { spec: { addr: "web:22" } } } },
      says: ["opensshServers.web.spec.hostname is missing: the name people use."],
    },
    {
      title: "of a trusted cluster",
      resources: { trustedClusters: { root: { spec: { role_map: [{ remote: "access" }] } } } },
      says: [
        "trustedClusters.root.spec.token is missing: secret://NAME/KEY of the join token.",
        "trustedClusters.root.spec.web_proxy_addr is missing: HOST:PORT of the root cluster's proxy.",
        "trustedClusters.root.spec.role_map.0.local is missing: each entry needs remote, local.",
      ],
    },
    {
      title: "of a workload identity",
      resources: {
        workloadIdentities: { api: { spec: {} }, web: { spec: { spiffe: { id: "web" } } } },
      },
      says: [
        "workloadIdentities.api.spec.spiffe.id is missing: the path of the SPIFFE id, such as /svc/api.",
        'workloadIdentities.web.spec.spiffe.id is "web", must start with "/".',
      ],
    },
    {
      title: "of a login rule",
      resources: {
        loginRules: {
          none: { spec: {} },
          both: { spec: { traits_map: { a: ["b"] }, traits_expression: "x" } },
        },
      },
      says: [
        "loginRules.none.spec has neither traits_map nor traits_expression: set one of them.",
        "loginRules.both.spec has both traits_map and traits_expression: keep one of them.",
      ],
    },
  ],
  allowed_values: [
    {
      title: "an invalid mode of multi-factor authentication",
      resources: role({ options: { require_session_mfa: "hardware" } }),
      says: [
        'roles.dev.spec.options.require_session_mfa is "hardware", must be one of 0, 1, 2, 3, 4, 5, hardware_key, hardware_key_touch, hardware_key_pin, hardware_key_touch_and_pin; did you mean hardware_key?',
      ],
    },
    {
      title: "options of roles with other values",
      resources: role({
        options: {
          lock: "Strict",
          create_host_user_mode: "insecure_drop",
          device_trust_mode: "always",
          record_session: { ssh: "off" },
          enhanced_recording: ["commands"],
        },
      }),
      says: [
        'roles.dev.spec.options.create_host_user_mode is "insecure_drop", must be one of off, keep, insecure-drop: write insecure-drop.',
        'roles.dev.spec.options.device_trust_mode is "always", must be one of off, optional, required, required-for-humans.',
        'roles.dev.spec.options.enhanced_recording.0 is "commands", must be one of command, disk, network; did you mean command?',
        'roles.dev.spec.options.lock is "Strict", must be one of strict, best_effort: write strict.',
        'roles.dev.spec.options.record_session.ssh is "off", must be one of strict, best_effort.',
      ],
    },
    {
      title: "a verb that Teleport does not know",
      resources: role({ allow: { rules: [{ resources: ["event"], verbs: ["get"] }] } }),
      says: [
        'roles.dev.spec.allow.rules.0.verbs.0 is "get", must be one of create, read, readnosecrets, update, delete, list, rotate, use, enroll, create_enroll_token, *.',
      ],
    },
    {
      title: "an invalid schedule of updates",
      resources: {
        autoupdateConfigs: {
          "autoupdate-config": {
            spec: {
              agents: {
                mode: "on",
                strategy: "halt",
                schedules: { regular: [{ days: ["Mo"], start_hour: 24 }] },
              },
            },
          },
        },
      },
      says: [
        'autoupdateConfigs.autoupdate-config.spec.agents.mode is "on", must be one of enabled, disabled, suspended.',
        'autoupdateConfigs.autoupdate-config.spec.agents.strategy is "halt", must be one of halt-on-error, time-based; did you mean halt-on-error?',
        'autoupdateConfigs.autoupdate-config.spec.agents.schedules.regular.0.days.0 is "Mo", must be one of Mon, Tue, Wed, Thu, Fri, Sat, Sun, *; did you mean Mon?',
        "autoupdateConfigs.autoupdate-config.spec.agents.schedules.regular.0.start_hour is 24, must be one of 0 to 23.",
        "autoupdateConfigs.autoupdate-config.spec.agents.schedules.regular.0.name is missing: agents name their group with it.",
      ],
    },
    {
      title: "an account that has not 12 digits",
      resources: role({
        allow: { account_assignments: [{ account: "1234", permission_set: "x" }] },
      }),
      says: [
        'roles.dev.spec.allow.account_assignments.0.account is "1234", must be the 12 digits of an AWS account, in quotes.',
      ],
    },
  ],
  headers: [
    {
      title: "headers that Teleport would skip",
      resources: {
        apps: {
          web: {
            spec: {
              uri: "http://web",
              rewrite: {
                headers: [
                  { name: "A", value: "{{internal.username}}" },
                  { name: "B", value: "{{external.a}}{{external.b}}" },
                  { name: "C", value: '{{regexp.match("x")}}' },
                  { name: "a", value: "{{email.local(external.email)}}" },
                ],
              },
            },
          },
        },
      },
      says: [
        "apps.web.spec.rewrite.headers.0.value names internal.username, which Teleport does not have: use external.username, or one of internal's aws_role_arns, azure_identities, db_names, db_roles, db_users, gcp_service_accounts, github_orgs, jwt, kubernetes_groups, kubernetes_users, logins, mcp_tools, windows_logins. Teleport skips such a header and passes the client's own on. For a value with braces use a `secret`, with secretHeaders: sidecar.",
        "apps.web.spec.rewrite.headers.1.value has more than one template, but Teleport expands one per value. Teleport skips such a header and passes the client's own on. For a value with braces use a `secret`, with secretHeaders: sidecar.",
        "apps.web.spec.rewrite.headers.2.value has a condition, which a header cannot be. Teleport skips such a header and passes the client's own on. For a value with braces use a `secret`, with secretHeaders: sidecar.",
        'apps.web.spec.rewrite.headers.3.name is "a", which headers[0] already sets: keep one of them.',
      ],
    },
    {
      title: "a header with the user of an app",
      resources: {
        apps: {
          web: {
            spec: {
              uri: "http://web",
              rewrite: {
                headers: [
                  { name: "X-WEBAUTH-USER", value: "{{external.username}}" },
                  // Teleport gives every session its own token.
                  { name: "X-Auth-User", value: "{{internal.jwt}}" },
                ],
              },
            },
          },
        },
      },
      says: [
        "(warning) apps.web.spec.rewrite.headers.0.value of X-WEBAUTH-USER uses the trait username: for a user without it, Teleport passes on the X-WEBAUTH-USER that the client sends. Require the trait in the roles that allow this app, as docs/access.md shows.",
      ],
    },
    {
      title: "addresses without a valid port",
      resources: {
        apps: {
          zero: { spec: { uri: "http://web:0" } },
          high: { spec: { uri: "http://web:99999" } },
          none: { spec: { uri: "tcp://web" } },
          odd: { spec: { uri: "web:80" } },
        },
        databases: {
          none: { spec: { protocol: "postgres", uri: "db" } },
          zero: { spec: { protocol: "postgres", uri: "db:0" } },
          blank: { spec: { protocol: "postgres", uri: "d b:5432" } },
          good: { spec: { protocol: "mongodb", uri: "mongodb+srv://cluster.example.net" } },
        },
      },
      says: [
        'apps.zero.spec.uri is "http://web:0", and its port must be 1-65535.',
        'apps.high.spec.uri is "http://web:99999", and its port must be 1-65535.',
        'apps.none.spec.uri is "tcp://web", but a tcp app needs a port: write tcp://HOST:PORT.',
        'apps.odd.spec.uri is "web:80", must be an http://, https://, tcp://, mcp+http(s):// or mcp+sse+http(s):// address.',
        'databases.none.spec.uri is "db", and needs a port: write HOST:PORT.',
        'databases.zero.spec.uri is "db:0", and its port must be 1-65535.',
        'databases.blank.spec.uri is "d b:5432", and has a space: write HOST:PORT.',
      ],
    },
  ],
  expressions: [
    {
      title: "in roles",
      resources: role({
        allow: {
          node_labels_expression: 'labels["env" == "prod"',
          app_labels_expression:
            'labels["env"] == "prod" && contains(user.spec.traits["team"], labels["team"])',
          db_labels_expression: "labels.env = 'x'",
          rules: [
            {
              resources: ["session"],
              verbs: ["read"],
              where: 'contains(session.participants, "a"',
            },
          ],
          review_requests: { roles: ["access"], where: 'equals(user.metadata.name, "a))")' },
          request: { roles: ["access"], thresholds: [{ approve: 1, filter: "a)" }] },
        },
      }),
      says: [
        'roles.dev.spec.allow.node_labels_expression is not an expression that Teleport can read: expected "]", found "==".',
        `roles.dev.spec.allow.db_labels_expression is not an expression that Teleport can read: cannot read "= 'x'".`,
        'roles.dev.spec.allow.rules.0.where has a "(" that nothing closes.',
        'roles.dev.spec.allow.request.thresholds.0.filter has a ")" too many.',
      ],
    },
    {
      title: "in login rules and workload identities",
      resources: {
        loginRules: {
          one: { spec: { priority: 1, traits_map: { a: ["external.a", "ifelse(external.a"] } } },
          two: { spec: { priority: 1, traits_expression: "external.put(" } },
        },
        workloadIdentities: {
          web: {
            spec: { spiffe: { id: "/web" }, rules: { allow: [{ expression: 'user.name == "a' }] } },
          },
        },
      },
      says: [
        'loginRules.one.spec.traits_map.a.1 is not an expression that Teleport can read: expected ")", found the end.',
        "loginRules.two.spec.traits_expression is not an expression that Teleport can read: expected a name, a string or a function.",
        "workloadIdentities.web.spec.rules.allow.0.expression has a quote that nothing closes.",
      ],
    },
    {
      title: "of regular expressions in templates",
      resources: role({
        allow: {
          logins: [
            '{{regexp.replace(external.email, "(", "$1")}}',
            '{{regexp.replace(external.email, "^(\\S+)$", "$1")}}',
            '{{regexp.replace(external.email, "^(\\\\S+)$", "$1")}}',
          ],
          aws_role_arns: ["developer", "arn:aws:iam::123456789012:role/dev", "{{external.arn}}"],
          azure_identities: [
            "developer",
            "/subscriptions/1/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/dev",
          ],
          gcp_service_accounts: ["developer", "dev@lumie.iam.gserviceaccount.com"],
        },
      }),
      says: [
        'roles.dev.spec.allow.logins.0 is "{{regexp.replace(external.email, \\"(\\", \\"$1\\")}}", which has a pattern that is not a regular expression of Go (RE2): correct it.',
        'roles.dev.spec.allow.logins.1 is "{{regexp.replace(external.email, \\"^(\\\\S+)$\\", \\"$1\\")}}", which has a single backslash in a text: write two.',
        '(warning) roles.dev.spec.allow.aws_role_arns.0 is "developer", which gives nobody a role of AWS: write its ARN, such as arn:aws:iam::123456789012:role/developer.',
        '(warning) roles.dev.spec.allow.azure_identities.0 is "developer", which gives nobody an identity of Azure: write its resource ID, such as /subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME.',
        '(warning) roles.dev.spec.allow.gcp_service_accounts.0 is "developer", which gives nobody a service account of Google Cloud: write its address, such as developer@project.iam.gserviceaccount.com.',
      ],
    },
  ],
  connectors: [
    ...[
      "https://example.com/v1/webapi/github/callback?next=x",
      "https://example.com/v1/webapi/github/callback#x",
      "https://grafana.example.com/v1/webapi/github/callback",
      "https://example.com:8443/v1/webapi/github/callback",
      "https://example.com/v1/webapi/github/callback/",
    ].map((url) => ({
      title: `a redirect to ${url}`,
      resources: github({ redirect_url: url }),
      says: [
        `githubConnectors.github.spec.redirect_url is "${url}", but logins return to https://example.com/v1/webapi/github/callback: correct it.`,
      ],
    })),
    {
      title: "an issuer with the path of its metadata, and invalid patterns",
      resources: {
        oidcConnectors: {
          id: {
            clientSecret: { path: "a", key: "b" },
            spec: {
              client_id: "a",
              issuer_url: "https://id.example.com/realms/a/.well-known/openid-configuration",
              redirect_url: ["https://example.com:443/v1/webapi/oidc/callback"],
              claims_to_roles: [
                { claim: "groups", value: "^(a$", roles: ["access"] },
                { claim: "groups", value: "^a", roles: ["access"] },
                { claim: "groups", value: "team-*", roles: ["access"] },
              ],
            },
          },
        },
      },
      says: [
        'oidcConnectors.id.spec.claims_to_roles.0.value is "^(a$", which is not a regular expression of Go (RE2): correct it.',
        'oidcConnectors.id.spec.claims_to_roles.1.value is "^a", half a regular expression, which Teleport takes literally: add both ^ and $.',
        'oidcConnectors.id.spec.issuer_url is "https://id.example.com/realms/a/.well-known/openid-configuration", to which Teleport adds that path itself: write https://id.example.com/realms/a.',
      ],
    },
    {
      title: "invalid metadata and an invalid certificate of a SAML provider",
      resources: {
        samlConnectors: {
          sso: {
            spec: {
              acs: "https://example.com/v1/webapi/saml/acs/sso",
              attributes_to_roles: [{ name: "groups", value: "a", roles: ["access"] }],
              entity_descriptor: "https://id.example.com/metadata",
              cert: "MIIC",
            },
          },
        },
      },
      says: [
        "samlConnectors.sso.spec.entity_descriptor is no XML with an EntityDescriptor: paste the provider's metadata, or set entity_descriptor_url.",
        "samlConnectors.sso.spec.cert is not a certificate in PEM: paste the whole certificate.",
      ],
    },
    {
      title: "a redirect to another path",
      resources: github({ redirect_url: "https://example.com/v1/webapi/oidc/callback" }),
      says: [
        'githubConnectors.github.spec.redirect_url is "https://example.com/v1/webapi/oidc/callback", but logins return to https://example.com/v1/webapi/github/callback: correct it.',
      ],
    },
  ],
  owners: [
    {
      title: "an owner list that is not declared",
      resources: {
        accessLists: {
          team: {
            spec: {
              title: "Team",
              owners: [{ name: "leads", membership_kind: 2 }],
              grants: { roles: ["access"] },
            },
          },
        },
      },
      says: [
        'accessLists.team.spec.owners.0.name is "leads", which is not an access list here: declare it under resources.accessLists, or correct it.',
      ],
    },
  ],
};
