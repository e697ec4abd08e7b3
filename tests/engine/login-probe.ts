import * as assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";
import { Client } from "pg";
import type { EngineStack } from "./stack";

/** A user and a password, as a Secret has them. */
export interface Login {
  username: string;
  password: string;
}

/** Logs in to a database of the sandbox's PostgreSQL, and verifies its certificate. */
export async function connect(
  stack: EngineStack,
  ca: string,
  { username, password }: Login,
  database = "teleport",
): Promise<Client> {
  const client = new Client({
    ...{ host: "127.0.0.1", port: stack.ports["postgres"] ?? 0 },
    ...{ user: username, password, database, ssl: { ca } },
  });
  await client.connect();
  return client;
}

/** A password, and since when the Secret has it. */
interface Delivered {
  password: string;
  since: number;
  /** When PostgreSQL first refused the password. */
  refusedSince?: number;
}

/** An auth pod, and whether PostgreSQL accepted the Secret's login at its start. */
interface Start {
  pod: string;
  accepted: boolean;
}

/**
 * Logs in again and again with the Secret's current password, as every starting auth pod does, and
 * keeps one connection open all the time.
 */
export class LoginProbe {
  readonly delivered: Delivered[];
  readonly starts: Start[] = [];
  private stopped = false;
  private failure: unknown;
  private readonly probing: Promise<void>;

  private constructor(
    private readonly stack: EngineStack,
    private readonly ca: string,
    private readonly held: Client,
    private readonly secret: { namespace: string; name: string },
    private readonly core: k8s.CoreV1Api,
    private readonly pods: Set<string>,
    password: string,
  ) {
    this.delivered = [{ password, since: Date.now() }];
    // Without a handler, a lost connection would end the process. The next query reports the loss.
    held.on("error", () => undefined);
    this.probing = this.probe();
    this.probing.catch((error: unknown) => (this.failure = error));
  }

  static async start(
    stack: EngineStack,
    ca: string,
    secret: { namespace: string; name: string },
  ): Promise<LoginProbe> {
    const core = stack.kube(k8s.CoreV1Api);
    const login = await read(core, secret);
    const held = await connect(stack, ca, login);
    const pods = new Set((await authPods(core, secret.namespace)).map(({ name }) => name));
    return new LoginProbe(stack, ca, held, secret, core, pods, login.password);
  }

  /** Throws if a probe has failed. */
  check(): void {
    if (this.failure !== undefined) throw this.failure as Error;
  }

  /** Waits until the Secret has another password than `from`, and PostgreSQL accepts it. */
  async changed(from: string, withinSeconds: number): Promise<Login> {
    const deadline = Date.now() + withinSeconds * 1000;
    for (;;) {
      this.check();
      const login = await read(this.core, this.secret);
      if (login.password !== from && (await this.accepts(login))) return login;
      assert.ok(Date.now() < deadline, `not delivered within ${String(withinSeconds)} s`);
      await sleep(100);
    }
  }

  /** Ends the probes, and throws if one failed. Resolves to the seconds of refused connections. */
  async stop(): Promise<number> {
    this.stopped = true;
    await this.probing;
    await this.held.end();
    const refused = this.starts.filter(({ accepted }) => !accepted);
    assert.deepEqual(refused, [], "auth pods started with a password that PostgreSQL refuses");
    const outages = this.delivered.map(({ refusedSince }, index) => {
      if (refusedSince === undefined) return 0;
      const next = this.delivered[index + 1];
      assert.ok(next, "the delivered password is refused, and no other follows");
      return next.since - refusedSince;
    });
    return Math.max(...outages) / 1000;
  }

  private async probe(): Promise<void> {
    while (!this.stopped) {
      const login = await read(this.core, this.secret);
      const accepted = await this.accepts(login);
      const last = this.delivered.at(-1);
      const known = last?.password === login.password ? last : undefined;
      // The password may have changed between reading and logging in.
      const current = (await read(this.core, this.secret)).password === login.password;
      if (current) {
        assert.ok(known || accepted, "PostgreSQL refuses a password at the moment of its delivery");
        if (known === undefined) {
          this.delivered.push({ password: login.password, since: Date.now() });
        } else if (!accepted) {
          known.refusedSince ??= Date.now();
        } else {
          assert.equal(known.refusedSince, undefined, "a password was refused for a while");
        }
      }
      await this.recordStarts();
      await this.held.query("SELECT 1");
      await sleep(50);
    }
  }

  private async recordStarts(): Promise<void> {
    for (const { name } of await authPods(this.core, this.secret.namespace)) {
      if (this.pods.has(name)) continue;
      this.pods.add(name);
      const accepted = await this.accepts(await read(this.core, this.secret));
      this.starts.push({ pod: name, accepted });
    }
  }

  private async accepts(login: Login): Promise<boolean> {
    try {
      await (await connect(this.stack, this.ca, login)).end();
      return true;
    } catch (error) {
      // 28P01: invalid_password
      if ((error as { code?: string }).code === "28P01") return false;
      throw error;
    }
  }
}

async function read(
  core: k8s.CoreV1Api,
  secret: { namespace: string; name: string },
): Promise<Login> {
  const { data = {} } = await core.readNamespacedSecret(secret);
  const text = (key: string) => Buffer.from(data[key] ?? "", "base64").toString();
  const login = { username: text("username"), password: text("password") };
  assert.ok(login.username !== "" && login.password !== "", "the Secret lacks a key");
  return login;
}

async function authPods(core: k8s.CoreV1Api, namespace: string): Promise<{ name: string }[]> {
  const labelSelector = "app.kubernetes.io/name=teleport-cluster,app.kubernetes.io/component=auth";
  const { items } = await core.listNamespacedPod({ namespace, labelSelector });
  return items.map(({ metadata }) => ({ name: metadata?.name ?? "" }));
}
