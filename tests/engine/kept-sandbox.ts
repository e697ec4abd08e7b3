import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Client } from "pg";
import { ClusterWipe } from "./cluster-wipe";

/** A running sandbox. */
export interface StartedSandbox {
  ports: Record<string, number>;
  secrets: { postgresPassword: string };
}

/** The functions of `sandbox/`, a separate package, that these tests use. */
interface SandboxModule {
  start(options: { stateDir: string }): Promise<StartedSandbox>;
  stop(options: { stateDir: string; parts?: readonly string[] }): Promise<string[]>;
  variables(sandbox: unknown): Record<string, string>;
}

const ROOT = path.resolve(__dirname, "../..");
/** Variable of a suite that shares sandboxes: a file with a line for each running sandbox. */
const LIST = "ENGINE_SANDBOXES";

const sandboxModule = () =>
  import(path.join(ROOT, "sandbox/src/run/index.ts")) as Promise<SandboxModule>;

const folderOf = (stateDir: string, name: string) => path.join(stateDir, name);

/** The sandbox that this process's previous test file left. */
let free: KeptSandbox | undefined;

/** Folders of running sandboxes that no suite stops at its end. */
const running = new Set<string>();
let listening = false;

/** Stops a sandbox when this process is ended by a signal, such as that of Ctrl-C, and passes the signal on. */
function stopWithProcess(stateDir: string): void {
  running.add(stateDir);
  if (listening) return;
  listening = true;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      void Promise.allSettled([...running].map(remove)).then(() =>
        process.kill(process.pid, signal),
      );
    });
  }
}

async function remove(stateDir: string): Promise<void> {
  const module = await sandboxModule();
  await module.stop({ stateDir });
  fs.rmSync(stateDir, { recursive: true, force: true });
  running.delete(stateDir);
}

/**
 * A sandbox that test files use one after the other, because its start takes 18 CPU seconds. Outside of a
 * suite that shares sandboxes, each file has its own.
 */
export class KeptSandbox {
  private constructor(
    private readonly module: SandboxModule,
    /** The folder with the sandbox's files. */
    readonly stateDir: string,
    readonly started: StartedSandbox,
    private readonly cluster: ClusterWipe | undefined,
    private readonly startedAt: number,
  ) {}

  /** Resolves to an empty sandbox: the one that was given back, or a new one. */
  static async take(): Promise<KeptSandbox> {
    const given = free;
    free = undefined;
    if (given === undefined) return KeptSandbox.start();
    try {
      return await given.reset();
    } catch (error) {
      process.stderr.write(`A sandbox cannot be used again: ${String(error)}\n`);
      await given.end();
      return KeptSandbox.start();
    }
  }

  private static async start(): Promise<KeptSandbox> {
    const module = await sandboxModule();
    const stateDir = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-engine-"));
    const list = process.env[LIST];
    if (list !== undefined) fs.appendFileSync(list, `${stateDir}\n`);
    else stopWithProcess(stateDir);
    try {
      const started = await module.start({ stateDir });
      const { KUBECONFIG = "" } = module.variables(started);
      const cluster = list === undefined ? undefined : await ClusterWipe.from(KUBECONFIG);
      return new KeptSandbox(module, stateDir, started, cluster, Date.now());
    } catch (error) {
      // Otherwise the parts that started would keep running.
      await remove(stateDir);
      throw error;
    }
  }

  /** Environment variables of processes that use the sandbox. */
  variables(): Record<string, string> {
    return this.module.variables(this.started);
  }

  /** Keeps the sandbox for the next file if the suite shares sandboxes. Otherwise stops and deletes it. */
  async giveBack(): Promise<void> {
    if (this.cluster === undefined || free !== undefined) await this.end();
    else KeptSandbox.leave(this);
  }

  private static leave(sandbox: KeptSandbox): void {
    free = sandbox;
  }

  private end(): Promise<void> {
    return remove(this.stateDir);
  }

  /** Resets the sandbox to the state of its first start. */
  private async reset(): Promise<KeptSandbox> {
    const { stateDir, module } = this;
    await this.cluster?.run();
    await Promise.all([this.emptyVault(), this.emptyPostgres()]);
    const played = folderOf(stateDir, "controllers/teleport.json");
    const account = folderOf(stateDir, "aws/backends.pickle");
    // The emulator saves its state a moment after the last change.
    const changed = fs.existsSync(account) && fs.statSync(account).mtimeMs > this.startedAt + 3000;
    await module.stop({ stateDir, parts: ["controllers", ...(changed ? ["aws"] : [])] });
    fs.rmSync(played, { force: true });
    if (changed) fs.rmSync(account, { force: true });
    for (const name of ["pulumi-state", "checkout"]) {
      fs.rmSync(folderOf(stateDir, name), { recursive: true, force: true });
    }
    // The start creates the sandbox's own objects again.
    const started = await module.start({ stateDir });
    return new KeptSandbox(module, stateDir, started, this.cluster, Date.now());
  }

  private async emptyVault(): Promise<void> {
    const { VAULT_ADDR = "", VAULT_TOKEN = "" } = this.variables();
    const call = async (method: string, at: string) => {
      const headers = { "X-Vault-Token": VAULT_TOKEN };
      const response = await fetch(`${VAULT_ADDR}/v1/${at}`, { method, headers });
      if (!response.ok) throw new Error(`Vault ${method} ${at}: ${await response.text()}`);
      const text = await response.text();
      return text === ""
        ? {}
        : (JSON.parse(text) as { data: Record<string, { type: string }> }).data;
    };
    const mounts = Object.entries(await call("GET", "sys/mounts"));
    const logins = Object.entries(await call("GET", "sys/auth"));
    const { keys } = (await call("LIST", "sys/policies/acl")) as unknown as { keys: string[] };
    await Promise.all([
      ...mounts
        .filter(([, { type }]) => ["kv", "database", "pki", "transit"].includes(type))
        .map(([name]) => call("DELETE", `sys/mounts/${name}`)),
      ...logins
        .filter(([, { type }]) => type !== "token")
        .map(([name]) => call("DELETE", `sys/auth/${name}`)),
      ...keys
        .filter((name) => !["default", "root"].includes(name))
        .map((name) => call("DELETE", `sys/policies/acl/${name}`)),
    ]);
  }

  private async emptyPostgres(): Promise<void> {
    const client = new Client({
      ...{ host: "127.0.0.1", port: this.started.ports["postgres"], database: "postgres" },
      ...{ user: "postgres", password: this.started.secrets.postgresPassword },
    });
    await client.connect();
    try {
      const databases = await client.query<{ name: string }>(
        "select datname as name from pg_database where not datistemplate and datname <> 'postgres'",
      );
      for (const { name } of databases.rows) {
        await client.query(`drop database ${client.escapeIdentifier(name)} with (force)`);
      }
      const roles = await client.query<{ name: string }>(
        "select rolname as name from pg_roles where rolname !~ '^pg_' and rolname not in ('postgres', 'vault')",
      );
      for (const { name } of roles.rows) {
        await client.query(`drop owned by ${client.escapeIdentifier(name)}`);
        await client.query(`drop role ${client.escapeIdentifier(name)}`);
      }
    } finally {
      await client.end();
    }
  }
}

/** Makes the processes of a suite share sandboxes. */
export function mochaGlobalSetup(): void {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-sandboxes-"));
  process.env[LIST] = path.join(folder, "list");
}

/** Stops the sandboxes that are left. */
export async function mochaGlobalTeardown(): Promise<void> {
  const list = process.env[LIST] ?? "";
  const left = fs.existsSync(list) ? fs.readFileSync(list, "utf8").trim().split("\n") : [];
  await Promise.all(left.filter((stateDir) => fs.existsSync(stateDir)).map(remove));
  fs.rmSync(path.dirname(list), { recursive: true, force: true });
}
