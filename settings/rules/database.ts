import { isIP } from "node:net";
import { isInCluster } from "../../teleport/names";
import { rule, type Rule } from "./rule";

/** Rules about the PostgreSQL databases. */

/** Why no public authority vouches for a host; undefined where one may. */
function privateAuthority(host: string): string | undefined {
  if (/\.rds\.amazonaws\.com(\.cn)?$/.test(host)) {
    return (
      `${host} has a certificate of Amazon RDS's own authority (the region's bundle is at ` +
      "https://truststore.pki.rds.amazonaws.com)"
    );
  }
  const isPrivate =
    isIP(host) !== 0 ||
    isInCluster(host) ||
    /\.(local|internal|lan|intranet|corp|home|localhost|test)$/.test(host);
  return isPrivate ? `no public authority gives ${host} a certificate` : undefined;
}

const database = rule({
  needs: ["database"],
  check({ database: { stateDatabase, auditDatabase, port, host, sslMode, caSecret } }, report) {
    if (caSecret !== undefined && !sslMode.startsWith("verify-")) {
      report.problem(
        ["database", "caSecret"],
        `is set, but sslMode "${sslMode}" verifies nothing: set verify-full, or remove it.`,
        [["database", "sslMode"]],
      );
    }
    if (caSecret === undefined && sslMode.startsWith("verify-")) {
      const authority = privateAuthority(host);
      // A search domain may complete a bare name; that is not known here.
      if (!host.includes(".") && isIP(host) === 0) {
        report.warning(
          ["database", "caSecret"],
          `is missing: sslMode is "${sslMode}", and a public authority gives no certificate to ${host}; name a ` +
            "Secret with the certificates of the one that does.",
          [["database", "host"]],
        );
      } else if (authority !== undefined) {
        report.problem(
          ["database", "caSecret"],
          `is missing: sslMode is "${sslMode}", and ${authority}; name a Secret with its certificates, or ` +
            "set require, which verifies nothing.",
          [
            ["database", "host"],
            ["database", "sslMode"],
          ],
        );
      }
    }
    if (stateDatabase === auditDatabase) {
      report.problem(
        ["database", "auditDatabase"],
        `is "${auditDatabase}", the database of cluster state: audit events need one of their own.`,
        [["database", "stateDatabase"]],
      );
    }
    if (port === 6432 || /(^|[.-])pgbouncer([.-]|$)/.test(host)) {
      report.warning(
        ["database", port === 6432 ? "port" : "host"],
        `is ${port === 6432 ? "6432" : `"${host}"`}, usually pgbouncer's: Teleport's change feed needs PostgreSQL itself.`,
      );
    }
    if (sslMode === "disable" || sslMode === "prefer") {
      report.warning(
        ["database", "sslMode"],
        `is "${sslMode}": password and data may travel unencrypted; use verify-full.`,
      );
    }
  },
});

export const databaseRules: readonly Rule[] = [database];
