import { hostPortFault, urlFault } from "./address";

/**
 * Addresses of databases: HOST:PORT, and for some protocols a URL.
 * Source: ValidateDatabase in lib/services/database.go of Teleport 18.
 */

/** URL schemes of each protocol. */
const SCHEMES: Record<string, readonly string[]> = {
  mongodb: ["mongodb", "mongodb+srv"],
  redis: ["redis", "rediss"],
  clickhouse: ["clickhouse"],
  "clickhouse-http": ["https"],
  snowflake: ["https"],
  sqlserver: ["sqlserver", "mssql"],
  elasticsearch: ["http", "https"],
  opensearch: ["http", "https"],
};

/** Protocols whose address needs no port, because the scheme or the service has a default. */
const PORTLESS = ["mongodb", "redis", "snowflake", "dynamodb", "elasticsearch", "opensearch"];

/** An instance of AlloyDB, which has no host. Source: ParseAlloyDBConnectionURI in lib/gcp. */
const ALLOYDB =
  /^alloydb:\/\/projects\/[^/]+\/locations\/[^/]+\/clusters\/[^/]+\/instances\/[^/]+$/;

/** What is wrong with the address of a database. Undefined if nothing is. */
export function databaseAddressFault(protocol: string, uri: string): string | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(uri)?.[1]?.toLowerCase();
  const known = SCHEMES[protocol] ?? [];
  if (scheme === "alloydb" && protocol === "postgres") {
    return ALLOYDB.test(uri)
      ? undefined
      : `is ${JSON.stringify(uri)}, must be alloydb://projects/PROJECT/locations/REGION/clusters/CLUSTER/instances/INSTANCE.`;
  }
  if (scheme === undefined) {
    return PORTLESS.includes(protocol) && urlFault(`https://${uri}`) === undefined
      ? undefined
      : hostPortFault(uri);
  }
  if (!known.includes(scheme)) {
    const forms = ["HOST:PORT", ...known.map((one) => `${one}://…`)].join(" or ");
    return `is ${JSON.stringify(uri)}, must be ${forms} for the protocol ${protocol}.`;
  }
  // MongoDB's addresses may have several hosts.
  const [, , hosts = "", rest = ""] = /^([^:]+:\/\/)([^/?#]*)(.*)$/s.exec(uri) ?? [];
  return hosts
    .split(",")
    .map((host) => urlFault(`${scheme}://${host}${rest}`))
    .find((fault) => fault !== undefined);
}
