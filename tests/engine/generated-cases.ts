import * as assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";
import { Client } from "pg";
import { eventually } from "./eventually";
import { playJob, type Ran } from "./play-kubelet";
import type { Config, EngineStack } from "./stack";

const NAMESPACE = "teleport";
const ADMIN = { username: "postgres", secretName: "infra-db-admin" };
/** Vault path of the generated password. */
export const GENERATED_PATH = "access-plane/database";
/** The Secret of the administrator that the Job logs in as. */
export const ADMIN_SECRET = `${NAMESPACE}/${ADMIN.secretName}`;

/** Sets a generated password, and other database names than the reference stack's. */
export function generate(config: Config, rotation = "first"): void {
  const database = config["access-plane:database"] as Record<string, unknown>;
  database["user"] = "access_plane";
  database["stateDatabase"] = "plane_state";
  database["auditDatabase"] = "plane_audit";
  database["credentials"] = {
    ...{ source: "generated", path: GENERATED_PATH, rotation },
    bootstrap: { adminSecret: ADMIN.secretName },
  };
}

/** A plane with a generated password, and functions that deploy it. */
export interface Generated {
  stack: EngineStack;
  /** Deploys the current settings. */
  up: () => Promise<unknown>;
  /** Deploys this rotation. */
  rotate: (rotation: string) => Promise<unknown>;
  /** Asserts that a preview shows no changes. */
  unchanged: () => Promise<unknown>;
}

/** Plays the kubelet for the Job that creates the role and the databases. */
export class Bootstrap {
  private constructor(
    private readonly stack: EngineStack,
    private readonly kubelet: Awaited<ReturnType<typeof playJob>>,
  ) {}

  static async play(stack: EngineStack): Promise<Bootstrap> {
    // Replaces the cluster's DNS and Service. The Job still verifies the server by its host name.
    const kubelet = await playJob(
      (type) => stack.kube(type),
      { namespace: NAMESPACE, name: "infra-db-credentials-bootstrap" },
      { PGHOSTADDR: "127.0.0.1", PGPORT: String(stack.ports["postgres"]) },
    );
    return new Bootstrap(stack, kubelet);
  }

  get ran(): Ran[] {
    return this.kubelet.ran;
  }

  stop(): Promise<void> {
    return this.kubelet.stop();
  }

  /** Creates the administrator's Secret as soon as its namespace exists. */
  async createAdministrator(): Promise<void> {
    const metadata = { name: ADMIN.secretName };
    const stringData = { username: ADMIN.username, password: this.stack.postgresPassword };
    const body = { metadata, stringData };
    for (;;) {
      try {
        await this.stack.kube(k8s.CoreV1Api).createNamespacedSecret({ namespace: NAMESPACE, body });
        return;
      } catch (error) {
        if (!(error instanceof k8s.ApiException) || error.code !== 404) throw error;
        await sleep(200);
      }
    }
  }
}

interface Login {
  user: string;
  password: string;
}

/** The login that was delivered to the plane's pods. */
async function deliveredLogin(stack: EngineStack): Promise<Login> {
  const secret = { namespace: NAMESPACE, name: "infra-db-credentials" };
  const { data = {} } = await stack.kube(k8s.CoreV1Api).readNamespacedSecret(secret);
  const text = (key: string) => Buffer.from(data[key] ?? "", "base64").toString();
  return { user: text("username"), password: text("password") };
}

/** Tests `credentials.source: generated`: the first update, and a rotation. */
export function generatedCases(plane: () => Generated, bootstrap: () => Bootstrap): void {
  const login = async (who: Login, database: string) => {
    const client = new Client({
      ...{ host: "127.0.0.1", port: plane().stack.ports["postgres"] ?? 0, database, ...who },
      // The Job's own connection verifies the certificate.
      ssl: { rejectUnauthorized: false },
    });
    await client.connect();
    await client.end();
  };

  it("are created in one update: password, role and databases", async () => {
    const { stack, up, unchanged } = plane();
    await Promise.all([up(), bootstrap().createAdministrator()]);
    const [ran, ...more] = bootstrap().ran;
    assert.equal(more.length, 0);
    assert.equal(ran?.code, 0, ran?.output);
    assert.equal(ran.env["PGSSLMODE"], "verify-full");
    const who = await deliveredLogin(stack);
    assert.equal(who.user, "access_plane");
    assert.ok(who.password.length >= 40);
    for (const database of ["plane_state", "plane_audit"]) await login(who, database);
    await unchanged();
    assert.ok(!stack.state().includes(who.password), "the password is in the state");
  });

  it("are rotated in PostgreSQL, Vault and the Secret", async () => {
    const { stack, rotate, unchanged } = plane();
    const before = await deliveredLogin(stack);
    await rotate("second");
    const [, ran, ...more] = bootstrap().ran;
    assert.equal(more.length, 0);
    assert.equal(ran?.code, 0, ran?.output);
    await eventually(async () => {
      const who = await deliveredLogin(stack);
      assert.notEqual(who.password, before.password);
      await login(who, "plane_state");
    });
    await assert.rejects(login(before, "plane_state"), /password authentication failed/);
    await unchanged();
  });
}
