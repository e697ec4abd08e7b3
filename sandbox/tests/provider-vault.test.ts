import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { Secret, UNKNOWN, type Props } from "../src/providers/framework.ts";
import { toolPath } from "../src/setup/tools.ts";
import { startPostgres } from "./provider-vault-postgres.ts";
import { answering, freePort, Plugin, Process, urn } from "./provider-tables-support.ts";

const ROOT = "test-root";
const SECRET = "vault:kv/secretV2:SecretV2";
const POLICY = "vault:index/policy:Policy";
const MOUNT = "vault:index/mount:Mount";
const AUTH = "vault:index/authBackend:AuthBackend";
const STATIC = "vault:database/secretBackendStaticRole:SecretBackendStaticRole";
const ROLE = "vault:kubernetes/authBackendRole:AuthBackendRole";

const bare = (value: unknown) => (value instanceof Secret ? value.value : value);

describe("vault stand-in against a real Vault", function () {
  this.timeout(60_000);
  let server: Process;
  let vault: Plugin;
  let address: string;

  before(async () => {
    const port = await freePort();
    address = `http://127.0.0.1:${port}`;
    server = new Process(toolPath("vault"), [
      "server",
      "-dev",
      "-dev-no-store-token",
      `-dev-root-token-id=${ROOT}`,
      `-dev-listen-address=127.0.0.1:${port}`,
    ]);
    await answering(`${address}/v1/sys/health`, server);
    vault = await Plugin.start("vault", { address, token: ROOT }, {});
  });
  after(async () => {
    await vault.stop();
    await server.stop();
  });

  async function api(method: string, path: string, body?: unknown): Promise<Props> {
    const response = await fetch(`${address}/v1/${path}`, {
      method,
      headers: { "X-Vault-Token": ROOT },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok && response.status !== 404) throw new Error(text);
    return text ? (JSON.parse(text) as Props) : {};
  }

  /** Create, second run, refresh and import: none of them finds anything to change. */
  async function make(token: string, name: string, news: Props, unreadable: string[] = []) {
    const at = urn(token, name);
    const preview = await vault.create(at, (await vault.check(at, news)).inputs, true);
    const made = await vault.make(at, news);
    const again = await vault.check(at, news, made.inputs);
    const second = await vault.diff(at, made.id, made.outs, again.inputs, made.inputs);
    assert.deepEqual(second.paths, [], `${token}: second run changes`);
    const read = await vault.read(at, made.id, made.outs, made.inputs);
    assert.ok(read, `${token} is gone`);
    const refreshed = await vault.diff(at, made.id, read.outs, again.inputs, read.inputs);
    assert.deepEqual(refreshed.paths, [], `${token}: changes after refresh`);
    const imported = await vault.read(at, made.id);
    assert.ok(imported, `${token} cannot be imported`);
    const after = await vault.diff(at, made.id, imported.outs, again.inputs, imported.inputs);
    assert.deepEqual(after.paths, unreadable, `${token}: changes after import`);
    return { at, preview, ...made };
  }

  async function remove(made: { at: string; id: string; outs: Props }): Promise<void> {
    await vault.delete(made.at, made.id, made.outs);
    await vault.delete(made.at, made.id, made.outs);
    assert.equal(await vault.read(made.at, made.id, made.outs), undefined);
  }

  it("writes policies, and replaces them for a new name", async () => {
    const policy = 'path "secret/data/teleport" {\n  capabilities = ["read"]\n}\n';
    const made = await make(POLICY, "teleport", { policy });
    assert.match(made.id, /^teleport-[0-9a-f]{7}$/);
    assert.equal(made.outs["name"], made.id);
    const changed = { ...made.inputs, policy: policy.replace("read", "list") };
    assert.deepEqual((await vault.diff(made.at, made.id, made.outs, changed)).paths, ["policy"]);
    const outs = await vault.update(made.at, made.id, made.outs, changed);
    assert.match(String(outs["policy"]), /list/);
    const renamed = await vault.diff(made.at, made.id, outs, { ...changed, name: "other" });
    assert.deepEqual(renamed.replaces, ["name"]);
    await remove(made);
  });

  it("keeps KV secrets secret, detects drift, writes versions", async () => {
    const news: Props = {
      mount: "secret",
      name: "teleport/db",
      dataJson: new Secret('{"username":"teleport","password":"first","port":5432}'),
      customMetadata: { maxVersions: 5, data: { owner: "platform" } },
    };
    const made = await make(SECRET, "db", news);
    assert.ok(made.preview.outs["dataJson"] instanceof Secret);
    assert.equal(bare(made.preview.outs["data"]), UNKNOWN);
    assert.equal(made.id, "secret/data/teleport/db");
    assert.ok(made.outs["data"] instanceof Secret);
    assert.ok(made.outs["dataJson"] instanceof Secret);
    assert.deepEqual(bare(made.outs["data"]), {
      username: "teleport",
      password: "first",
      port: "5432",
    });
    assert.equal((made.outs["metadata"] as Props)["version"], "1");

    const reordered: Props = {
      ...made.inputs,
      dataJson: '{"port": 5432, "password": "first", "username": "teleport"}',
    };
    assert.deepEqual((await vault.diff(made.at, made.id, made.outs, reordered)).paths, []);

    await api("PUT", made.id, { data: { password: "by hand" } });
    const read = await vault.read(made.at, made.id, made.outs, made.inputs);
    const drift = await vault.diff(made.at, made.id, read!.outs, made.inputs, read!.inputs);
    assert.deepEqual(drift.paths, ["dataJson"]);
    assert.ok(read!.inputs["dataJson"] instanceof Secret, "drifted inputs stay secret");
    const fixed = await vault.update(made.at, made.id, read!.outs, made.inputs);
    assert.equal((fixed["metadata"] as Props)["version"], "3");

    const got = await vault.invoke("vault:kv/getSecretV2:getSecretV2", {
      mount: "secret",
      name: "teleport/db",
    });
    assert.ok(got["data"] instanceof Secret);
    assert.equal((bare(got["data"]) as Props)["password"], "first");
    const generic = await vault.invoke("vault:generic/getSecret:getSecret", {
      path: "secret/teleport/db",
    });
    assert.equal((bare(generic["data"]) as Props)["password"], "first");
    await remove({ ...made, outs: { ...fixed, deleteAllVersions: true } });
    await assert.rejects(
      vault.invoke("vault:kv/getSecretV2:getSecretV2", { mount: "secret", name: "teleport/db" }),
      /no secret found/,
    );
  });

  it("never stores a write-only value", async () => {
    const at = urn(SECRET, "wo");
    const news: Props = {
      mount: "secret",
      name: "wo",
      dataJsonWo: new Secret('{"key":"hidden"}'),
      dataJsonWoVersion: 1,
    };
    const made = await vault.make(at, news);
    assert.ok(!JSON.stringify(made.outs).includes("hidden"));
    const same = { ...made.inputs, dataJsonWo: new Secret('{"key":"other"}') };
    assert.deepEqual((await vault.diff(at, made.id, made.outs, same)).paths, []);
    const next = { ...same, dataJsonWoVersion: 2 };
    assert.deepEqual((await vault.diff(at, made.id, made.outs, next)).paths, ["dataJsonWoVersion"]);
    await vault.update(at, made.id, made.outs, next);
    const stored = (await api("GET", made.id))["data"] as Props;
    assert.deepEqual(stored["data"], { key: "other" });
    const both = await vault.check(at, { ...news, dataJson: "{}" });
    assert.equal(both.failures.length, 1);
  });

  it("mounts engines and login methods", async () => {
    const mount = await make(MOUNT, "kv", {
      path: "apps/kv",
      type: "kv",
      options: { version: "2" },
      description: "of apps",
    });
    assert.match(String(mount.outs["accessor"]), /^kv_/);
    const config = await make("vault:kv/secretBackendV2:SecretBackendV2", "kv", {
      mount: "apps/kv",
      maxVersions: 4,
      deleteVersionAfter: 3700,
    });
    assert.equal(config.id, "apps/kv/config");
    const changed = { ...mount.inputs, description: "of all apps", defaultLeaseTtlSeconds: 1800 };
    const outs = await vault.update(mount.at, mount.id, mount.outs, changed);
    assert.equal(outs["description"], "of all apps");
    assert.equal(outs["defaultLeaseTtlSeconds"], 1800);
    await remove(mount);

    const auth = await make(AUTH, "k8s", { type: "kubernetes", path: "cluster" });
    const settings: Props = {
      backend: "cluster",
      kubernetesHost: "https://127.0.0.1:6443",
      tokenReviewerJwt: "reviewer",
      disableIssValidation: true,
      disableLocalCaJwt: true,
    };
    const jwt = ["tokenReviewerJwt"];
    const made = await make(
      "vault:kubernetes/authBackendConfig:AuthBackendConfig",
      "c",
      settings,
      jwt,
    );
    assert.ok(made.outs["tokenReviewerJwt"] instanceof Secret);

    const role: Props = {
      backend: "cluster",
      roleName: "teleport",
      boundServiceAccountNames: ["vso-teleport"],
      boundServiceAccountNamespaces: ["teleport"],
      audience: "vault",
      tokenPolicies: ["teleport", "apps"],
      tokenTtl: 600,
      tokenMaxTtl: 1200,
      tokenNumUses: 0,
      tokenNoDefaultPolicy: true,
    };
    const madeRole = await make(ROLE, "teleport", role);
    assert.equal(madeRole.id, "auth/cluster/role/teleport");
    const order = { ...madeRole.inputs, tokenPolicies: ["apps", "teleport"] };
    assert.deepEqual((await vault.diff(madeRole.at, madeRole.id, madeRole.outs, order)).paths, []);
    const fewer = { ...madeRole.inputs };
    delete fewer["audience"];
    delete fewer["tokenTtl"];
    const less = await vault.diff(madeRole.at, madeRole.id, madeRole.outs, fewer);
    assert.deepEqual(less.paths, ["audience", "tokenTtl"]);
    const left = await vault.update(madeRole.at, madeRole.id, madeRole.outs, fewer);
    assert.ok(!left["audience"] && !left["tokenTtl"]);
    const elsewhere = await vault.diff(madeRole.at, madeRole.id, left, { ...fewer, roleName: "x" });
    assert.deepEqual(elsewhere.replaces, ["roleName"]);
    await remove(madeRole);
    await remove(auth);

    const jwtAuth = await make(AUTH, "jwt", { type: "jwt" });
    await api("PUT", "auth/jwt/config", { jwt_validation_pubkeys: [], jwks_url: "" }).catch(
      () => undefined,
    );
    const jwtRole = await make("vault:jwt/authBackendRole:AuthBackendRole", "ci", {
      roleName: "ci",
      roleType: "jwt",
      userClaim: "sub",
      boundAudiences: ["vault"],
      boundClaims: { ref: "main,release" },
      tokenPolicies: ["ci"],
    });
    assert.equal(jwtRole.id, "auth/jwt/role/ci");
    await remove(jwtRole);
    await remove(jwtAuth);
  });

  it("sets up the database engine", async () => {
    const postgres = await startPostgres(["teleport", "planned", "other"]);
    try {
      await databaseEngine(postgres.port);
    } finally {
      await postgres.stop();
    }
  });

  async function databaseEngine(port: number): Promise<void> {
    await make(MOUNT, "db", { path: "db", type: "database" });
    const connection: Props = {
      backend: "db",
      name: "infra",
      allowedRoles: ["*"],
      verifyConnection: true,
      postgresql: {
        connectionUrl: `postgresql://{{username}}:{{password}}@127.0.0.1:${port}/postgres?sslmode=disable`,
        username: "postgres",
        password: new Secret("generated"),
      },
    };
    const token = "vault:database/secretBackendConnection:SecretBackendConnection";
    const config = await make(token, "infra", connection, ["postgresql.password"]);
    assert.equal(config.id, "db/config/infra");
    assert.equal(config.outs["pluginName"], "postgresql-database-plugin");
    const engine = config.outs["postgresql"] as Props;
    assert.ok(engine["password"] instanceof Secret);
    const changed = { ...config.inputs, allowedRoles: ["teleport"] };
    assert.deepEqual((await vault.diff(config.at, config.id, config.outs, changed)).paths, [
      "allowedRoles",
    ]);

    const dynamic = await make("vault:database/secretBackendRole:SecretBackendRole", "app", {
      backend: "db",
      name: "app",
      dbName: "infra",
      creationStatements: ['CREATE ROLE "{{name}}" LOGIN'],
      defaultTtl: 600,
    });
    await remove(dynamic);

    const fixed: Props = {
      backend: "db",
      name: "teleport",
      dbName: "infra",
      username: "teleport",
      rotationPeriod: 86400,
    };
    const role = await make(STATIC, "teleport", fixed);
    assert.equal(role.id, "db/static-roles/teleport");
    assert.equal(role.outs["rotationPeriod"], 86400);
    const password = async () =>
      ((await api("GET", "db/static-creds/teleport"))["data"] as Props)["password"];
    assert.ok(await password(), "Vault rotates the password at once");
    const weekly = { ...role.inputs, rotationPeriod: 604800 };
    const outs = await vault.update(role.at, role.id, role.outs, weekly);
    assert.equal(outs["rotationPeriod"], 604800);
    const other = await vault.diff(role.at, role.id, outs, { ...weekly, username: "other" });
    assert.deepEqual(other.replaces, ["username"]);
    assert.equal(other.deleteBeforeReplace, true, "its name is taken");
    const two = await vault.check(role.at, { ...fixed, rotationSchedule: "0 0 * * SAT" });
    assert.match(two.failures[0]!.reason, /not both/);
    const none = await vault.check(role.at, { ...fixed, rotationPeriod: null });
    assert.match(none.failures[0]!.reason, /rotationPeriod or rotationSchedule/);
    await remove(role);

    const planned = await make(STATIC, "planned", {
      backend: "db",
      name: "planned",
      dbName: "infra",
      username: "planned",
      rotationSchedule: "0 0 * * SAT",
      rotationWindow: 3600,
    });
    assert.equal(planned.outs["rotationSchedule"], "0 0 * * SAT");
    await remove(planned);
    await remove(config);
  }

  it("writes generic secrets and endpoints", async () => {
    const secret = await make("vault:generic/secret:Secret", "g", {
      path: "secret/generic",
      dataJson: '{"a":"b"}',
    });
    assert.deepEqual(bare(secret.outs["data"]), { a: "b" });
    await remove(secret);

    await api("POST", "sys/auth/userpass", { type: "userpass" });
    const at = urn("vault:generic/endpoint:Endpoint", "user");
    const user = await vault.make(at, {
      path: "auth/userpass/users/ops",
      dataJson: '{"password":"generated","token_policies":["default"]}',
      ignoreAbsentFields: true,
      disableRead: true,
    });
    assert.equal(user.id, "auth/userpass/users/ops");
    const data = (await api("GET", user.id))["data"] as Props;
    assert.deepEqual(data["token_policies"], ["default"]);
    await vault.delete(at, user.id, user.outs);
    assert.equal((await api("GET", user.id))["data"], undefined);
  });

  it("renders policy documents", async () => {
    const { hcl } = await vault.invoke("vault:index/getPolicyDocument:getPolicyDocument", {
      rules: [
        { path: "secret/data/x", capabilities: ["read"], description: "one secret" },
        { path: "secret/metadata/*", capabilities: ["list", "read"] },
      ],
    });
    assert.equal(
      hcl,
      '# one secret\npath "secret/data/x" {\n  capabilities = ["read"]\n}\n\n' +
        'path "secret/metadata/*" {\n  capabilities = ["list", "read"]\n}\n',
    );
  });

  it("works with a child token, and reports if it may not create one", async () => {
    const made = await api("POST", "auth/token/create", { policies: ["default"], no_parent: true });
    const token = (made["auth"] as Props)["client_token"] as string;
    await assert.rejects(
      Plugin.start("vault", { address, token }, {}),
      /failed to create limited child token[^]*permission denied/,
    );
    const plain = await Plugin.start("vault", { address, token, skipChildToken: true }, {});
    await assert.rejects(
      plain.create(urn(POLICY, "p"), { name: "p", policy: "" }),
      /error writing sys\/policies\/acl\/p[^]*Code: 403[^]*permission denied/,
    );
    await plain.stop();
  });

  it("names the address that it cannot reach", async () => {
    await assert.rejects(
      Plugin.start("vault", { address: "http://127.0.0.1:9", token: "x" }, {}),
      /cannot reach Vault at http:\/\/127\.0\.0\.1:9/,
    );
    const server = http.createServer((_, response) => {
      response.writeHead(200, { "Content-Length": 100 });
      response.write("{", () => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const cutOff = { address: `http://127.0.0.1:${String(port)}`, token: "x" };
    await assert
      .rejects(
        Plugin.start("vault", cutOff, {}),
        new RegExp(`the answer of Vault at ${cutOff.address} was cut off: aborted`),
      )
      .finally(() => server.close());
  });
});
