import { isIP } from "node:net";
import { hostAndPort, hostPortFault, urlFault } from "./address";

/**
 * Addresses of databases: HOST:PORT, and for some protocols a URL.
 * Source: ValidateDatabase in lib/services/database.go of Teleport.
 */

/** URL schemes of each protocol. */
const SCHEMES: Record<string, readonly string[]> = {
  mongodb: ["mongodb", "mongodb+srv"],
  redis: ["redis", "rediss"],
  clickhouse: ["clickhouse"],
  "clickhouse-http": ["https"],
  snowflake: ["https"],
  sqlserver: ["mssql"],
};

/** Protocols that have a default port without a scheme. */
const PORTLESS = ["redis", "snowflake", "dynamodb"];
/** Protocols that need a port even with a scheme. */
const WITH_PORT = ["clickhouse", "clickhouse-http", "sqlserver"];

const REDIS_MODES = ["standalone", "cluster"];

/** An AlloyDB instance. It has no host. Source: ParseAlloyDBConnectionURI in lib/gcp. */
const ALLOYDB =
  /^alloydb:\/\/projects\/[^/]+\/locations\/[^/]+\/clusters\/[^/]+\/instances\/[^/]+$/;

/** What is wrong with the form of an address. */
function formFault(protocol: string, uri: string): string | undefined {
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

/** What is wrong with the address of a database. Undefined if nothing is. */
export function databaseAddressFault(protocol: string, uri: string): string | undefined {
  const fault = formFault(protocol, uri);
  if (fault !== undefined) return fault;
  const is = `is ${JSON.stringify(uri)}`;
  const [, authority = "", rest = ""] = /^(?:[^:]+:\/\/)?([^/?#]*)(.*)$/s.exec(uri) ?? [];
  const { host = "", port } = hostAndPort(authority) ?? {};
  if (WITH_PORT.includes(protocol) && port === undefined) {
    return `${is}, and needs a port: write HOST:PORT.`;
  }
  if (protocol === "redis") {
    const mode = /[?&]mode=([^&#]*)/.exec(rest)?.[1];
    if (mode !== undefined && !REDIS_MODES.includes(mode)) {
      return `${is}, and its mode must be one of ${REDIS_MODES.join(", ")}.`;
    }
  }
  if (protocol === "sqlserver" && (rest !== "" || isIP(host) > 0 || host.split(".").length < 3)) {
    return `${is}, must be COMPUTER.DOMAIN:PORT with the name in Active Directory, such as sql.ad.example.com:1433.`;
  }
  if (protocol === "snowflake" && !uri.includes("snowflakecomputing.com")) {
    return `${is}, must be a host of snowflakecomputing.com.`;
  }
  return protocol === "spanner" && uri !== "spanner.googleapis.com:443"
    ? `${is}, must be spanner.googleapis.com:443.`
    : undefined;
}
