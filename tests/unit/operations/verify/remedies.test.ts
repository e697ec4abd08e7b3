import * as assert from "node:assert/strict";
import { CHECKS } from "../../../../operations/verify/catalogue";
import { pasteable } from "../../../../operations/verify/remedy";
import { runChecks } from "../../../../operations/verify/run";
import { makePki, makeWorld, type Pki } from "./world";

/** Remedies have commands that work when somebody pastes them. */
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

  it("write a missing key to an existing path, and create a missing path", async () => {
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

  it("do not blame the password before the first deployment, while Vault does not answer", async () => {
    world.kubernetes.remove("Secret", "infra-db-credentials");
    world.vault.read = () => Promise.reject(new Error("fetch failed: ENOTFOUND"));
    const only = ["database.login", "database.version"];
    for (const { state, seen } of await runChecks(CHECKS, world.context, { only })) {
      assert.equal(state, "skipped", seen);
      assert.match(seen, /Vault did not give secret\/data\/infra-db\/teleport: .*ENOTFOUND$/);
    }
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

  it("work for a stack in another folder, with the cluster and Vault of its settings", () => {
    const { context } = world;
    const command = (text: string, more = {}) => pasteable(`\`${text}\``, { ...context, ...more });
    const stack = { ...context.stack, name: "shop", folder: "stacks/a b" };
    assert.equal(
      command("bin/access-plane up --stack STACK --refresh", { stack }),
      "`bin/access-plane up -C 'stacks/a b' --stack shop --refresh`",
    );
    context.settings.kubernetes = { kubeconfig: "/etc/k/c.yaml", context: "it's" };
    assert.equal(
      command("kubectl get pods -n NAMESPACE"),
      "`kubectl --kubeconfig /etc/k/c.yaml --context 'it'\\''s' get pods -n teleport`",
    );
    const VAULT_ADDR = "https://vault.lumie.internal:8200";
    assert.equal(context.settings.vault.address, VAULT_ADDR);
    assert.equal(command("vault token lookup", { env: { VAULT_ADDR } }), "`vault token lookup`");
    assert.equal(
      command("vault token lookup", { env: {} }),
      `\`VAULT_ADDR=${VAULT_ADDR} vault token lookup\``,
    );
    const aws = { region: "eu-central-1", profile: "a b", tags: {} };
    context.settings.aws = { ...aws, endpoint: "http://127.0.0.1:5000" };
    assert.equal(
      command("aws elbv2 help", { env: { AWS_ENDPOINT_URL: "http://127.0.0.1:5000" } }),
      "`aws --region eu-central-1 --profile 'a b' elbv2 help`",
    );
    assert.equal(
      command("aws s3api help --region us-east-1 --x", { env: { AWS_PROFILE: "a b" } }),
      "`aws --endpoint-url http://127.0.0.1:5000 s3api help --region us-east-1 --x`",
    );
  });

  it("have the address of PostgreSQL that answered", async () => {
    world.database.replication = false;
    assert.match((await remedy("database.replication")).remedy, /psql -h infra-db\.\S+ -p 5432 -U/);
    world.database.answered = { host: "127.0.0.1", port: 15432 };
    assert.match((await remedy("database.replication")).remedy, /psql -h 127\.0\.0\.1 -p 15432 -U/);
  });

  it("let Helm put right what an update does not write", async () => {
    const { spec } = world.kubernetes.find("Service", "teleport");
    spec.ports[0].nodePort = 30444;
    assert.match((await remedy("exposure.service")).remedy, /^`bin\/access-plane up \S+ \S+ --ref/);
    spec.type = "ClusterIP";
    delete spec.ports[0].nodePort;
    assert.match((await remedy("exposure.service")).remedy, /chart\.reapply/);
  });

  it("contain no placeholder for the stack, and update with access-plane", async () => {
    for (const { id, remedy: text } of CHECKS) {
      assert.doesNotMatch(text, /pulumi up/, id);
      if (text.includes("access-plane up")) assert.match(text, /up --stack STACK/, id);
    }
    const results = await runChecks(CHECKS, world.context);
    for (const { id, remedy: text } of results) assert.doesNotMatch(text, /STACK/, id);
  });

  it("find policy and role by their names at adoption", async () => {
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

  it("find foreign policies in the namespaces of all agents", async () => {
    const agent = world.settings.agents["teleport-agent"];
    assert.ok(agent !== undefined);
    agent.namespace = "edge";
    world.vault.data["sys/policies/acl/teleport-prod-edge"] = { policy: "" };
    assert.match((await remedy("vault.owner")).seen, /acl\/teleport-prod-edge exists, and is not/);
  });
});
