import * as assert from "node:assert/strict";
import * as path from "node:path";
import * as fc from "fast-check";
import { CHECKS } from "../../../../teleport/checks";
import type { Declared, Fault } from "../../../../teleport/checks/fault";
import { names } from "../../../../teleport/checks/names";
import { cases } from "./cases";

const check = (resources: Declared, edition: "community" | "enterprise" = "enterprise"): Fault[] =>
  Object.values({ names, ...CHECKS }).flatMap((subject) =>
    subject(resources, {
      edition,
      clusterName: "example.com",
      proxies: ["example.com"],
      ownRoles: ["kube-admin"],
    }),
  );

const lines = (faults: Fault[]) =>
  faults.map(
    ({ at, message, warning }) =>
      `${warning === true ? "(warning) " : ""}${at.join(".")} ${message}`,
  );

describe("checks of declared resources", () => {
  for (const [group, list] of Object.entries(cases)) {
    describe(group, () => {
      for (const { title, resources, edition, says } of list) {
        it(title, () => {
          assert.ok(says.length > 0);
          assert.deepEqual(lines(check(resources, edition)), says);
        });
      }
    });
  }

  it("find nothing in valid resources", () => {
    const good = {
      roles: {
        dev: {
          version: "v8",
          spec: {
            options: {
              max_session_ttl: "8h0m0s",
              client_idle_timeout: "0s",
              require_session_mfa: "Yeah",
              create_host_user_mode: "keep",
              request_access: "reason",
            },
            allow: {
              app_labels: { "*": "*", team: ["dev", "^ops-[0-9]+$", "{{external.team}}"] },
              kubernetes_groups: ["{{internal.kubernetes_groups}}", "team-{{external.team}}"],
              kubernetes_users: ['{{email.local(external["e-mail"])}}'],
              logins: ['{{regexp.replace(external.email, "^(.*)@.*$", "$1")}}'],
              kubernetes_resources: [
                { kind: "*", api_group: "*", namespace: "*", name: "*", verbs: ["*"] },
                { kind: "namespaces", name: "team-*", verbs: ["get", "list"] },
                { kind: "crontabs", api_group: "example.com", name: "*", verbs: ["get"] },
              ],
              request: { roles: ["kube-*"], search_as_roles: ["access"] },
              rules: [{ resources: ["event"], verbs: ["list"], where: "contains({{}})" }],
            },
          },
        },
      },
      users: { alice: { spec: { roles: ["dev", "kube-admin", "access", "reviewer"] } } },
      bots: { ci: { spec: { roles: ["dev"] } } },
      provisionTokens: {
        ci: {
          spec: {
            roles: ["Bot"],
            bot_name: "ci",
            join_method: "kubernetes",
            kubernetes: { type: "in_cluster", allow: [{ service_account: "ci:runner" }] },
          },
        },
      },
      apps: { web: { spec: { uri: "http://web", public_addr: "www.example.com" } } },
      workloadIdentities: { api: { spec: { spiffe: { id: "/svc/api" } } } },
    };
    assert.deepEqual(lines(check(good)), []);
  });

  it("accept any value without a shape", () => {
    const anything = fc.dictionary(
      fc.constantFrom("roles", "users", "apps", "provisionTokens", "githubConnectors", "x"),
      fc.dictionary(fc.string(), fc.record({ spec: fc.object() })),
    );
    fc.assert(
      fc.property(anything, (resources) => {
        for (const { message } of check(resources)) assert.notEqual(message, "");
      }),
    );
  });
});

/** The part of the sandbox that plays Teleport's refusals. The product does not use it. */
interface Played {
  refusal(
    kind: { collection: string; resourceVersion?: string },
    name: string,
    spec: object,
    cluster: Record<string, Record<string, object>>,
  ): string | undefined;
}

describe("objects that the sandbox's operator refuses", () => {
  const KINDS: Record<string, string> = {
    users: "user",
    roles: "role",
    provisionTokens: "token",
    apps: "app",
    databases: "db",
    githubConnectors: "github",
    oidcConnectors: "oidc",
    samlConnectors: "saml",
    autoupdateVersions: "autoupdate_version",
    workloadIdentities: "workload_identity",
    opensshServers: "node",
  };
  let played: Played;
  before(async () => {
    const rules = path.resolve(__dirname, "../../../../sandbox/src/controllers/teleport/rules.ts");
    played = (await import(rules)) as Played;
  });

  const refusals = (resources: Declared): string[] =>
    Object.entries(KINDS).flatMap(([collection, kind]) =>
      Object.entries((resources[collection] ?? {}) as Record<string, Record<string, unknown>>)
        .map(([name, entry]) => {
          const version = { resourceVersion: String(entry["version"] ?? "v8") };
          const roles = (resources["roles"] ?? {}) as Record<string, object>;
          const cluster = { role: { ...roles, access: {}, editor: {}, "kube-admin": {} } };
          const spec = entry["spec"] ?? {};
          return played.refusal({ collection: kind, ...version }, name, spec, cluster);
        })
        .filter((message) => message !== undefined),
    );

  const errors = (resources: Declared, edition?: "community") =>
    check(resources, edition).filter(({ warning }) => warning !== true);

  it("are found in every case of the table", () => {
    let refused = 0;
    for (const { title, resources, edition } of Object.values(cases).flat()) {
      const words = refusals(resources);
      if (words.length === 0) continue;
      refused++;
      assert.notDeepEqual(errors(resources, edition), [], `${title}: ${words.join("; ")}`);
    }
    assert.ok(refused >= 30, `only ${String(refused)} cases are refused`);
  });

  it("are found in any entry of kubernetes_resources, but only there in v7", () => {
    const entry = fc.record(
      {
        kind: fc.constantFrom("*", "pod", "pods", "deployment", "deployments", "kube_role", "x"),
        api_group: fc.constantFrom("", "*", "apps", "rbac.authorization.k8s.io"),
        namespace: fc.constantFrom("", "*", "team"),
        name: fc.constantFrom("", "*"),
        verbs: fc.uniqueArray(fc.constantFrom("*", "get", "exec", "look"), { minLength: 1 }),
      },
      { requiredKeys: ["verbs"] },
    );
    const role = fc.record({ version: fc.constantFrom("v6", "v7", "v8"), entry });
    fc.assert(
      fc.property(role, ({ version, entry }) => {
        const spec = { allow: { kubernetes_resources: [entry] } };
        const resources = { roles: { dev: { version, spec } } };
        const [refused, found] = [refusals(resources), lines(errors(resources))];
        if (refused.length > 0) assert.notDeepEqual(found, [], refused.join());
        else if (version === "v7") assert.deepEqual(found, []);
      }),
      { numRuns: 1000 },
    );
  });

  it("are found in any token that joins by Kubernetes", () => {
    const spec = fc.record(
      {
        roles: fc.subarray(["App", "bot", "Kubernetes"]),
        bot_name: fc.constantFrom("", "ci"),
        join_method: fc.constantFrom("kubernetes", "kubernets"),
        kubernetes: fc.record(
          {
            type: fc.constantFrom("", "in_cluster", "static_jwks", "jwks"),
            static_jwks: fc.constantFrom({}, { jwks: "{}" }),
            allow: fc.array(
              fc.record(
                { service_account: fc.constantFrom("", "a:b", "a", "a:b:c") },
                { requiredKeys: [] },
              ),
              { maxLength: 2 },
            ),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ["join_method"] },
    );
    fc.assert(
      fc.property(spec, (token) => {
        const resources = { provisionTokens: { ci: { spec: token } } };
        const refused = refusals(resources);
        if (refused.length > 0) assert.notDeepEqual(errors(resources), [], refused.join());
      }),
      { numRuns: 1000 },
    );
  });
});
