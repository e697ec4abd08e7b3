import * as assert from "node:assert/strict";
import { CHECKS } from "../../../../operations/verify/catalogue";
import { runChecks } from "../../../../operations/verify/run";
import { makePki, makeWorld, type Pki } from "./world";

/** What is to be done, in commands that work when they are pasted. */
describe("remedies of verify", () => {
  let pki: Pki;
  let world: Awaited<ReturnType<typeof makeWorld>>;
  before(async () => {
    pki = await makePki("lumie-infra.com");
  });
  beforeEach(async () => {
    world = await makeWorld(pki);
  });
  afterEach(() => world.stop());

  const remedy = async (id: string) => {
    const results = await runChecks(CHECKS, world.context, { only: [id] });
    const result = results.find((one) => one.id === id);
    assert.equal(result?.state, "failed", JSON.stringify(result));
    return result;
  };

  it("write a missing key into a path that is there, and make one that is not", async () => {
    const data = world.vault.data["secret/data/teleport/agent"]?.["data"] as object;
    Reflect.deleteProperty(data, "zot-basic-auth");
    assert.match(
      (await remedy("vault.keys")).remedy,
      /^`vault kv patch secret\/teleport\/agent zot-basic-auth=-`: /,
    );
    delete world.vault.data["secret/data/infra-db/teleport"];
    const both = (await remedy("vault.keys")).remedy;
    assert.match(both, /`vault kv put secret\/infra-db\/teleport username=-`/);
    assert.match(both, /`vault kv patch secret\/infra-db\/teleport password=-`/);
  });

  it("name the stack, the Secret and its namespace", async () => {
    world.kubernetes.find("Secret", "teleport-agent-credentials")["data"] = {};
    assert.match(
      (await remedy("secrets.synced")).remedy,
      /`kubectl( --context \S+)? delete secret teleport-agent-credentials -n teleport --ignore-not-found`/,
    );
    delete world.vault.data["auth/kubernetes/role/teleport-prod"];
    const { seen, remedy: command } = await remedy("vault.access");
    assert.equal(seen, "auth/kubernetes/role/teleport-prod is gone");
    assert.equal(command, "`bin/access-plane up --stack prod --refresh`");
  });

  it("name no placeholder for the stack in what people see, and update by access-plane", async () => {
    for (const { id, remedy: text } of CHECKS) {
      assert.doesNotMatch(text, /pulumi up/, id);
      if (text.includes("access-plane up")) assert.match(text, /up --stack STACK/, id);
    }
    const results = await runChecks(CHECKS, world.context);
    for (const { id, remedy: text } of results) assert.doesNotMatch(text, /STACK/, id);
  });

  it("find policy and role under the names that they had when they were adopted", async () => {
    const { data } = world.vault;
    data["sys/policies/acl/old-policy"] = data["sys/policies/acl/teleport-prod"] ?? {};
    data["auth/kubernetes/role/old-role"] = {
      ...data["auth/kubernetes/role/teleport-prod"],
      token_policies: ["old-policy"],
    };
    delete data["sys/policies/acl/teleport-prod"];
    delete data["auth/kubernetes/role/teleport-prod"];
    const [first, second] = world.vaultAccess;
    assert.ok(first && second);
    first.id = "old-policy";
    second.id = "auth/kubernetes/role/old-role";
    const results = await runChecks(CHECKS, world.context);
    const access = results.filter(({ id }) => ["vault.owner", "vault.access"].includes(id));
    assert.deepEqual(
      access.map(({ state, seen }) => [state, seen]),
      [
        ["ok", "sys/policies/acl/old-policy, auth/kubernetes/role/old-role"],
        ["ok", "old-policy"],
      ],
    );
  });

  it("find a foreign policy in every namespace of agents", async () => {
    const agent = world.settings.agents["teleport-agent"];
    assert.ok(agent !== undefined);
    agent.namespace = "edge";
    world.vault.data["sys/policies/acl/teleport-prod-edge"] = { policy: "" };
    assert.match((await remedy("vault.owner")).seen, /acl\/teleport-prod-edge exists, and is not/);
  });
});
