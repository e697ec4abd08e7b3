import * as assert from "node:assert/strict";
import { parseSettings } from "../../../settings/load";
import { anyGroupFrom, anyUserFrom } from "../../../teleport/external-names";
import { goodSettings, type Sections } from "./fixture";

/** Rights that settings must not give to everybody, and the settings that allow it. */

const problemsOf = (change: (s: Sections) => void): string[] => {
  const settings = goodSettings();
  change(settings);
  return (parseSettings(settings).problems ?? []).map(({ path, message }) => `${path} ${message}`);
};

const ACCOUNT = "123456789012";
const arn = (resource: string) => `arn:aws:sts::${ACCOUNT}:${resource}`;

/** Rules that admit everybody of an account, and rules that do not. */
const WIDE_ARNS = [
  undefined,
  arn("assumed-role/*"),
  arn("assumed-role/*/*"),
  arn("assumed-role/?*/x"),
  arn("*"),
  `arn:aws:*::${ACCOUNT}:assumed-role/x/*`,
  `arn:aws:iam::${ACCOUNT}:*`,
];
const NARROW_ARNS = [
  arn("assumed-role/agent/*"),
  arn("assumed-role/agent-*/*"),
  `arn:aws-cn:sts::${ACCOUNT}:assumed-role/agent/i-0123`,
  `arn:aws:iam::${ACCOUNT}:user/agent`,
];

const joins: Record<string, (s: Sections, rule: string | undefined, wide: boolean) => void> = {
  "of an agent": (s, rule, wide) =>
    (s.agents["teleport-agent"].join = {
      method: "iam",
      allow: [{ account: ACCOUNT, arn: rule }],
      wide,
    }),
  "of an agent elsewhere": (s, rule, wide) =>
    (s.remoteAgents = {
      one: { join: { method: "iam", allow: [{ account: ACCOUNT, arn: rule }], wide } },
    }),
  "of a bot": (s, rule, wide) =>
    (s.resources = {
      bots: {
        one: {
          spec: { roles: ["access"] },
          join: { method: "iam", allow: [{ account: ACCOUNT, arn: rule }], wide },
        },
      },
    }),
  "of a token": (s, rule, wide) =>
    (s.resources = {
      provisionTokens: {
        one: {
          wide,
          spec: {
            roles: ["App"],
            join_method: "iam",
            allow: [{ aws_account: ACCOUNT, ...(rule !== undefined && { aws_arn: rule }) }],
          },
        },
      },
    }),
};

describe("rights in settings", () => {
  for (const [of, join] of Object.entries(joins)) {
    it(`may not let a whole AWS account join, by the rules ${of}`, () => {
      for (const wide of WIDE_ARNS) {
        const [problem, ...more] = problemsOf((s) => join(s, wide, false));
        assert.match(problem ?? "accepted", /would admit everybody who has any role there/, wide);
        assert.deepEqual(more, [], wide);
        assert.deepEqual(
          problemsOf((s) => join(s, wide, true)),
          [],
          wide,
        );
      }
      for (const narrow of NARROW_ARNS) {
        assert.deepEqual(
          problemsOf((s) => join(s, narrow, false)),
          [],
          narrow,
        );
      }
      const [never] = problemsOf((s) => join(s, `arn:aws:iam::${ACCOUNT}:role/path/agent`, false));
      assert.match(never ?? "", /nobody could join: write .*:sts::\d+:assumed-role\/agent\/\*\.$/);
      const [other] = problemsOf((s) =>
        join(s, "arn:aws:sts::999999999999:assumed-role/x/*", false),
      );
      assert.match(other ?? "", /is in account 999999999999/);
    });
  }

  it("may not let every service account join", () => {
    const token = (account: string, wide = false) =>
      problemsOf((s) => {
        const kubernetes = { type: "in_cluster", allow: [{ service_account: account }] };
        const spec = { roles: ["App"], join_method: "kubernetes", kubernetes };
        s.resources = { provisionTokens: { one: { wide, spec } } };
      });
    for (const account of ["*:*", "team:*", "*:agent", "*", "?*:agent"]) {
      assert.equal(token(account).length, 1, account);
    }
    assert.deepEqual(token("team:*", true), []);
    assert.deepEqual(token("team:agent"), []);
  });

  it("may not let everybody join by a method other than Kubernetes", () => {
    const token = (method: string, allow: object) =>
      problemsOf((s) => {
        const spec = { roles: ["App"], join_method: method, [method]: { allow: [allow] } };
        s.resources = { provisionTokens: { one: { spec } } };
      });
    assert.equal(token("github", { repository: "*" }).length, 1);
    assert.equal(token("gitlab", { sub: "**" }).length, 1);
    assert.equal(token("gcp", { project_ids: ["*"] }).length, 1);
    assert.deepEqual(token("github", { repository: "*", repository_owner: "example" }), []);
  });

  it("may not bind groups of Kubernetes itself", () => {
    const bind = (group: string, more: object = {}) =>
      problemsOf((s) => (s.rbac = { bindings: [{ group, clusterRole: "view" }], ...more }));
    for (const group of [
      "system:authenticated",
      "system:unauthenticated",
      "system:serviceaccounts",
      "system:serviceaccounts:team",
      "system:nodes",
      "system:bootstrappers",
    ]) {
      const [problem, ...more] = bind(group);
      assert.match(
        problem ?? "accepted",
        /^access-plane:rbac\.bindings\[0\]\.group is ".*rbac\.allowBroadGroups\.$/,
      );
      assert.deepEqual(more, []);
      assert.deepEqual(bind(group, { allowBroadGroups: [group] }), []);
    }
    assert.deepEqual(bind("team"), []);
  });

  it("may not contain a group from a trait that a provider may send", () => {
    const problems = (
      allowExternalGroups: string[],
      connector: boolean,
      mapped = ["dev", "kube-access"],
    ) =>
      problemsOf((s) => {
        const allow = { kubernetes_groups: ["{{internal.kubernetes_groups}}"] };
        Object.assign(s.teleport, { edition: "enterprise", licensePath: "teleport/license" });
        s.rbac = { allowExternalGroups };
        s.resources = {
          presets: ["kube-admin", "kube-access"],
          roles: { dev: { spec: { allow } } },
          ...(connector && {
            oidcConnectors: {
              sso: {
                clientSecret: { path: "teleport/oidc", key: "client-secret" },
                spec: {
                  client_id: "teleport",
                  issuer_url: "https://id.example.com",
                  redirect_url: ["https://lumie-infra.com/v1/webapi/oidc/callback"],
                  claims_to_roles: [{ claim: "groups", value: "sre", roles: mapped }],
                },
              },
            },
          }),
        };
      });
    assert.deepEqual(problems([], false), []);
    assert.deepEqual(problems(["dev", "kube-access"], true), []);
    const [ofRole, ofPreset, ...more] = problems([], true);
    assert.match(
      ofRole ?? "",
      /roles\.dev\..*kubernetes_groups\[0\] accepts any group from the trait/,
    );
    assert.match(ofPreset ?? "", /resources\.presets\[1\] accepts any group from the trait/);
    assert.deepEqual(more, []);
    // Then only local users hold the preset.
    assert.deepEqual(problems(["dev"], true, ["dev"]), []);
    assert.equal(problems(["dev"], true, ["$1"]).length, 1);
  });

  it("may not contain a pattern that everybody matches", () => {
    const gitlab = (rule: object) =>
      problemsOf((s) => {
        const spec = { domain: "gitlab.example.com", allow: [rule] };
        s.resources = {
          provisionTokens: {
            one: { spec: { roles: ["App"], join_method: "gitlab", gitlab: spec } },
          },
        };
      });
    for (const rule of [
      { project_path: "*/app" },
      { sub: "project_path:*" },
      { sub: "project_path:*:ref_type:branch:ref:main" },
      { namespace_path: "?*" },
    ]) {
      assert.match(gitlab(rule)[0] ?? "accepted", /would admit everybody/, JSON.stringify(rule));
    }
    assert.deepEqual(gitlab({ sub: "project_path:lumie/*" }), []);
    assert.deepEqual(gitlab({ project_path: "lumie/*" }), []);
  });

  it("may not contain arbitrary groups from an identity provider", () => {
    const open = [
      "{{external.groups}}",
      '{{external["my groups"]}}',
      "{{ external.groups }}",
      "system:{{external.groups}}",
      "sys{{external.groups}}",
      "{{external.groups}}s",
      "{{email.local(external.email)}}",
      '{{regexp.replace(external.groups, "(.*)", "$1")}}',
      '{{regexp.replace(external.groups, "^k8s-(.*)$", "$1")}}',
      '{{regexp.replace(external.groups, "^([^x]+)$", "$1")}}',
      '{{regexp.replace(external.groups, "dev|ops", "$0")}}',
      '{{regexp.replace(external.groups, "^(\\\\S+)$", "$1")}}',
      '{{regexp.replace(external.groups, "^([!-~]+)$", "$1")}}',
      '{{regexp.replace(external.groups, "^([[:graph:]]+)$", "$1")}}',
    ];
    const closed = [
      "developers",
      "team-{{external.team}}",
      "{{external.team}}-admins",
      "{{internal.kubernetes_groups}}",
      '{{regexp.replace(external.groups, "^(dev|ops)$", "$1")}}',
      '{{regexp.replace(external.groups, "^k8s-([a-z0-9-]+)$", "$1")}}',
      '{{regexp.replace(external.groups, "^(\\\\w+)$", "$1")}}',
      '{{regexp.replace(external.groups, "(.*)", "team-$1")}}',
      '{{regexp.replace(external.email, "^([A-Za-z0-9._@+-]+)$", "$1")}}',
      '{{regexp.replace(external.groups, "^([^:]+)$", "$1")}}',
      '{{regexp.replace(external.groups, "^admins$", "sre")}}',
    ];
    for (const value of open) assert.notEqual(anyGroupFrom(value), undefined, value);
    for (const value of closed) assert.equal(anyGroupFrom(value), undefined, value);
    for (const value of ["{{internal.kubernetes_groups}}", '{{internal["kubernetes_groups"]}}']) {
      assert.equal(anyGroupFrom(value, true), "kubernetes_groups");
    }

    const role = (rbac?: object) =>
      problemsOf((s) => {
        const allow = { kubernetes_groups: ["{{external.groups}}"] };
        s.resources = { roles: { dev: { spec: { allow } } } };
        if (rbac !== undefined) s.rbac = rbac;
      });
    assert.match(role()[0] ?? "", /kubernetes_groups\[0\] accepts any group from the trait groups/);
    assert.deepEqual(role({ allowExternalGroups: ["dev"] }), []);
  });

  it("may not contain Kubernetes' own users from an identity provider", () => {
    for (const value of [
      "{{external.email}}",
      "{{external.login}}@example.com",
      "system:{{external.a}}",
    ]) {
      assert.notEqual(anyUserFrom(value), undefined, value);
    }
    for (const value of ["alice", "oidc:{{external.login}}", "{{internal.kubernetes_users}}"]) {
      assert.equal(anyUserFrom(value), undefined, value);
    }
    const role = (rbac: object, allow: object = {}) =>
      problemsOf((s) => {
        const users = { kubernetes_users: ["{{external.email}}"], ...allow };
        s.resources = { roles: { dev: { spec: { allow: users } } } };
        s.rbac = rbac;
      });
    assert.match(
      role({})[0] ?? "",
      /kubernetes_users\[0\] accepts any user from the trait email.*in rbac\.allowExternalUsers\.$/,
    );
    assert.deepEqual(role({ allowExternalUsers: ["dev"] }), []);
    // Whoever may be in system:masters may be any user.
    assert.deepEqual(
      role({ allowExternalGroups: ["dev"] }, { kubernetes_groups: ["{{external.groups}}"] }),
      [],
    );
  });
});
