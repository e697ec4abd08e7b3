import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";
import { LoginProbe, connect } from "./login-probe";
import { playJob, type Ran } from "./play-kubelet";
import { EngineStack } from "./stack";

const NAMESPACE = "teleport";
const SECRET = { namespace: NAMESPACE, name: "infra-db-credentials" };
const ADMIN = "infra-db-admin";
const STATIC_ROLE = "database/static-roles/teleport";
/** Path of a password that a person keeps. */
const KEPT = "infra-db/kept";
/** What people run; the checks before it need the cluster's own network. */
const UP = ["up", "--yes", "--skip-preflight"];
/** How soon docs/operations.md promises a rotation, and what a busy machine may add. */
const DELIVERED_SECONDS = 10 + 10;

/** Passwords change while auth lives: logins at every moment, on the real PostgreSQL and Vault. */
describe("rotation of the database password on the sandbox", function () {
  this.bail(true);
  let stack: EngineStack;
  let core: k8s.CoreV1Api;
  let ca: string;
  let kubelet: Awaited<ReturnType<typeof playJob>> | undefined;
  /** Called when the Job has changed PostgreSQL, before anybody hears of it. */
  let altered: (ran: Ran) => void = () => undefined;

  before(async () => {
    stack = await EngineStack.start();
    core = stack.kube(k8s.CoreV1Api);
    stack.change((config) => {
      config["access-plane:agents"] = {};
      delete config["access-plane:loadBalancer"];
      delete config["access-plane:aws"];
    });
    credentials({ source: "static-role", connection: "infra-db" });
  });
  after(async () => {
    await kubelet?.stop();
    await (stack as EngineStack | undefined)?.stop();
  });

  const credentials = (value: object) => {
    stack.change((config) => {
      Object.assign(config["access-plane:database"] as object, { credentials: value });
    });
  };
  const generated = (rotation: string) => {
    credentials({
      ...{ source: "generated", path: "access-plane/database", rotation },
      bootstrap: { adminSecret: ADMIN },
    });
  };
  const text = async (name: string, key: string) => {
    const { data = {} } = await core.readNamespacedSecret({ namespace: NAMESPACE, name });
    return Buffer.from(data[key] ?? "", "base64").toString();
  };
  const password = () => text(SECRET.name, "password");
  const accessPlane = async (...args: string[]) => {
    const { code, output } = await stack.accessPlane(...args);
    assert.equal(code, 0, output);
  };
  const probe = () => LoginProbe.start(stack, ca, SECRET);
  /** Which password there is in Vault, and that PostgreSQL takes it. */
  const vaultAccepted = async () => {
    const { data } = await stack.vault("secret/data/access-plane/database");
    await (await connect(stack, ca, data as { username: string; password: string })).end();
    return (data as { password: string }).password;
  };

  it("starts with a static role, whose password works", async () => {
    await stack.up();
    ca = await text("infra-db-ca", "ca.crt");
    const login = { username: "teleport", password: await password() };
    for (const database of ["teleport", "teleport_audit"]) {
      await (await connect(stack, ca, login, database)).end();
    }
    assert.ok(!stack.state().includes(login.password), "the password is in the state");
  });

  it("delivers each requested rotation within the documented time", async () => {
    const logins = await probe();
    for (let round = 0; round < 3; round++) {
      const [before, starts] = [await password(), logins.starts.length];
      await stack.vault("database/rotate-role/teleport", {});
      await logins.changed(before, DELIVERED_SECONDS);
      await restarted(logins, starts);
    }
    const refused = await logins.stop();
    assert.ok(refused <= DELIVERED_SECONDS, `refused for ${String(refused)} s`);
  });

  it("delivers the rotations that Vault does by itself", async () => {
    const { rotation_period: period, ...role } = await stack.vault(STATIC_ROLE);
    const rotating = (seconds: unknown) =>
      stack.vault(STATIC_ROLE, { ...pick(role), rotation_period: seconds });
    const logins = await probe();
    await rotating(60);
    let last = await password();
    for (let round = 0; round < 2; round++) {
      const starts = logins.starts.length;
      last = (await logins.changed(last, 60 + DELIVERED_SECONDS)).password;
      await restarted(logins, starts);
    }
    await rotating(period);
    const refused = await logins.stop();
    assert.ok(refused <= DELIVERED_SECONDS, `refused for ${String(refused)} s`);
  });

  describe("with a password that the program generates", () => {
    before(function () {
      if (spawnSync("psql", ["--version"]).status === 0) return;
      console.log("      psql is not installed: the bootstrap Job is not run");
      this.skip();
    });

    it("changes to a generated password; the Secret always has one", async () => {
      const stringData = { username: "postgres", password: stack.postgresPassword };
      const body = { metadata: { name: ADMIN }, stringData };
      await core.createNamespacedSecret({ namespace: NAMESPACE, body });
      kubelet = await playJob(
        (type) => stack.kube(type),
        { namespace: NAMESPACE, name: "infra-db-credentials-bootstrap" },
        { PGHOSTADDR: "127.0.0.1", PGPORT: String(stack.ports["postgres"]) },
        (ran) => {
          altered(ran);
        },
      );
      // The role in Vault goes, so that Vault cannot change the password any more.
      await rotate("first", "--allow", "database-credentials");
    });

    it("rotates it in PostgreSQL, Vault and the Secret, in this order", () => rotate("second"));

    it("continues after a kill between PostgreSQL and Vault", async () => {
      const before = { vault: await vaultAccepted(), secret: await password() };
      generated("third");
      await stack.killAt(
        new Promise((resolve) => {
          altered = resolve;
        }),
      );
      altered = () => undefined;
      await sleep(2000); // what the plugins still do
      const { data } = await stack.vault("secret/data/access-plane/database");
      assert.equal((data as { password: string }).password, before.vault);
      assert.equal(await password(), before.secret);
      const old = { username: "teleport", password: before.secret };
      await assert.rejects(connect(stack, ca, old), /password authentication failed/);
      // What docs/operations.md says to do.
      await accessPlane("recover", "--yes");
      await accessPlane(...UP);
      assert.notEqual(await vaultAccepted(), before.vault);
      assert.equal(await password(), await vaultAccepted());
      await stack.expect(0, "preview", "--expect-no-changes");
    });

    it("rotates again after that", () => rotate("fourth"));
  });

  describe("with a password that a person maintains in Vault", () => {
    it("changes to it, and rotates as documented", async () => {
      const before = await password();
      await stack.vault(`secret/data/${KEPT}`, {
        data: { username: "teleport", password: before },
      });
      credentials({ source: "existing", path: KEPT });
      const logins = await probe();
      await accessPlane(...UP, "--allow", "database-credentials");
      assert.equal(await password(), before);
      // The operator restarts auth for every change of its object.
      await restarted(logins, 0);
      const { length: starts } = logins.starts;
      // PostgreSQL first, then Vault: the other order would restart auth too early.
      const next = `kept-${randomBytes(12).toString("hex")}`;
      const admin = { username: "postgres", password: stack.postgresPassword };
      const session = await connect(stack, ca, admin);
      await session.query(`ALTER ROLE teleport PASSWORD '${next}'`);
      await session.end();
      await stack.vault(`secret/data/${KEPT}`, { data: { username: "teleport", password: next } });
      assert.equal((await logins.changed(before, DELIVERED_SECONDS)).password, next);
      await restarted(logins, starts);
      const refused = await logins.stop();
      assert.ok(refused <= DELIVERED_SECONDS, `refused for ${String(refused)} s`);
      await stack.expect(0, "preview", "--expect-no-changes");
    });
  });

  /** One rotation of a generated password, watched. */
  async function rotate(to: string, ...allowed: string[]): Promise<void> {
    const ran = kubelet?.ran.length ?? 0;
    const before = await password();
    generated(to);
    let inVault: string | undefined;
    altered = () => {
      // The Job has ended, and its pod does not tell so yet.
      void stack.vault("secret/data/access-plane/database").then(
        ({ data }) => (inVault = (data as { password: string }).password),
        () => (inVault = "nothing yet"),
      );
    };
    const logins = await probe();
    await accessPlane(...UP, ...allowed);
    await logins.changed(before, DELIVERED_SECONDS);
    await restarted(logins, 0);
    const refused = await logins.stop();
    altered = () => undefined;
    assert.equal(kubelet?.ran.length, ran + 1);
    assert.equal(kubelet.ran.at(-1)?.code, 0, kubelet.ran.at(-1)?.output);
    assert.ok(inVault !== undefined && inVault !== (await vaultAccepted()), "Vault came first");
    assert.equal(await password(), await vaultAccepted());
    assert.ok(!stack.state().includes(await password()), "the password is in the state");
    console.log(`      new connections were refused for ${refused.toFixed(1)} s`);
  }

  /** The operator restarts auth after it wrote the Secret; a rotation in a rollout would hit it. */
  async function restarted(logins: LoginProbe, startsBefore: number): Promise<void> {
    const apps = stack.kube(k8s.AppsV1Api);
    const auth = { namespace: NAMESPACE, name: "teleport-auth" };
    const deadline = Date.now() + 120_000;
    for (;;) {
      logins.check();
      const { metadata, spec, status = {} } = await apps.readNamespacedDeployment(auth);
      const current = status.observedGeneration === metadata?.generation;
      const counts = [status.updatedReplicas, status.replicas, status.readyReplicas];
      const rolledOut = current && counts.every((count) => count === spec?.replicas);
      if (rolledOut && logins.starts.length > startsBefore) return;
      assert.ok(
        Date.now() < deadline,
        `auth is not rolled out: generation ${String(metadata?.generation)}, ${JSON.stringify(status)}, ` +
          `${String(logins.starts.length - startsBefore)} pods started`,
      );
      await sleep(200);
    }
  }
});

/** What Vault takes back of what it tells of a static role. */
function pick({ username, db_name }: Record<string, unknown>): object {
  return { username, db_name };
}
