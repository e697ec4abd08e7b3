import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { parseAllDocuments } from "yaml";
import { planStack } from "../../operations/plan/plan-stack";
import { recordPlane } from "./components/mocked-plane";

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource?: string | string[];
}
interface RoleRule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
  resourceNames?: string[];
}
interface KubernetesObject {
  kind: string;
  metadata: { name: string; namespace?: string };
  rules?: RoleRule[];
  subjects?: { kind: string; name: string }[];
}
interface VaultRole {
  bound_audiences: string[];
  bound_claims: Record<string, string | string[]>;
  token_policies: string[];
}

const JOBS = ["preview", "up", "verify"] as const;
const READS = ["preview", "verify"] as const;
const read = (file: string) => fs.readFileSync(`deploy/pipeline/${file}`, "utf8");
const json = (file: string) => JSON.parse(read(file)) as unknown;
const statements = (file: string) => (json(file) as { Statement: Statement[] }).Statement;
const actions = (file: string) => statements(file).flatMap(({ Action }) => Action);
const objects = (job: string) =>
  parseAllDocuments(read(`${job}/kubernetes.yaml`)).map((one) => one.toJS() as KubernetesObject);
/** Capabilities by path of a policy in Vault's language. */
const paths = (job: string) =>
  new Map(
    [...read(`${job}/vault.hcl`).matchAll(/path "([^"]+)" \{\s+capabilities = \[([^\]]*)\]/g)].map(
      ([, path = "", list = ""]) => [path, list.replaceAll('"', "").split(", ")],
    ),
  );

describe("the rights of the pipeline's jobs", () => {
  for (const job of JOBS) {
    it(`${job}: AWS policy allows only named actions and no administration`, () => {
      for (const { Effect, Action } of statements(`${job}/aws.json`)) {
        assert.equal(Effect, "Allow");
        for (const action of [Action].flat()) assert.match(action, /^[a-z0-9]+:[A-Z][A-Za-z0-9]+$/);
      }
      const identity = actions(`${job}/aws.json`).filter((action) => action.startsWith("iam:"));
      assert.deepEqual(identity, job === "up" ? ["iam:CreateServiceLinkedRole"] : []);
    });

    it(`${job}: Kubernetes grants one group, by name`, () => {
      const bindings = objects(job).filter(({ kind }) => kind.endsWith("Binding"));
      assert.ok(bindings.length > 0);
      for (const { subjects } of bindings) {
        assert.deepEqual(subjects, [
          { apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: `access-plane:${job}` },
        ]);
      }
      const rules = objects(job).flatMap((object) => object.rules ?? []);
      for (const { apiGroups, verbs, resources } of rules) {
        assert.ok(!apiGroups.includes("*") && !verbs.includes("*"));
        assert.ok(!resources.includes("*") || apiGroups.join() === "resources.teleport.dev");
      }
    });
  }

  it("up: may make one bucket of recordings and roles of one name, and delete no bucket", () => {
    const scopes = statements("up/aws-recordings.json").map(({ Action, Resource }) => {
      for (const action of [Action].flat()) {
        assert.match(action, /^(s3|iam|eks):[A-Z]\w+$/);
        assert.doesNotMatch(action, /DeleteBucket|Object$|AttachRolePolicy/);
      }
      return [Resource].flat().join();
    });
    assert.deepEqual(scopes.slice(0, 2), [
      "arn:aws:s3:::${RECORDINGS_BUCKET}",
      "arn:aws:iam::${AWS_ACCOUNT_ID}:role/teleport-recordings-*",
    ]);
    assert.match(scopes[2] ?? "", /cluster\/\$\{EKS_CLUSTER\},/);
  });

  for (const job of READS) {
    it(`${job}: reads and writes nothing`, () => {
      for (const action of actions(`${job}/aws.json`)) {
        assert.match(action, /^(?:\w+:(?:Describe|Get|List)\w+|kms:Decrypt)$/);
      }
      const verbs = objects(job).flatMap(({ rules = [] }) => rules.flatMap((rule) => rule.verbs));
      assert.deepEqual([...new Set(verbs)].sort(), ["get", "list", "watch"]);
      for (const [path, capabilities] of paths(job)) {
        assert.deepEqual(capabilities, [path === "auth/token/create" ? "update" : "read"], path);
      }
    });
  }

  it("preview: reads no secret in Vault", () => {
    const secret = [...paths("preview").keys()].filter((path) =>
      /\/(data|creds|static-creds)\//.test(path),
    );
    assert.deepEqual(secret, []);
  });

  it("every job: knows each API group of Kubernetes that a plane uses", async function () {
    this.timeout(60_000);
    const plane = await recordPlane("prod", ({ loadBalancer, database }) => {
      if (loadBalancer !== undefined) loadBalancer.targets = { targetGroupBinding: "ip" };
      database.credentials = {
        ...{ source: "generated", path: "infra-db/teleport", rotation: "1" },
        bootstrap: { adminSecret: "infra-db-admin" },
      };
    });
    const groups = plane.resources.flatMap(({ type }) => {
      const [, version = ""] = /^kubernetes:([^:]+)\/v\d[^:]*:/.exec(type) ?? [];
      return version === "" || version === "helm.sh" ? [] : version.replace(/^core$/, "");
    });
    assert.ok(groups.includes("elbv2.k8s.aws"));
    for (const job of JOBS) {
      const known = objects(job).flatMap(({ rules = [] }) =>
        rules.flatMap(({ apiGroups }) => apiGroups),
      );
      const missing = [...new Set(groups)].filter(
        (group) => !known.some((one) => one === group || one === `${group}.k8s.io`),
      );
      assert.deepEqual(missing, [], job);
    }
  });

  it("up: binds named cluster roles only", () => {
    const rules = objects("up").flatMap((object) => object.rules ?? []);
    for (const { verbs, resources, resourceNames } of rules) {
      if (verbs.includes("bind") && resources.includes("clusterroles")) {
        assert.ok((resourceNames ?? []).length > 0);
      }
    }
  });

  it("up and verify: read the paths in Vault that the reference deployment uses", async function () {
    this.timeout(60_000);
    const plan = await planStack("prod");
    const policy = plan.find(({ type }) => type === "vault:index/policy:Policy");
    const used = [...String(policy?.inputs["policy"]).matchAll(/path "([^"]+)"/g)].map(
      ([, path = ""]) => path,
    );
    assert.ok(used.length > 0);
    const role = plan.find(
      ({ type }) => type === "vault:kubernetes/authBackendRole:AuthBackendRole",
    );
    used.push(`sys/policies/acl/${String(policy?.inputs["name"])}`);
    used.push(`auth/kubernetes/role/${String(role?.inputs["roleName"])}`);
    for (const job of ["up", "verify"]) {
      for (const path of used) assert.ok(paths(job).get(path)?.includes("read"), `${job}: ${path}`);
    }
    for (const path of used.slice(-2)) assert.ok(paths("preview").has(path), `preview: ${path}`);
  });

  for (const platform of ["github", "gitlab"]) {
    for (const job of JOBS.filter((name) => platform === "github" || name !== "preview")) {
      it(`${platform}: tokens of ${job} are bound to project, audience and environment`, () => {
        const role = json(`${platform}/vault-role-${job}.json`) as VaultRole;
        assert.deepEqual(role.bound_audiences, ["${VAULT_ADDR}"]);
        assert.deepEqual(role.token_policies, [`access-plane-${job}`]);
        const { bound_claims: claims } = role;
        assert.ok(claims["repository"] ?? claims["project_path"]);
        assert.ok(claims["environment"]);
        if (job !== "preview") assert.match(String(claims["ref"]), /main$/);
        const [trust] = statements(`${platform}/aws-trust-${job}.json`) as unknown as {
          Condition: { StringEquals: Record<string, string | string[]> };
        }[];
        const conditions = Object.entries(trust?.Condition.StringEquals ?? {});
        assert.deepEqual(conditions.map(([key]) => key.split(":").at(-1)).sort(), ["aud", "sub"]);
        for (const [, value] of conditions) assert.doesNotMatch(String(value), /\*/);
      });
    }
  }
});
