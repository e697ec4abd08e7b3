/** Where and as whom Teleport reaches PostgreSQL; the password travels separately. */
export interface PostgresAddress {
  /** Host, reached directly: the change feed needs logical replication (no pgbouncer). */
  host: string;
  port: number;
  /** Login role with REPLICATION. */
  user: string;
  sslMode: string;
  /** Secret with the certificates that signed PostgreSQL's. Default: the image's public ones. */
  caSecret?: { name: string; key: string };
  /** Most connections of an auth pod to each database. */
  poolMaxConns: number;
  /** Database of cluster state. */
  stateDatabase: string;
  /** Database of audit events. */
  auditDatabase: string;
  /** How long audit events are kept, a Go duration. */
  auditRetention: string;
}

const CA_DIR = "/etc/teleport-database-ca";

/** The database's certificate authority as a volume; `file` is where it is then mounted. */
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
 * `teleport.storage` of teleport.yaml for the PostgreSQL backend
 * (Teleport's storage-backends reference). Holds no password: Teleport takes it from `PGPASSWORD`.
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
