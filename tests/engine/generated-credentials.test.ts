import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";
import { Client } from "pg";
import { eventually } from "./eventually";
import { playJob } from "./play-kubelet";
import { EngineStack } from "./stack";

const NAMESPACE = "teleport";
const ADMIN = { username: "postgres", secretName: "infra-db-admin" };

/** `credentials.source: generated`, by the engine, both ways of delivery. */
for (const delivery of ["operator", "pulumi"] as const) {
  describe(`generated credentials on the sandbox, with delivery ${delivery}`, function () {
    this.bail(true);
    let stack: EngineStack;
    let core: k8s.CoreV1Api;
    let kubelet: Awaited<ReturnType<typeof playJob>>;

    before(async function () {
      if (spawnSync("psql", ["--version"]).status !== 0) {
        console.log("      psql is not installed: the bootstrap Job is not run");
        this.skip();
      }
      stack = await EngineStack.start();
      core = stack.kube(k8s.CoreV1Api);
      stack.change((config) => {
        config["access-plane:vault"] = { delivery, refreshAfter: "5s" };
        config["access-plane:agents"] = {};
        const database = config["access-plane:database"] as Record<string, unknown>;
        database["user"] = "access_plane";
        database["stateDatabase"] = "plane_state";
        database["auditDatabase"] = "plane_audit";
        database["credentials"] = {
          ...{ source: "generated", path: "access-plane/database", rotation: "first" },
          bootstrap: { adminSecret: ADMIN.secretName },
        };
        delete config["access-plane:loadBalancer"];
        delete config["access-plane:aws"];
      });
      stack.liftProtection();
      // The cluster's DNS and Service lead to the server; it is verified by its own name.
      kubelet = await playJob(
        (type) => stack.kube(type),
        { namespace: NAMESPACE, name: "infra-db-credentials-bootstrap" },
        { PGHOSTADDR: "127.0.0.1", PGPORT: String(stack.ports["postgres"]) },
      );
    });
    after(async () => {
      await kubelet.stop();
      await stack.stop();
    });

    const delivered = async () => {
      const secret = { namespace: NAMESPACE, name: "infra-db-credentials" };
      const { data = {} } = await core.readNamespacedSecret(secret);
      const text = (key: string) => Buffer.from(data[key] ?? "", "base64").toString();
      return { user: text("username"), password: text("password") };
    };
    const login = async (who: { user: string; password: string }, database: string) => {
      const client = new Client({
        ...{ host: "127.0.0.1", port: stack.ports["postgres"] ?? 0, database, ...who },
        // The Job's own connection verifies.
        ssl: { rejectUnauthorized: false },
      });
      await client.connect();
      await client.end();
    };
    /** The administrator's Secret, which somebody makes as soon as there is a namespace. */
    const giveAdministrator = async () => {
      const metadata = { name: ADMIN.secretName };
      const stringData = { username: ADMIN.username, password: stack.postgresPassword };
      for (;;) {
        try {
          await core.createNamespacedSecret({
            namespace: NAMESPACE,
            body: { metadata, stringData },
          });
          return;
        } catch (error) {
          if (!(error instanceof k8s.ApiException) || error.code !== 404) throw error;
          await sleep(200);
        }
      }
    };

    it("are created in one update: password, role and databases", async () => {
      await Promise.all([stack.up(), giveAdministrator()]);
      assert.equal(kubelet.ran.length, 1);
      const [ran] = kubelet.ran;
      assert.equal(ran?.code, 0, ran?.output);
      assert.equal(ran.env["PGSSLMODE"], "verify-full");
      const who = await delivered();
      assert.equal(who.user, "access_plane");
      assert.ok(who.password.length >= 40);
      for (const database of ["plane_state", "plane_audit"]) await login(who, database);
      await stack.expect(0, "preview", "--expect-no-changes");
      assert.ok(!stack.state().includes(who.password), "the password is in the state");
    });

    it("are rotated in PostgreSQL, Vault and the Secret", async () => {
      const before = await delivered();
      stack.change((config) => {
        const { credentials } = config["access-plane:database"] as Record<string, object>;
        Object.assign(credentials ?? {}, { rotation: "second" });
      });
      await stack.up();
      assert.equal(kubelet.ran.length, 2);
      assert.equal(kubelet.ran[1]?.code, 0, kubelet.ran[1]?.output);
      await eventually(async () => {
        const who = await delivered();
        assert.notEqual(who.password, before.password);
        await login(who, "plane_state");
      });
      await assert.rejects(login(before, "plane_state"), /password authentication failed/);
      await stack.expect(0, "preview", "--expect-no-changes");
    });

    it("are destroyed completely", async () => {
      await stack.expect(0, "destroy", "--yes", "--skip-preview");
      await assert.rejects(stack.vault("secret/data/access-plane/database"));
    });
  });
}
