import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";
import { LoginProbe, connect } from "./login-probe";
import { playJob, type Ran } from "./play-kubelet";
import { skipAfterFailure } from "./skip-after-failure";
import { EngineStack } from "./stack";

const NAMESPACE = "teleport";
const SECRET = { namespace: NAMESPACE, name: "infra-db-credentials" };
const ADMIN = "infra-db-admin";
const STATIC_ROLE = "database/static-roles/teleport";
/** Vault path of a password that a person maintains. */
const KEPT = "infra-db/kept";
/** The update. Its preflight checks would need the cluster's own network. */
const UP = ["up", "--yes", "--skip-preflight"];
/** The delay of a rotation that docs/operations.md promises, and reserve for a busy machine. */
const DELIVERED_SECONDS = 10 + 10;

/** Rotates passwords in the real PostgreSQL and Vault, while a probe logs in all the time. */
describe("rotation of the database password on the sandbox", function () {
  skipAfterFailure(this);
  let stack: EngineStack;
  let core: k8s.CoreV1Api;
  let ca: string;
  let kubelet: Awaited<ReturnType<typeof playJob>> | undefined;
  /** Called after the Job has changed PostgreSQL, and before the cluster reports that. */
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
  /** The password in Vault. Asserts that PostgreSQL accepts it. */
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
      await authRestarted(logins, starts);
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
      await authRestarted(logins, starts);
    }
    await rotating(period);
    const refused = await logins.stop();
    assert.ok(refused <= DELIVERED_SECONDS, `refused for ${String(refused)} s`);
  });

  describe("with a password that the program generates", () => {
    before(function () {
      if (spawnSync("psql", ["--version"]).status === 0) return;
      console.log("      skipped: psql is not installed, which the bootstrap Job needs");
      this.skip();
    });

    it("changes to a generated password, and the Secret always has a password", async () => {
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
      // The update deletes the static role, so that Vault cannot change the password any more.
      await rotate("first", "--allow", "database-credentials");
    });

    it("rotates the password in PostgreSQL, Vault and the Secret, in this order", () =>
      rotate("second"));

    it("continues after a kill between PostgreSQL and Vault", async () => {
      const before = { vault: await vaultAccepted(), secret: await password() };
      generated("third");
      await stack.killAt(
        new Promise((resolve) => {
          altered = resolve;
        }),
      );
      altered = () => undefined;
      await sleep(2000); // the plugins finish their work
      const { data } = await stack.vault("secret/data/access-plane/database");
      assert.equal((data as { password: string }).password, before.vault);
      assert.equal(await password(), before.secret);
      const old = { username: "teleport", password: before.secret };
      await assert.rejects(connect(stack, ca, old), /password authentication failed/);
      // As docs/operations.md says.
      await accessPlane("recover", "--yes");
      await accessPlane(...UP);
      assert.notEqual(await vaultAccepted(), before.vault);
      assert.equal(await password(), await vaultAccepted());
      await stack.expect(0, "preview", "--expect-no-changes");
    });

    it("rotates again after the kill", () => rotate("fourth"));
  });

  describe("with a password that a person maintains in Vault", () => {
    it("changes to that password, and rotates it as documented", async () => {
      const before = await password();
      await stack.vault(`secret/data/${KEPT}`, {
        data: { username: "teleport", password: before },
      });
      credentials({ source: "existing", path: KEPT });
      const logins = await probe();
      await accessPlane(...UP, "--allow", "database-credentials");
      assert.equal(await password(), before);
      // The operator restarts the auth pods for every change of its object.
      await authRestarted(logins, 0);
      const { length: starts } = logins.starts;
      // PostgreSQL first, then Vault: the other order would restart auth too early.
      const next = `kept-${randomBytes(12).toString("hex")}`;
      const admin = { username: "postgres", password: stack.postgresPassword };
      const session = await connect(stack, ca, admin);
      await session.query(`ALTER ROLE teleport PASSWORD '${next}'`);
      await session.end();
      await stack.vault(`secret/data/${KEPT}`, { data: { username: "teleport", password: next } });
      assert.equal((await logins.changed(before, DELIVERED_SECONDS)).password, next);
      await authRestarted(logins, starts);
      const refused = await logins.stop();
      assert.ok(refused <= DELIVERED_SECONDS, `refused for ${String(refused)} s`);
      await stack.expect(0, "preview", "--expect-no-changes");
    });
  });

  /** Rotates the generated password while a probe logs in. */
  async function rotate(to: string, ...allowed: string[]): Promise<void> {
    const ran = kubelet?.ran.length ?? 0;
    const before = await password();
    generated(to);
    let inVault: string | undefined;
    altered = () => {
      // The Job's command has ended, and its pod does not report that yet.
      void stack.vault("secret/data/access-plane/database").then(
        ({ data }) => (inVault = (data as { password: string }).password),
        () => (inVault = "nothing yet"),
      );
    };
    const logins = await probe();
    await accessPlane(...UP, ...allowed);
    await logins.changed(before, DELIVERED_SECONDS);
    await authRestarted(logins, 0);
    const refused = await logins.stop();
    altered = () => undefined;
    assert.equal(kubelet?.ran.length, ran + 1);
    assert.equal(kubelet.ran.at(-1)?.code, 0, kubelet.ran.at(-1)?.output);
    assert.ok(
      inVault !== undefined && inVault !== (await vaultAccepted()),
      "Vault changed before PostgreSQL",
    );
    assert.equal(await password(), await vaultAccepted());
    assert.ok(!stack.state().includes(await password()), "the password is in the state");
    console.log(`      new connections were refused for ${refused.toFixed(1)} s`);
  }

  /** Waits until the auth pods have restarted, so that no rotation falls into their rollout. */
  async function authRestarted(logins: LoginProbe, startsBefore: number): Promise<void> {
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

/** The fields of a static role that an update of it needs. */
function pick({ username, db_name }: Record<string, unknown>): object {
  return { username, db_name };
}
