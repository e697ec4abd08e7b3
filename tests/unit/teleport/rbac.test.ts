import * as assert from "node:assert/strict";
import { parseSettings } from "../../../settings/parse";
import { bindingName } from "../../../teleport/rbac";
import { PRESETS } from "../../../teleport/resources/presets";
import { recordPlane } from "../components/mocked-plane";
import { goodSettings, type Sections } from "../settings/fixture";

const found = (change: (settings: Sections) => void) => {
  const settings = goodSettings();
  settings.resources = { roles: {}, users: {} };
  settings.rbac = {};
  change(settings);
  const { problems = [], warnings } = parseSettings(settings);
  return (
    [
      ...problems.map((p) => ({ ...p, word: "" })),
      ...warnings.map((w) => ({ ...w, word: "(warning) " })),
    ]
      // Other warnings about the reference deployment, and that nobody holds the roles of these cases.
      .filter(({ path }) => !/:(agents|loadBalancer)\b/.test(path))
      .filter(({ message }) => !message.startsWith("has no holder here"))
      .map(({ path, message, word }) => `${word}${path.replace("access-plane:", "")} ${message}`)
  );
};

const grant = (settings: Sections, ...groups: string[]) =>
  (settings.resources.roles.dev = { spec: { allow: { kubernetes_groups: groups } } });
const ELSEWHERE =
  "which has no binding here: unless the cluster has its own binding (then name the group in " +
  "rbac.boundElsewhere), people may do nothing; add it to rbac.bindings.";
const MASTERS =
  'a group that no RBAC rule can limit: grant another group and bind it in rbac.bindings, or name "dev" in rbac.allowSystemMasters.';

describe("groups of roles in Kubernetes", () => {
  const table: [string, (settings: Sections) => void, string[]][] = [
    ["no warning about the defaults", () => undefined, []],
    [
      "a group without a binding",
      (s) => grant(s, "devs"),
      [`(warning) resources.roles.dev.spec.allow.kubernetes_groups[0] grants "devs", ${ELSEWHERE}`],
    ],
    [
      "a group that is bound",
      (s) => {
        grant(s, "devs", "teleport-admin", "system:authenticated", "capsule");
        s.rbac = {
          bindings: [{ group: "devs", clusterRole: "edit", namespace: "dev" }],
          boundElsewhere: ["capsule"],
        };
      },
      [],
    ],
    [
      "a user's trait",
      (s) => {
        grant(s, "{{internal.kubernetes_groups}}");
        s.resources.users.alice = {
          spec: { roles: ["dev"], traits: { kubernetes_groups: ["devs", "system:masters"] } },
        };
        // Nobody holds the role with the trait.
        s.resources.users.bob = {
          spec: { roles: ["kube-admin"], traits: { kubernetes_groups: ["unused"] } },
        };
      },
      [
        `resources.roles.dev.spec.allow.kubernetes_groups[0] grants user alice "system:masters" by the role "dev", ${MASTERS}`,
        `(warning) resources.roles.dev.spec.allow.kubernetes_groups[0] grants user alice "devs", ${ELSEWHERE}`,
      ],
    ],
    [
      "a user's trait in a preset of Teleport",
      (s) =>
        (s.resources.users.alice = {
          spec: { roles: ["access"], traits: { kubernetes_groups: ["devs"] } },
        }),
      [`(warning) resources.users.alice.spec.traits grants user alice "devs", ${ELSEWHERE}`],
    ],
    [
      "an access list's trait in a preset of Teleport, at the list",
      (s) => {
        s.teleport.edition = "enterprise";
        s.teleport.licensePath = "teleport/license";
        s.resources.accessLists = {
          ops: {
            spec: {
              title: "Operators",
              owners: [{ name: "alice" }],
              audit: { recurrence: { frequency: 3 } },
              grants: { roles: ["access"], traits: { kubernetes_groups: ["devs"] } },
            },
          },
        };
      },
      [
        `(warning) resources.accessLists.ops.spec.grants.traits grants access-list ops "devs", ${ELSEWHERE}`,
      ],
    ],
    [
      "groups that only an identity provider knows",
      (s) => {
        grant(s, "{{external.groups}}");
        s.rbac.allowExternalGroups = ["dev"];
      },
      [],
    ],
    [
      "masters",
      (s) => grant(s, "system:masters"),
      [
        `resources.roles.dev.spec.allow.kubernetes_groups[0] grants "system:masters" by the role "dev", ${MASTERS}`,
      ],
    ],
    [
      "masters, allowed by name",
      (s) => {
        grant(s, "system:masters");
        s.rbac.allowSystemMasters = ["dev"];
      },
      [],
    ],
    [
      "masters, allowed without need",
      (s) => {
        grant(s, "teleport-admin");
        s.rbac.allowSystemMasters = ["dev", "ops"];
      },
      [
        '(warning) rbac.allowSystemMasters[0] is "dev", which does not grant system:masters: remove it.',
        '(warning) rbac.allowSystemMasters[1] is "ops", which is not a role here: remove it.',
      ],
    ],
    [
      "bindings that are incomplete or ambiguous",
      (s) =>
        (s.rbac.bindings = [
          { group: "a" },
          { group: "b", clusterRole: "view", role: "view", namespace: "x" },
          { group: "c", role: "view" },
          { group: "system:masters", clusterRole: "cluster-admin" },
        ]),
      [
        "rbac.bindings[0] names nothing: set one of clusterRole and role.",
        "rbac.bindings[1] is ambiguous: set one of clusterRole and role.",
        'rbac.bindings[2].namespace is missing: the Role "view" needs its namespace; set it, or bind a clusterRole.',
        '(warning) rbac.bindings[3].group is "system:masters", which may do everything without a binding: remove this one.',
      ],
    ],
    [
      "bindings that repeat",
      (s) =>
        (s.rbac.bindings = [
          { group: "a", clusterRole: "view" },
          { group: "a", clusterRole: "view", namespace: "x" },
          { group: "a", clusterRole: "view" },
          { group: "teleport-admin", clusterRole: "cluster-admin" },
        ]),
      [
        "rbac.bindings[2] repeats bindings[0]: remove it.",
        "rbac.bindings[3] repeats the binding of a preset role: remove it.",
      ],
    ],
  ];
  for (const [title, change, expected] of table) {
    it(title, () => assert.deepEqual(found(change), expected));
  }

  it("are bound by objects with predictable names", () => {
    assert.equal(
      bindingName({ group: "teleport-admin", clusterRole: "cluster-admin" }),
      "teleport:teleport-admin:cluster-admin",
    );
    const odd = ["a/b", "a%b", "a b"].map((group) => bindingName({ group, role: "r" }));
    assert.equal(new Set(odd).size, 3);
    for (const name of [...odd, bindingName({ group: "x".repeat(300), role: "r" })]) {
      assert.match(name, /^teleport:[A-Za-z0-9:._@-]{1,244}$/);
    }
  });

  it("are bound in the cluster, or in a namespace", async () => {
    const plane = await recordPlane("prod", ({ rbac }) => {
      rbac.bindings = [
        { group: "devs", clusterRole: "edit", namespace: "dev" },
        { group: "ops", role: "deployer", namespace: "apps" },
      ];
    });
    const cluster = plane.one("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding");
    assert.deepEqual(cluster.inputs, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "teleport:teleport-admin:cluster-admin" },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: "cluster-admin",
      },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "teleport-admin" }],
    });
    const [edit, deployer] = plane.all("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding");
    assert.deepEqual(edit!.inputs["metadata"], { name: "teleport:devs:edit", namespace: "dev" });
    assert.equal((edit!.inputs["roleRef"] as { kind: string }).kind, "ClusterRole");
    assert.equal((deployer!.inputs["roleRef"] as { kind: string }).kind, "Role");
  });
});

describe("preset roles", () => {
  it("pass every check", () => {
    const presets = Object.keys(PRESETS);
    assert.deepEqual(
      found((s) => (s.resources.presets = presets)),
      [],
    );
  });

  it("are replaced by a declared role of that name, with their bindings", async () => {
    const plane = await recordPlane("prod", ({ resources }) => {
      resources.roles["kube-admin"] = {
        version: "v8",
        spec: { allow: { app_labels: { "*": "*" } } },
        labels: {},
        keep: false,
        ignore: false,
      };
    });
    assert.equal(plane.all("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding").length, 0);
    assert.equal(plane.all("kubernetes:resources.teleport.dev/v1:TeleportRoleV7").length, 0);
    assert.equal(plane.all("kubernetes:resources.teleport.dev/v1:TeleportRoleV8").length, 1);
  });
});

describe("client secrets of connectors", () => {
  const connectors = (settings: Parameters<NonNullable<Parameters<typeof recordPlane>[1]>>[0]) => {
    const common = { labels: {}, keep: false, ignore: false };
    settings.resources.githubConnectors["github"] = {
      ...common,
      spec: { client_id: "abc" },
      clientSecret: { path: "teleport/github", key: "client-secret" },
    };
    settings.resources.oidcConnectors["sso"] = {
      ...common,
      spec: { client_id: "abc" },
      clientSecret: { path: "teleport/sso", key: "oidc" },
    };
  };

  it("are passed by reference, only to their connector", async () => {
    const plane = await recordPlane("prod", connectors);
    const connector = plane.one("kubernetes:resources.teleport.dev/v3:TeleportGithubConnector");
    assert.deepEqual(connector.inputs["spec"], {
      client_id: "abc",
      client_secret: "secret://github-connector-github/client-secret",
    });
    const secret = plane.one(
      "kubernetes:secrets.hashicorp.com/v1beta1:VaultStaticSecret",
      "github-connector-github-secret",
    );
    const { destination, path, rolloutRestartTargets } = secret.inputs["spec"] as Sections;
    assert.equal(path, "teleport/github");
    assert.equal(destination.name, "github-connector-github");
    assert.deepEqual(destination.annotations, {
      "resources.teleport.dev/allow-lookup-from-cr": "github",
    });
    // The operator does not watch Secrets.
    assert.deepEqual(rolloutRestartTargets, [{ kind: "Deployment", name: "teleport-operator" }]);
    assert.ok(
      plane.waitsFor(connector).some((name) => name.endsWith("github-connector-github-secret")),
    );
    const { policy } = plane.one("vault:index/policy:Policy").inputs as { policy: string };
    for (const granted of ["teleport/github", "teleport/sso"]) {
      assert.ok(policy.includes(`path "secret/data/${granted}"`), granted);
    }
    const oidc = plane.one("kubernetes:resources.teleport.dev/v3:TeleportOIDCConnector");
    assert.equal(
      (oidc.inputs["spec"] as Sections).client_secret,
      "secret://oidc-connector-sso/oidc",
    );
  });

  it("are annotated by Pulumi too, if Pulumi delivers them", async () => {
    const plane = await recordPlane(
      "prod",
      (settings) => {
        settings.vault.delivery = "pulumi";
        connectors(settings);
      },
      {
        call: () => ({
          data: {
            username: "u",
            password: "p",
            "client-secret": "s3cr3t",
            oidc: "s3cr3t",
            "zot-basic-auth": "x",
            "openclaw-gateway-token": "y",
          },
          id: "vpc",
          ids: ["a"],
          zoneId: "Z",
        }),
      },
    );
    const secret = plane.one("kubernetes:core/v1:Secret", "github-connector-github-secret");
    const { annotations } = secret.inputs["metadata"] as Sections;
    assert.equal(annotations["resources.teleport.dev/allow-lookup-from-cr"], "github");
  });
});
