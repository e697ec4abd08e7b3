/** PostgreSQL: plays the shared instance infra-db. */
import { execFile } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { createHash, X509Certificate } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { authority, issue, type KeyPair } from "../authority.ts";
import { readIfThere, writeWhole } from "../files.ts";
import { commandLineOf, identify } from "../identity.ts";
import type { Layout } from "../layout.ts";
import type { Part, Sandbox, Step } from "../part.ts";
import { toolPath } from "../../setup/tools.ts";

/** PostgreSQL's superuser, for the sandbox itself. */
export const superuser = "postgres";

/** The administrator that Vault's database engine uses. */
export const vaultUser = "vault";

export const postgres: Part = {
  name: "postgres",
  after: [],
  ports: ["postgres"],
  stopSignal: "SIGINT", // SIGTERM would wait for every client to leave
  requires: () => [toolPath("postgres-bin")],
  command: async (sandbox) => {
    const user = userForServer();
    const data = dataFolder(sandbox.layout, user);
    if (!existsSync(data) || isForeign(sandbox, data)) {
      await initialise(sandbox, data, user);
    }
    await clearStaleLock(data);
    await serverCertificate(sandbox.layout, data, user);
    return {
      file: join(toolPath("postgres-bin"), "postgres"),
      args: [
        "-D",
        data,
        ...settings({
          listen_addresses: "127.0.0.1",
          port: String(sandbox.ports["postgres"]),
          unix_socket_directories: "", // loopback TCP only: socket paths have a length limit
          ssl: "on",
          wal_level: "logical",
          ...(await trustedPlugins()),
          max_wal_senders: "10",
          max_replication_slots: "10",
          fsync: "off",
          shared_buffers: "32MB",
        }),
      ],
      ...(user === undefined ? {} : { user }),
    };
  },
  ready: (sandbox) => query(sandbox, "postgres", async () => {}),
};

/** Databases and roles, as the owners of infra-db would have made them. */
export const databases: Step = {
  name: "databases",
  after: ["postgres"],
  run: async (sandbox) => {
    const { teleportDatabasePassword, vaultDatabasePassword } = sandbox.secrets;
    await query(sandbox, "postgres", async (client) => {
      await ensureRole(client, "teleport", "LOGIN REPLICATION", teleportDatabasePassword);
      // Only a superuser may set the password of a role with REPLICATION in this version.
      await ensureRole(client, vaultUser, "LOGIN SUPERUSER", vaultDatabasePassword);
      for (const database of ["teleport", "teleport_audit"]) {
        const there = await client.query("select 1 from pg_database where datname = $1", [
          database,
        ]);
        if (there.rowCount === 0) await client.query(`create database ${database} owner teleport`);
      }
    });
  },
};

/** Runs `work` with a connection as superuser. */
export async function query<T>(
  { ports, secrets }: Sandbox,
  database: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    host: "127.0.0.1",
    port: ports["postgres"],
    user: superuser,
    password: secrets.postgresPassword,
    database,
    connectionTimeoutMillis: 5000,
  });
  client.on("error", () => {}); // a lost connection is reported by the call that needs it
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function ensureRole(client: pg.Client, role: string, rights: string, password: string) {
  const there = await client.query("select 1 from pg_roles where rolname = $1", [role]);
  // An existing password stays: Vault may have rotated it.
  if (there.rowCount === 0) {
    await client.query(`create role ${role} ${rights} password ${client.escapeLiteral(password)}`);
  } else {
    await client.query(`alter role ${role} ${rights}`);
  }
}

/** Creates the data folder under another name first, so that a folder with the final name is complete. */
async function initialise(
  { secrets }: Sandbox,
  data: string,
  user: User | undefined,
): Promise<void> {
  const unfinished = `${data}.unfinished`;
  const passwordFile = `${data}.password`;
  for (const path of [data, unfinished]) rmSync(path, { recursive: true, force: true });
  mkdirSync(dirname(data), { recursive: true, mode: 0o711 });
  mkdirSync(unfinished, { mode: 0o700 });
  writeWhole(markOf(data), fingerprint(secrets.postgresPassword));
  writeWhole(passwordFile, `${secrets.postgresPassword}\n`);
  if (user !== undefined) {
    chownSync(unfinished, user.uid, user.gid);
    chownSync(passwordFile, user.uid, user.gid);
  }
  try {
    await promisify(execFile)(
      join(toolPath("postgres-bin"), "initdb"),
      [
        `--pgdata=${unfinished}`,
        `--username=${superuser}`,
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
      ],
      { cwd: "/", ...(user ?? {}) },
    );
    renameSync(unfinished, data);
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    throw new Error(`PostgreSQL's data folder ${data} cannot be created: ${stderr || message}`, {
      cause: error,
    });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** Newer servers decode only with plugins from a list of trusted ones. Older servers have no such list. */
async function trustedPlugins(): Promise<Record<string, string>> {
  const list = "output_plugin_libraries";
  const { stdout } = await promisify(execFile)(join(toolPath("postgres-bin"), "postgres"), [
    "--describe-config",
  ]);
  return stdout.includes(`${list}\t`) ? { [list]: "pgoutput, test_decoding, wal2json" } : {};
}

/** infra-db's own authority, which signed its certificate. */
export const databaseAuthority = (layout: Layout): Promise<KeyPair> =>
  authority(join(layout.pki, "infra-db"), "infra-db CA");

/** A key pair under PostgreSQL's own names, for its name in the cluster and for this machine. */
async function serverCertificate(
  layout: Layout,
  data: string,
  user: User | undefined,
): Promise<void> {
  const certificateFile = join(data, "server.crt");
  const by = await databaseAuthority(layout);
  if (isSignedBy(certificateFile, by)) return;
  const { certificate, key } = await issue(by, {
    name: "infra-db",
    names: [
      { type: "dns", value: "infra-db.infra-db.svc.cluster.local" },
      { type: "dns", value: "localhost" },
      { type: "ip", value: "127.0.0.1" },
    ],
    usage: "server",
  });
  const keyFile = join(data, "server.key");
  writeFileSync(keyFile, key, { mode: 0o600 });
  if (user !== undefined) chownSync(keyFile, user.uid, user.gid);
  writeWhole(certificateFile, certificate);
  chmodSync(certificateFile, 0o644);
}

/** Whether this authority signed a certificate. Data may outlive the authority's folder. */
function isSignedBy(certificateFile: string, by: KeyPair): boolean {
  const [certificate, ca] = [readIfThere(certificateFile), readIfThere(by.certificate)];
  if (certificate === undefined || ca === undefined) return false;
  return new X509Certificate(certificate).verify(new X509Certificate(ca).publicKey);
}

/**
 * A killed server leaves its lock file. The next server starts anyway, unless a process has that pid: the killed one
 * until it is reaped, or another one after a reboot.
 */
async function clearStaleLock(data: string): Promise<void> {
  const lock = join(data, "postmaster.pid");
  const pid = Number(readIfThere(lock)?.split("\n")[0] ?? 0);
  if (pid === 0) return;
  await sleep(300); // its children, if any, notice that it has gone
  const owner = identify(pid);
  if (owner !== undefined && commandLineOf(pid).includes(data)) {
    throw new Error(`PostgreSQL ${pid} still runs on ${data}: end it, then start again.`);
  }
  rmSync(lock, { force: true });
}

/** Whether data outside the state folder is of a sandbox that was deleted without a reset. Its password is lost. */
function isForeign({ layout, secrets }: Sandbox, data: string): boolean {
  if (data.startsWith(layout.root)) return false;
  return readIfThere(markOf(data)) !== fingerprint(secrets.postgresPassword);
}

const markOf = (data: string) => `${data}.sandbox`;

const fingerprint = (password: string) => createHash("sha256").update(password).digest("hex");

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: root runs it as `postgres`, or as `nobody`. */
function userForServer(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync("/etc/passwd", "utf8").split("\n");
  for (const name of ["postgres", "nobody"]) {
    const fields = users.map((line) => line.split(":")).find(([user]) => user === name);
    if (fields !== undefined) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Error(
    "PostgreSQL does not run as root and there is no user postgres or nobody on this machine: " +
      "run the sandbox as an ordinary user.",
  );
}

/** The places where the data may be. */
export function dataFolders(layout: Layout): [inside: string, outside: string] {
  return [
    join(layout.postgres, "data"),
    join("/var/tmp", `access-plane-postgres-${layout.id}`, "data"),
  ];
}

/**
 * Where the data is: in the state folder, or, when another user cannot reach that (a checkout
 * inside root's home), in a folder of this sandbox under /var/tmp.
 */
function dataFolder(layout: Layout, user: User | undefined): string {
  const [inside, outside] = dataFolders(layout);
  if (user === undefined || existsSync(inside)) return inside;
  return reachable(layout.root) ? inside : outside;
}

function reachable(folder: string): boolean {
  for (let path = folder; ; path = dirname(path)) {
    if (existsSync(path) && (statSync(path).mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

function settings(values: Record<string, string>): string[] {
  return Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}
