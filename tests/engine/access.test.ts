import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import * as k8s from "@kubernetes/client-node";
import { ALL_KINDS, kindInfo, TELEPORT_GROUP } from "../../teleport/resources/kinds";
import { documentedSetups, overlay, type Config } from "../unit/docs/access-setups";
import { eventually } from "./eventually";
import { EngineStack } from "./stack";

const NAMESPACE = "teleport";

interface Reconciled {
  metadata: { name: string };
  status?: { conditions?: { type: string; status: string }[] };
}

/** Deploys the setups of docs/access.md one after the other, and reads the results back. */
describe("the examples of docs/access.md on the sandbox", () => {
  const setups = documentedSetups();
  const secret = randomBytes(12).toString("hex");
  let stack: EngineStack;
  let core: k8s.CoreV1Api;
  let apps: k8s.AppsV1Api;
  let custom: k8s.CustomObjectsApi;
  let base: Config;

  before(async () => {
    stack = await EngineStack.start();
    [core, apps, custom] = [k8s.CoreV1Api, k8s.AppsV1Api, k8s.CustomObjectsApi].map((api) =>
      stack.kube(api as new (config: k8s.Configuration) => k8s.ApiType),
    ) as [k8s.CoreV1Api, k8s.AppsV1Api, k8s.CustomObjectsApi];
    stack.change((config) => {
      for (const key of ["aws", "loadBalancer", "agents"]) {
        Reflect.deleteProperty(config, `access-plane:${key}`);
      }
      config["access-plane:vault"] = { refreshAfter: "5s" };
      base = structuredClone(config);
    });
    for (const name of ["dev", "capsule-system"]) {
      await core.createNamespace({ body: { metadata: { name } } });
    }
    // Capsule Proxy creates this Secret.
    await core.createNamespacedSecret({
      namespace: "capsule-system",
      body: { metadata: { name: "capsule-proxy" }, stringData: { ca: "a certificate" } },
    });
    await stack.vault("secret/data/teleport/github", { data: { "client-secret": secret } });
    await stack.vault("secret/data/teleport/oidc", { data: { "client-secret": secret } });
    await stack.vault("secret/data/teleport/license", { data: { "license.pem": "sandbox" } });
  });
  after(async () => {
    await stack.stop();
  });

  const deploy = async (...titles: string[]) => {
    const wanted = titles
      .map((title) => setups.get(title) ?? assert.fail(title))
      .reduce((config, setup) => overlay(config, setup, "both"), base);
    stack.change((config) => {
      for (const key of Object.keys(config)) Reflect.deleteProperty(config, key);
      Object.assign(config, wanted);
    });
    await stack.up();
  };

  /** All Teleport resources as `kind/name`. Asserts that the operator accepted each. */
  const accepted = async (): Promise<string[]> => {
    const found = await Promise.all(
      ALL_KINDS.map(async (kind) => {
        const { plural, version } = kindInfo(kind);
        const { items } = (await custom.listNamespacedCustomObject({
          group: TELEPORT_GROUP,
          version,
          plural,
          namespace: NAMESPACE,
        })) as { items: Reconciled[] };
        return items.map(({ metadata: { name }, status }) => {
          const states = (status?.conditions ?? []).map(({ type, status }) => `${type} ${status}`);
          assert.deepEqual(
            states.sort(),
            ["SuccessfullyReconciled True", "TeleportResourceOwned True", "ValidStructure True"],
            `${kind}/${name}`,
          );
          return `${kind.replace("Teleport", "")}/${name}`;
        });
      }),
    );
    return found.flat().sort();
  };

  /** Whether the API server allows members of a group this. */
  const may = async (group: string, verb: string, resource: string, namespace = "dev") => {
    const { status } = await stack.kube(k8s.AuthorizationV1Api).createSubjectAccessReview({
      body: {
        spec: {
          user: "somebody",
          groups: [group],
          resourceAttributes: { verb, resource, namespace },
        },
      },
    });
    return status?.allowed;
  };

  it("deploys the small team's setup, and its bindings give their rights to the groups", async () => {
    await deploy("A small team with GitHub");
    assert.deepEqual(await accepted(), [
      "GithubConnector/github",
      "RoleV7/kube-admin",
      "RoleV8/break-glass",
      "RoleV8/developer",
      "RoleV8/teleport-view",
      "User/break-glass",
    ]);
    assert.equal(await may("teleport-admin", "delete", "secrets", "kube-system"), true);
    assert.equal(await may("teleport-view", "list", "pods", "kube-system"), true);
    assert.equal(await may("teleport-view", "get", "secrets"), false);
    assert.equal(await may("developers", "create", "pods"), true);
    assert.equal(await may("developers", "list", "pods", "kube-system"), false);
    await stack.expect(0, "preview", "--expect-no-changes");
  });

  const clientSecret = async (connector: string, name: string) => {
    const { metadata, data } = await core.readNamespacedSecret({
      name: `${connector}-connector-${name}`,
      namespace: NAMESPACE,
    });
    assert.equal(metadata?.annotations?.["resources.teleport.dev/allow-lookup-from-cr"], name);
    return Buffer.from(data?.["client-secret"] ?? "", "base64").toString();
  };

  it("passes the client secret only to its connector, also after a rotation", async () => {
    assert.equal(await clientSecret("github", "github"), secret);
    assert.ok(!stack.state().includes(secret));
    const rotated = randomBytes(12).toString("hex");
    await stack.vault("secret/data/teleport/github", { data: { "client-secret": rotated } });
    await eventually(async () => {
      assert.equal(await clientSecret("github", "github"), rotated);
      const { spec } = await apps.readNamespacedDeployment({
        name: "teleport-operator",
        namespace: NAMESPACE,
      });
      assert.ok(spec?.template.metadata?.annotations?.["vso.secrets.hashicorp.com/restartedAt"]);
    });
  });

  it("changes to the enterprise's setup with tenants and pipelines, and removes the small team's objects", async () => {
    // The sandbox's CA is not a public one, and the agent runs in Capsule Proxy's namespace.
    base["access-plane:agents"] = { tenants: { caSecretName: "sandbox-ca" } };
    await deploy("An enterprise with OIDC and access lists", "Tenants of Capsule", "Pipelines");
    assert.deepEqual(await accepted(), [
      "AccessList/production",
      "BotV1/deployer",
      "LoginRule/lower-case-groups",
      "OIDCConnector/sso",
      "ProvisionToken/deployer",
      "ProvisionToken/tenants",
      "RoleV7/kube-admin",
      "RoleV8/deployer",
      "RoleV8/kube-access",
      "RoleV8/production",
      "RoleV8/sre",
      "RoleV8/staff",
      "User/alice",
      "WorkloadIdentityV1/app",
    ]);
    assert.equal(await clientSecret("oidc", "sso"), secret);
    assert.equal(await may("developers", "create", "pods"), false);
    assert.equal(await may("deployers", "create", "pods"), true);
    assert.equal(await may("sre", "list", "pods", "kube-system"), true);
    assert.equal(await may("sre", "delete", "pods"), false);
    assert.equal(await may("production", "delete", "pods"), true);
  });
});
