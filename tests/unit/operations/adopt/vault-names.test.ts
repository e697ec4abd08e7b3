import * as assert from "node:assert/strict";
import { withVaultNames } from "../../../../operations/adopt/vault-names";
import { FakeKubernetes, FakeVault } from "../verify/fakes";

const POLICY = "vault:index/policy:Policy";
const ROLE = "vault:kubernetes/authBackendRole:AuthBackendRole";
const AUTH = "kubernetes:secrets.hashicorp.com/v1beta1:VaultAuth";

const auth = (role: string, more: object = {}) => ({
  apiVersion: "secrets.hashicorp.com/v1beta1",
  kind: "VaultAuth",
  metadata: { name: "teleport", namespace: "teleport" },
  spec: {
    mount: "kubernetes",
    kubernetes: { role, serviceAccount: "teleport-vault" },
    ...more,
  },
});
const wanted = [
  { type: POLICY, name: "vault-access", inputs: { name: "teleport-prod", policy: "" } },
  {
    type: ROLE,
    name: "vault-access",
    inputs: { backend: "kubernetes", roleName: "teleport-prod" },
  },
  { type: AUTH, name: "vault-access", inputs: auth("teleport-prod") },
];

describe("Vault names of an adopted plane", () => {
  let vault: FakeVault;
  let role: Record<string, unknown>;
  beforeEach(() => {
    vault = new FakeVault();
    role = {
      bound_service_account_names: ["teleport-vault"],
      bound_service_account_namespaces: ["teleport"],
      token_policies: ["default", "old-policy"],
    };
    vault.data["auth/kubernetes/role/old-role"] = role;
  });
  /** Names under which policy and role are searched, if the cluster has this VaultAuth. */
  const names = async (...running: object[]) => {
    const kubernetes = new FakeKubernetes();
    kubernetes.objects.push(...running);
    const [policy, its] = await withVaultNames(wanted, kubernetes, vault);
    return [policy?.inputs["name"], its?.inputs["roleName"]];
  };

  it("are those of its existing role and policy", async () => {
    assert.deepEqual(await names(auth("old-role")), ["old-policy", "old-role"]);
  });

  it("are the stack's if there are none, or the plane uses another mount", async () => {
    const stacks = ["teleport-prod", "teleport-prod"];
    assert.deepEqual(await names(), stacks);
    assert.deepEqual(await names(auth("gone")), stacks);
    assert.deepEqual(await names(auth("old-role", { mount: "other" })), stacks);
  });

  it("are the stack's if others use the role", async () => {
    role["bound_service_account_namespaces"] = ["teleport", "other"];
    assert.deepEqual(await names(auth("old-role")), ["teleport-prod", "teleport-prod"]);
    role["bound_service_account_namespaces"] = ["*"];
    assert.deepEqual(await names(auth("old-role")), ["teleport-prod", "teleport-prod"]);
  });

  it("include the stack's policy if the role has several", async () => {
    role["token_policies"] = ["old-policy", "more"];
    assert.deepEqual(await names(auth("old-role")), ["teleport-prod", "old-role"]);
  });
});
