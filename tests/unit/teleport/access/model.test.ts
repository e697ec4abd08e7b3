import assert from "node:assert/strict";
import { accessOf, type AccessSettings } from "../../../../inventory/access";
import { accessDiff, changeText } from "../../../../teleport/access";
import type { Grant } from "../../../../teleport/access/grant";
import { parseSettings } from "../../../../settings/load";
import { goodSettings } from "../../settings/fixture";

const viewer = {
  version: "v8",
  spec: {
    options: { require_session_mfa: true },
    allow: {
      app_labels: { tier: "internal" },
      kubernetes_labels: { env: "prod" },
      kubernetes_groups: ["viewers"],
      kubernetes_resources: [
        { kind: "pods", api_group: "", namespace: "team-*", name: "*", verbs: ["get", "list"] },
      ],
    },
  },
};

const team: AccessSettings = {
  agents: {
    agent: {
      apps: [
        { name: "grafana", labels: { tier: "internal" } },
        { name: "vault", labels: { tier: "secret" } },
      ],
    },
  },
  resources: {
    presets: ["kube-admin"],
    roles: {
      viewer,
      "not-vault": {
        version: "v8",
        spec: { deny: { app_labels: { tier: "secret" } } },
      },
    },
    users: {
      alice: { spec: { roles: ["kube-admin"], traits: {} } },
      bob: { spec: { roles: ["kube-admin", "not-vault"] } },
      carol: { spec: { roles: [] } },
    },
    githubConnectors: {
      github: {
        spec: {
          teams_to_roles: [
            { organization: "example", team: "dev", roles: ["viewer"] },
            { organization: "example", team: "lost", roles: ["gone"] },
          ],
        },
      },
    },
    databases: { orders: { spec: {}, labels: { env: "prod" } } },
  },
  rbac: { bindings: [{ group: "viewers", clusterRole: "view" }] },
};

function of(settings: AccessSettings, who: string): Record<string, Grant> {
  const found = accessOf(settings).principals.find(({ kind, name }) => `${kind}/${name}` === who);
  assert.ok(found, `${who} is not in the model`);
  return Object.fromEntries(
    found.grants.map((grant) => [`${grant.resource.kind}/${grant.resource.name}`, grant]),
  );
}

describe("access: the model", () => {
  it("says who reaches which app by which role", () => {
    assert.deepEqual(Object.keys(of(team, "user/alice")), ["app/grafana", "app/vault"]);
    const grant = of(team, "github-team/example/dev")["app/grafana"];
    assert.deepEqual(grant?.roles, ["viewer"]);
    assert.equal(grant.mfa, true);
    assert.equal(grant.verdict, "allowed");
  });

  it("gives deny priority over every role", () => {
    assert.deepEqual(Object.keys(of(team, "user/bob")), ["app/grafana"]);
  });

  it("names dangers, the worst first", () => {
    const texts = accessOf(team).findings.map(({ text }) => text);
    assert.deepEqual(texts, [
      'role kube-admin allows every app and Kubernetes cluster, including future ones ("*": "*")',
      "user/carol has no role",
      "github-team/example/lost names role gone, which the settings do not declare",
      "nobody can reach database/orders",
    ]);
  });

  it("works for the reference stack, which declares nobody yet", () => {
    const { settings } = parseSettings(goodSettings());
    assert.ok(settings);
    const model = accessOf(settings);
    const admin = model.principals.find(({ name }) => name === "kube-admin");
    assert.equal(admin?.kind, "role");
    // Twelve apps, and the Kubernetes cluster that the plane serves itself.
    assert.equal(admin.grants.length, 13);
  });

  it("describes changes, dangerous ones first", () => {
    const roles = { ...team.resources?.roles };
    const after: AccessSettings = {
      ...team,
      resources: {
        ...team.resources,
        roles: { ...roles, viewer: { ...viewer, spec: { ...viewer.spec, options: {} } } },
        users: { alice: { spec: { roles: ["kube-admin"] } }, bob: { spec: { roles: [] } } },
      },
    };
    assert.deepEqual(accessDiff(accessOf(team), accessOf(after)).map(changeText), [
      "github-team/example/dev keeps app/grafana through role viewer: now without MFA",
      "user/bob has no role",
      "user/bob can no longer reach app/grafana through role kube-admin: with MFA",
      "user/carol is gone; it reached nothing",
    ]);
    assert.deepEqual(accessDiff(accessOf(team), accessOf(team)), []);
  });
});
