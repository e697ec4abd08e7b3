import * as pg from "pg";
import type { PlaneSettings } from "../../settings/schema";
import { secretData } from "./secret-data";
import { NotVerifiable, Unreachable } from "./errors";
import type { KubeReader } from "./kubernetes";

/** User, password and database of a session. */
export interface Login {
  database: string;
  user: string;
  password: string;
}

/** An open session. */
export interface DatabaseSession {
  query<Row extends object>(sql: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** Address of a server. The certificate must be valid for `servername`. */
export interface Address {
  host: string;
  port: number;
}

const UNREACHABLE = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ETIMEDOUT",
  "ECONNREFUSED",
]);

/** Error codes of Node.js for a certificate without a trusted authority. */
const UNVERIFIED = new Set([
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
]);

/** Trusted authorities, and the setting to name in the error. */
interface Authorities {
  trusted: readonly string[];
  missing?: Error;
}

interface EndpointSlice {
  endpoints?: { addresses?: string[]; conditions?: { ready?: boolean } }[];
  ports?: { name?: string; port?: number }[];
}

/** Endpoints of a Service, by its in-cluster name. */
export async function endpointsOf(
  kubernetes: KubeReader,
  host: string,
  port: number,
): Promise<Address[]> {
  const [, name, namespace] = /^([^.]+)\.([^.]+)\.svc(?:\.|$)/.exec(host) ?? [];
  if (name === undefined || namespace === undefined) return [];
  const service = await kubernetes.get<{
    spec?: { ports?: { name?: string; port: number }[] };
  }>("v1", "Service", name, namespace);
  const portName = service?.spec?.ports?.find((entry) => entry.port === port)?.name ?? "";
  const slices = await kubernetes.list<EndpointSlice>("discovery.k8s.io/v1", "EndpointSlice", {
    namespace,
    labelSelector: `kubernetes.io/service-name=${name}`,
  });
  return slices.flatMap(({ endpoints = [], ports = [] }) => {
    const target = ports.find((entry) => (entry.name ?? "") === portName)?.port;
    return endpoints
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ addresses = [] }) =>
        target === undefined ? [] : addresses.map((address) => ({ host: address, port: target })),
      );
  });
}

/** libpq's `sslmode` as options of the driver. */
function ssl(
  mode: PlaneSettings["database"]["sslMode"],
  servername: string,
  ca: readonly string[],
) {
  const authority = ca.length === 0 ? {} : { ca: [...ca] };
  switch (mode) {
    case "disable":
      return false;
    case "prefer":
    case "require":
      return { rejectUnauthorized: false, servername };
    case "verify-ca":
      return { ...authority, servername, checkServerIdentity: () => undefined };
    case "verify-full":
      return { ...authority, servername };
  }
}

/** How to reach the server from this machine. */
export interface DatabaseArgs {
  database: PlaneSettings["database"];
  /** Namespace of the plane, where `database.caSecret` is. */
  namespace: string;
  kubernetes: KubeReader;
  /** Address to use instead of the host in the settings, such as a port-forward. */
  address?: Address;
  /** Trusted authorities in addition to the machine's, as PEM. */
  ca: readonly string[];
}

/** What the checks need of PostgreSQL. Tests pass their own. */
export type DatabaseReader = Pick<LiveDatabase, keyof LiveDatabase>;

/**
 * Connects directly to the host or to the endpoints of its Service. Writes only temporary replication slots, which
 * end with their session.
 */
export class LiveDatabase {
  /** Address that answered last, even if it refused the login. Undefined if none answered. */
  answered?: Address;

  constructor(private readonly args: DatabaseArgs) {}

  /** Who names an address means this machine to reach it: without an answer there, this throws an ordinary error. */
  private async openGiven(login: Login, address: Address): Promise<DatabaseSession> {
    try {
      return await this.open(login, address);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      throw new Error(`--database-address ${error.message}`, { cause: error });
    }
  }

  /** Throws {@link Unreachable} or {@link NotVerifiable} if this machine cannot tell. */
  async connect(login: Login): Promise<DatabaseSession> {
    const { database, kubernetes, address } = this.args;
    const own = { host: database.host, port: database.port };
    if (address !== undefined) return this.openGiven(login, address);
    try {
      return await this.open(login, own);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      const endpoints = await endpointsOf(kubernetes, database.host, database.port);
      for (const endpoint of endpoints) {
        try {
          return await this.open(login, endpoint);
        } catch (other) {
          if (!(other instanceof Unreachable)) throw other;
        }
      }
      throw error;
    }
  }

  private async authorities(): Promise<Authorities> {
    const { database, namespace, kubernetes, ca } = this.args;
    if (database.caSecret === undefined) return { trusted: ca };
    const { name, key } = database.caSecret;
    const secret = await secretData(kubernetes, name, namespace);
    const pem = secret?.[key];
    if (pem !== undefined) return { trusted: [pem] };
    const missing =
      secret === undefined && (await this.isNew())
        ? new NotVerifiable(
            `namespace ${namespace} is not there yet, and with it Secret ${name} (database.caSecret) by ` +
              "which the server is verified; give its authorities with --ca-file",
          )
        : new Error(`Secret ${name} (database.caSecret) has no key ${key}`);
    return { trusted: ca, missing };
  }

  private async isNew(): Promise<boolean> {
    const { kubernetes, namespace } = this.args;
    return (await kubernetes.get<object>("v1", "Namespace", namespace)) === undefined;
  }

  private async open(login: Login, { host: name, port }: Address): Promise<DatabaseSession> {
    // RFC 6761: names below localhost are loopback addresses.
    const host = name.endsWith(".localhost") ? "127.0.0.1" : name;
    const { sslMode, host: servername } = this.args.database;
    const { trusted, missing } = await this.authorities();
    const client = new pg.Client({
      ...login,
      host,
      port,
      ssl: ssl(sslMode, servername, trusted),
      connectionTimeoutMillis: 8000,
      application_name: "access-plane-verify",
    });
    // The call that needs the connection reports its loss.
    client.on("error", () => undefined);
    try {
      await client.connect();
    } catch (error) {
      await client.end().catch(() => undefined);
      const { code = "", message } = error as NodeJS.ErrnoException;
      if (missing !== undefined && UNVERIFIED.has(code)) throw missing;
      const timedOut = message.includes("timeout expired");
      if (!UNREACHABLE.has(code) && !timedOut) {
        this.answered = { host, port };
        throw error;
      }
      throw new Unreachable(`${host}:${port}: ${timedOut ? "no answer" : code}`);
    }
    this.answered = { host, port };
    return {
      query: async (sql, values) => (await client.query(sql, values)).rows as never,
      close: () => client.end(),
    };
  }
}
