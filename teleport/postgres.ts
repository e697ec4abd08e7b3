/** How Teleport connects to PostgreSQL, without the password. */
export interface PostgresAddress {
  /** Host of the server itself: the change feed needs logical replication, so no pgbouncer. */
  host: string;
  port: number;
  /** Login role with REPLICATION. */
  user: string;
  sslMode: string;
  /** Secret with the authority of PostgreSQL's certificate. Default: the image's public authorities. */
  caSecret?: { name: string; key: string };
  /** Maximum connections of an auth pod to each database. */
  poolMaxConns: number;
  /** Database of cluster state. */
  stateDatabase: string;
  /** Database of audit events. */
  auditDatabase: string;
  /** How long audit events are kept, a Go duration. */
  auditRetention: string;
}

const CA_DIR = "/etc/teleport-database-ca";

/** Volume with the database's certificate authority. `file` is its path in the pod. */
export function caVolume(at: PostgresAddress) {
  if (at.caSecret === undefined) return undefined;
  const { name, key } = at.caSecret;
  return {
    file: `${CA_DIR}/ca.crt`,
    volume: {
      name: "database-ca",
      secret: { secretName: name, items: [{ key, path: "ca.crt" }] },
    },
    mount: { name: "database-ca", mountPath: CA_DIR, readOnly: true },
  };
}

function uri(at: PostgresAddress, database: string): string {
  const ca = caVolume(at);
  const search = new URLSearchParams({
    sslmode: at.sslMode,
    ...(ca === undefined ? {} : { sslrootcert: ca.file }),
    pool_max_conns: String(at.poolMaxConns),
  });
  const path = encodeURIComponent(database);
  return `postgresql://${encodeURIComponent(at.user)}@${at.host}:${at.port}/${path}?${search.toString()}`;
}

/**
 * `teleport.storage` of teleport.yaml for the PostgreSQL backend. It has no password: Teleport reads
 * `PGPASSWORD`. Source: Teleport's storage-backends reference.
 */
export function postgresStorage(at: PostgresAddress, sessionRecordings: string) {
  return {
    type: "postgresql",
    conn_string: uri(at, at.stateDatabase),
    audit_events_uri: [
      `${uri(at, at.auditDatabase)}#retention_period=${at.auditRetention}`,
      "stdout://",
    ],
    audit_sessions_uri: sessionRecordings,
  };
}
