import assert from "node:assert/strict";
import { accessInput, accessOf, type AccessSettings } from "../../../inventory/access";
import type { Grant } from "../../../teleport/access/grant";

/** Grants of one principal, written `app/grafana allowed`. */
function reach(settings: AccessSettings, kind: string, name: string): Record<string, Grant> {
  const model = accessOf(settings);
  const found = model.principals.find((one) => one.kind === kind && one.name === name);
  assert.ok(
    found,
    `${kind}/${name} is not among ${model.principals.map((one) => one.name).join()}`,
  );
  return Object.fromEntries(
    found.grants.map((grant) => [
      `${grant.resource.kind}/${grant.resource.name} ${grant.how} ${grant.verdict}`,
      grant,
    ]),
  );
}

const agents: AccessSettings["agents"] = {
  agent: {
    apps: [
      { name: "grafana", labels: { team: "red" } },
      { name: "vault", labels: { team: "security" } },
    ],
    databases: [{ name: "orders", labels: { env: "prod" } }],
    kubernetes: { clusterName: "main", labels: { env: "prod" }, capsule: {} },
  },
};

const role = (allow: object, more: object = {}) => ({ version: "v8", spec: { allow, ...more } });

describe("access from settings", () => {
  it("includes the Kubernetes cluster that the plane's auth pods serve themselves", () => {
    const settings = { clusterName: "lumie-infra.com", resources: { presets: ["kube-admin"] } };
    const grants = reach(settings, "role", "kube-admin");
    assert.ok("kubernetes/lumie-infra.com standing allowed" in grants, Object.keys(grants).join());
    const elsewhere = accessInput({ ...settings, kind: "agent" });
    assert.deepEqual(elsewhere.resources, []);
  });

  it("includes what agents, the catalogue and resources register", () => {
    const { resources } = accessInput({
      agents,
      apps: { entries: { wiki: { labels: { team: "red" } } } },
      resources: {
        apps: { live: { spec: { dynamic_labels: { load: {} } }, labels: { a: "b" } } },
        databases: { orders: { spec: {} }, billing: { spec: {} } },
      },
    });
    assert.deepEqual(
      resources.map(({ kind, name }) => `${kind}/${name}`),
      [
        "app/grafana",
        "app/vault",
        "database/orders",
        "kubernetes/main",
        "app/wiki",
        "app/live",
        "database/billing",
      ],
    );
    const labels = Object.fromEntries(resources.map((one) => [one.name, one.labels]));
    assert.deepEqual(labels["main"], { values: { env: "prod", capsule: "true" }, dynamic: [] });
    assert.deepEqual(labels["live"], { values: { a: "b" }, dynamic: ["load"] });
  });

  it("evaluates a connector's mapping by its conditions", () => {
    const settings: AccessSettings = {
      agents,
      resources: {
        presets: [],
        roles: {
          own: role({ app_labels: { team: "{{external.groups}}" } }),
          team: role({ app_labels: { team: "{{external.github_teams}}" } }),
        },
        githubConnectors: {
          github: {
            spec: { teams_to_roles: [{ organization: "o", team: "red", roles: ["team"] }] },
          },
        },
        oidcConnectors: {
          sso: {
            spec: {
              claims_to_roles: [
                { claim: "groups", value: "red", roles: ["own"] },
                { claim: "groups", value: "*", roles: ["own", "team-$1"] },
              ],
            },
          },
        },
        samlConnectors: {
          adfs: { spec: { attributes_to_roles: [{ name: "unit", value: "it", roles: ["own"] }] } },
        },
      },
    };
    assert.deepEqual(Object.keys(reach(settings, "github-team", "o/red")), [
      "app/grafana standing allowed",
    ]);
    assert.deepEqual(Object.keys(reach(settings, "oidc-claim", "sso/groups=red")), [
      "app/grafana standing allowed",
    ]);
    // People with another group, and people from SAML, may be in any team.
    for (const [kind, name] of [
      ["oidc-claim", "sso/groups=*"],
      ["saml-attribute", "adfs/unit=it"],
    ] as const) {
      const grants = reach(settings, kind, name);
      assert.deepEqual(Object.keys(grants), [
        "app/grafana standing undecided",
        "app/vault standing undecided",
      ]);
      assert.match(Object.values(grants)[0]?.why.join() ?? "", /trait "groups"/);
    }
    const claim = accessOf(settings).principals.find(({ name }) => name === "sso/groups=*");
    assert.deepEqual(claim?.notes, ['role "team-$1" depends on the value of groups']);
  });

  it("knows members and owners of access lists, and bots", () => {
    const settings: AccessSettings = {
      agents,
      resources: {
        presets: [],
        roles: {
          red: role({ app_labels: { team: "red" } }),
          db: role({
            db_labels: { env: "prod" },
            db_users: ["{{internal.db_users}}"],
            db_names: ["*"],
          }),
        },
        accessLists: {
          oncall: {
            spec: { grants: { roles: ["red"] }, owner_grants: { roles: ["db"] }, owners: [] },
          },
        },
        bots: {
          ci: { spec: { roles: ["db"], traits: [{ name: "db_users", values: ["reader"] }] } },
        },
      },
    };
    assert.deepEqual(Object.keys(reach(settings, "access-list", "oncall")), [
      "app/grafana standing allowed",
    ]);
    const bot = reach(settings, "bot", "ci")["database/orders standing allowed"];
    assert.deepEqual(bot?.database, {
      rules: [{ role: "db", users: ["reader"], names: ["*"] }],
      unknown: [],
    });
    const owner = reach(settings, "access-list-owner", "oncall")[
      "database/orders standing allowed"
    ];
    assert.match(owner?.database?.unknown.join() ?? "", /trait "db_users"/);
  });

  it("includes what a request adds, and where MFA is required", () => {
    const settings: AccessSettings = {
      agents,
      resources: {
        presets: [],
        roles: {
          dev: role({ app_labels: { team: "red" }, request: { roles: ["admin-*"] } }),
          "admin-apps": role(
            { app_labels: { "*": "*" } },
            { options: { require_session_mfa: "hardware_key" } },
          ),
          "admin-none": role({}),
        },
        users: { ann: { spec: { roles: ["dev"] } } },
      },
    };
    const grants = reach(settings, "user", "ann");
    assert.deepEqual(
      Object.entries(grants).map(([name, { mfa }]) => `${name} ${mfa}`),
      ["app/grafana standing allowed false", "app/vault request allowed true"],
    );
    const denied = role(
      { app_labels: { team: "red" }, request: { roles: ["admin-*"] } },
      { deny: { request: { roles: ["^admin-a.*$"] } } },
    );
    const after = { ...settings, resources: { ...settings.resources, roles: { dev: denied } } };
    assert.deepEqual(Object.keys(reach(after, "user", "ann")), ["app/grafana standing allowed"]);
  });

  it("includes users and groups in Kubernetes, and their bindings", () => {
    const settings: AccessSettings = {
      agents,
      resources: {
        presets: [],
        roles: {
          tenant: role({
            kubernetes_labels: { capsule: "true" },
            kubernetes_groups: ["{{internal.kubernetes_groups}}", "loose"],
            kubernetes_users: ["u-{{email.local(external.email)}}"],
          }),
        },
        users: {
          ann: {
            spec: {
              roles: ["tenant"],
              traits: { kubernetes_groups: ["view"], email: ["ann@example.com"] },
            },
          },
        },
      },
      rbac: { bindings: [{ group: "view", clusterRole: "view", namespace: "shop" }] },
    };
    const grant = reach(settings, "user", "ann")["kubernetes/main standing allowed"];
    assert.deepEqual(grant?.kubernetes?.groups, ["view", "loose"]);
    assert.deepEqual(grant.kubernetes.users, ["u-ann"]);
    assert.deepEqual(grant.kubernetes.unbound, ["loose"]);
    assert.deepEqual(grant.kubernetes.bindings, [
      { group: "view", kind: "ClusterRole", role: "view", namespace: "shop" },
    ]);
    const texts = (more: AccessSettings) => accessOf(more).findings.map(({ text }) => text);
    const unbound = "user/ann gets Kubernetes group loose, to which the settings bind nothing";
    assert.ok(texts(settings).includes(unbound));
    const rbac = { ...settings.rbac, boundElsewhere: ["loose"] };
    assert.ok(!texts({ ...settings, rbac }).includes(unbound));
  });

  it("recognizes cluster-admin in every binding", () => {
    const settings: AccessSettings = {
      agents,
      resources: {
        presets: [],
        roles: { admin: role({ kubernetes_labels: { "*": "*" }, kubernetes_groups: ["admins"] }) },
        users: { ann: { spec: { roles: ["admin", "editor", "reviewer"] } } },
      },
      rbac: { bindings: [{ group: "admins", clusterRole: "cluster-admin" }] },
    };
    const texts = accessOf(settings).findings.map(({ text }) => text);
    assert.deepEqual(texts.slice(0, 2), [
      "user/ann has group admins in kubernetes/main, which may do everything",
      "user/ann may change Teleport's user, role, auth_connector and 2 more (role editor), and so get any access",
    ]);
    assert.ok(
      texts.includes("user/ann names role reviewer, which is Teleport's own and not in this model"),
    );
  });

  it("does not report resources as unreachable if another stack defines the roles", () => {
    const { findings, notes } = accessOf({ kind: "agent", agents, resources: { presets: [] } });
    assert.deepEqual(findings, []);
    assert.deepEqual(notes, ["Roles and users are declared by the stack of the plane."]);
  });
});
