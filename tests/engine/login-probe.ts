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

/** Logs in to a database of the sandbox's PostgreSQL, whose certificate is verified. */
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

/** One password, from when it stood in the Secret until another one did. */
interface Spell {
  password: string;
  since: number;
  /** When PostgreSQL was first seen to refuse it. */
  refusedSince?: number;
}

/** An auth pod, and whether the Secret that it started with logged in. */
interface Start {
  pod: string;
  accepted: boolean;
}

/**
 * Logs in again and again with what the Secret has at that moment, as every auth pod that starts
 * does, and keeps one connection open all the time.
 */
export class LoginProbe {
  readonly spells: Spell[];
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
    this.spells = [{ password, since: Date.now() }];
    // A connection that ends by itself would end the process; the next query tells.
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

  /** Throws what went wrong so far. */
  check(): void {
    if (this.failure !== undefined) throw this.failure as Error;
  }

  /** Until the Secret has another password than this one, and PostgreSQL takes it. */
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

  /** Ends it; throws what went wrong. Returns how long new connections were refused, in seconds. */
  async stop(): Promise<number> {
    this.stopped = true;
    await this.probing;
    await this.held.end();
    const refused = this.starts.filter(({ accepted }) => !accepted);
    assert.deepEqual(refused, [], "auth pods started with a password that PostgreSQL refuses");
    const outages = this.spells.map(({ refusedSince }, index) => {
      if (refusedSince === undefined) return 0;
      const next = this.spells[index + 1];
      assert.ok(next, "the delivered password is refused, and no other follows");
      return next.since - refusedSince;
    });
    return Math.max(...outages) / 1000;
  }

  private async probe(): Promise<void> {
    while (!this.stopped) {
      const login = await read(this.core, this.secret);
      const accepted = await this.accepts(login);
      const last = this.spells.at(-1);
      const known = last?.password === login.password ? last : undefined;
      // It may have been replaced between reading and logging in.
      const stands = (await read(this.core, this.secret)).password === login.password;
      if (stands) {
        assert.ok(known || accepted, "PostgreSQL refuses a password at the moment of its delivery");
        if (known === undefined) {
          this.spells.push({ password: login.password, since: Date.now() });
        } else if (!accepted) {
          known.refusedSince ??= Date.now();
        } else {
          assert.equal(known.refusedSince, undefined, "a password was refused for a while");
        }
      }
      await this.seePods();
      await this.held.query("SELECT 1");
      await sleep(50);
    }
  }

  private async seePods(): Promise<void> {
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
