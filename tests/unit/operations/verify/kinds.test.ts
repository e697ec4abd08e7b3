import * as assert from "node:assert/strict";
import { CHECKS, runFor } from "../../../../operations/verify/catalogue";
import { vaultPolicy } from "../../../../inventory/secrets";
import { runChecks } from "../../../../operations/verify/run";
import type { PlaneSettings, Settings } from "../../../../settings/schema";
import { makePki, makeWorld, type Pki, type World } from "./world";

describe("verify with less to check", () => {
  let pki: Pki;
  let world: World & { stop: () => void };
  before(async () => {
    pki = await makePki("lumie-infra.com");
  });
  beforeEach(async () => {
    world = await makeWorld(pki);
  });
  afterEach(() => world.stop());

  it("skips checks that need real pods if KWOK simulates every node, with the reason", async () => {
    for (const node of world.kubernetes.objects.filter(({ kind }) => kind === "Node")) {
      node["metadata"].annotations = { "kwok.x-k8s.io/node": "fake" };
    }
    const results = await runChecks(CHECKS, world.context);
    const skipped = results.filter(({ state }) => state === "skipped");
    assert.deepEqual(
      skipped.map(({ id }) => id),
      [
        "recordings.identity",
        "dns.resolution",
        "proxy.certificate",
        "proxy.ping",
        "apps.login",
        "logs.storage",
        "logs.change-feed",
        "logs.recordings",
        "logs.config",
        "logs.registration",
      ],
    );
    for (const { seen } of skipped) assert.match(seen, /^pods are simulated/);
    assert.ok(results.every(({ state }) => state === "ok" || state === "skipped"));
  });

  it("asks Teleport if only some nodes are simulated", async () => {
    const [node] = world.kubernetes.objects.filter(({ kind }) => kind === "Node");
    node!["metadata"].annotations = { "kwok.x-k8s.io/node": "fake" };
    const results = await runChecks(CHECKS, world.context);
    assert.equal(results.find(({ id }) => id === "proxy.ping")?.state, "ok");
  });

  it("reports that PostgreSQL is not reachable, and fails no check for it", async () => {
    world.database.reachable = false;
    const results = await runChecks(CHECKS, world.context, { only: ["database"] });
    for (const { id, state, seen } of results) {
      assert.equal(state, "skipped", id);
      assert.match(seen, /not reachable from here: .*--database-address/);
    }
  });

  it("waits for the first deployment to create the static role", async () => {
    world.settings.database.credentials = {
      source: "static-role",
      mount: "database",
      connection: "infra-db",
      role: "teleport",
      rotationPeriodSeconds: 86400,
    };
    world.kubernetes.remove("Secret", "infra-db-credentials");
    world.vault.data["database/config/infra-db"] = {};
    world.vaultAccess.splice(0);
    delete world.vault.data["sys/policies/acl/teleport-prod"];
    delete world.vault.data["auth/kubernetes/role/teleport-prod"];
    const results = await runChecks(CHECKS, world.context, { only: ["database", "vault"] });
    const login = results.find(({ id }) => id === "database.login");
    assert.equal(login?.seen, "the deployment itself makes the credentials");
    assert.deepEqual([...new Set(results.map(({ state }) => state))].sort(), ["ok", "skipped"]);
  });

  const mended: [PlaneSettings["database"]["credentials"], RegExp][] = [
    [
      { source: "existing", path: "infra-db/teleport" },
      /^`vault kv patch secret\/infra-db\/teleport password=-` .*`psql -h .* -c .*password teleport/,
    ],
    [
      {
        source: "static-role",
        mount: "postgres",
        connection: "infra-db",
        role: "auth",
        rotationPeriodSeconds: 86400,
      },
      /^`vault write -f postgres\/rotate-role\/auth`:/,
    ],
    [
      {
        source: "generated",
        path: "infra-db/teleport",
        rotation: "1",
        bootstrap: { adminSecret: "infra-db-admin", image: "postgres" },
      },
      /^`bin\/access-plane up --stack prod` finishes a rotation that was interrupted; otherwise `pulumi config set .*credentials\.rotation/,
    ],
    [
      { source: "generated", path: "infra-db/teleport", rotation: "1" },
      /^give PostgreSQL the password of `vault kv get -field=password secret\/infra-db\/teleport`: `psql /,
    ],
  ];
  for (const [credentials, remedy] of mended) {
    const how = "bootstrap" in credentials ? " by a Job" : "";
    it(`has a remedy for a refused password: ${credentials.source}${how}`, async () => {
      world.settings.database.credentials = credentials;
      world.database.password = "another";
      const login = async (preflight: boolean) => {
        const context = { ...world.context, preflight };
        const [result, ...others] = await runChecks(CHECKS, context, { only: ["database"] });
        assert.ok(others.length > 4 && others.every(({ state }) => state === "skipped"));
        return result;
      };
      const result = await login(false);
      assert.equal(result?.state, "failed");
      assert.match(result.remedy, remedy);
      // Only an update that gives PostgreSQL the password may continue.
      const before = "bootstrap" in credentials ? "warning" : "failed";
      assert.equal((await login(true))?.state, before);
    });
  }

  it("names an update where Pulumi delivers", async () => {
    world.settings.vault.delivery = "pulumi";
    const found = world.vault.data["secret/data/teleport/agent"];
    found!["data"]["zot-basic-auth"] = "changed";
    found!["metadata"].created_time = new Date().toISOString();
    world.database.password = "another";
    const only = ["secrets.synced", "database.login"];
    const results = await runChecks(CHECKS, world.context, { only });
    const byId = new Map(results.map((result) => [result.id, result]));
    assert.equal(byId.get("secrets.synced")?.state, "failed"); // nothing comes by itself
    assert.match(byId.get("secrets.synced")?.remedy ?? "", /^`\S+ up --stack prod --refresh`/);
    assert.match(byId.get("database.login")?.remedy ?? "", /`\S+ up --stack prod` delivers it/);
    for (const { remedy } of results) assert.doesNotMatch(remedy, /operator/);
  });

  it("names the setting where the program's own bucket is in another region", async () => {
    const oidcProviderArn = "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/A";
    world.settings.teleport.recordings = { podIdentity: false, bucket: { oidcProviderArn } };
    Object.assign(world.recordings.found!, { region: "us-east-1", versioned: false });
    const bucket = { urn: "", type: "aws:s3/bucket:Bucket", id: "lumie-teleport-recordings" };
    const stack = { ...world.context.stack!, resources: () => Promise.resolve([bucket]) };
    const context = { ...world.context, stack, preflight: true };
    const [result] = await runChecks(CHECKS, context, { only: ["recordings.bucket"] });
    assert.equal(result?.state, "failed");
    assert.match(
      result.remedy,
      /^`pulumi config set .*us-east-1.*`; `\S+ up --stack prod --refresh`$/,
    );
  });

  it("does not keep an update from repairing the bucket that the stack has made", async () => {
    const oidcProviderArn = "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/A";
    world.settings.teleport.recordings = { podIdentity: false, bucket: { oidcProviderArn } };
    world.recordings.found!.versioned = false;
    const bucket = { urn: "", type: "aws:s3/bucket:Bucket", id: "lumie-teleport-recordings" };
    const stack = { ...world.context.stack!, resources: () => Promise.resolve([bucket]) };
    const look = async (preflight: boolean) => {
      const context = { ...world.context, stack, preflight };
      const [result] = await runChecks(CHECKS, context, { only: ["recordings.bucket"] });
      return [result?.state, result?.remedy];
    };
    const remedy = "`bin/access-plane up --stack prod --refresh`";
    assert.deepEqual(await look(false), ["failed", remedy]);
    assert.deepEqual(await look(true), ["warning", remedy]);
  });

  it("lets an update deliver a password that only Vault has yet", async () => {
    const [user, password] = ["teleport", "another"];
    world.settings.database.credentials = { source: "existing", path: "infra-db/other" };
    world.vault.data["secret/data/infra-db/other"] = { data: { username: user, password } };
    world.database.password = password;
    const login = async (preflight: boolean) => {
      const context = { ...world.context, preflight };
      const [result] = await runChecks(CHECKS, context, { only: ["database.login"] });
      return result;
    };
    const before = await login(true);
    assert.equal(before?.state, "warning");
    assert.match(before.seen, /; Vault's password is right, and the update delivers it$/);
    const after = await login(false);
    assert.equal(after?.state, "failed");
    assert.match(
      after.remedy,
      /^Vault has .*: `kubectl .*delete secret infra-db-credentials -n teleport/,
    );
    world.settings.vault.delivery = "pulumi";
    assert.match((await login(false))?.remedy ?? "", /: `\S+ up --stack prod` delivers it$/);
  });

  const allow = (...paths: string[]) => {
    world.vault.data["sys/policies/acl/teleport-prod"] = { policy: vaultPolicy(paths) };
  };

  it("omits checks of parts that the settings do not have", async () => {
    const settings = { ...world.settings, agents: {} };
    allow("secret/data/infra-db/teleport");
    delete settings.loadBalancer;
    world.context.settings = settings;
    const results = await runChecks(CHECKS, world.context);
    const groups = new Set(results.map(({ group }) => group));
    for (const group of ["aws", "agent", "apps"]) assert.ok(!groups.has(group), group);
    assert.ok(results.every(({ state }) => state === "ok"));
  });

  it("runs the checks for agents of another plane", async () => {
    const { namespace, kubernetes, vault, chart, images, agents } = world.settings;
    const settings: Settings = {
      kind: "agent",
      plane: { clusterName: "lumie-infra.com", edition: "community" },
      ...{ namespace, kubernetes, vault, chart, images, agents },
    };
    allow("secret/data/teleport/agent");
    const results = await runFor({ ...world.context, settings });
    const bad = results.filter(({ state }) => state !== "ok");
    assert.deepEqual(bad, []);
    const ids = results.map(({ id }) => id);
    for (const id of ["agent.statefulset", "secrets.synced", "vault.rights", "drift.none"]) {
      assert.ok(ids.includes(id), id);
    }
    assert.ok(!ids.some((id) => /^(?:cluster|database|certificate|aws)\./.test(id)));
  });
});
