import { isIP } from "node:net";
import { isInCluster } from "../../teleport/names";
import { rule, type Rule } from "./rule";

/** Rules about the PostgreSQL databases. */

/** Amazon RDS and Aurora, `ID.HASH.REGION.rds.amazonaws.com`; in China `….rds.REGION.amazonaws.com.cn`. */
const RDS = /\.rds\.(amazonaws\.com|[a-z0-9-]+\.amazonaws\.com\.cn)$/;

/** Top-level domains outside public DNS (RFC 2606, 6761, 6762 appendix G, 8375 and common use). */
const PRIVATE =
  /\.(local|localdomain|localhost|internal|intranet|private|corp|home|home\.arpa|lan|test|example|invalid|consul)$/;

/** Why no public authority signs a certificate for a host. Undefined if one may. */
function privateAuthority(given: string): string | undefined {
  const host = given.toLowerCase().replace(/\.$/, "");
  if (RDS.test(host)) {
    return (
      `${given} has a certificate of Amazon RDS's own authority (the region's bundle is at ` +
      "https://truststore.pki.rds.amazonaws.com)"
    );
  }
  const isPrivate = isIP(host) !== 0 || isInCluster(host) || PRIVATE.test(host);
  return isPrivate ? `no public authority gives ${given} a certificate` : undefined;
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
          `is missing: sslMode is "${sslMode}", but no public authority signs a certificate for ${host}: name a ` +
            "Secret with the authority of its certificate.",
          [["database", "host"]],
        );
      } else if (authority !== undefined) {
        report.problem(
          ["database", "caSecret"],
          `is missing: sslMode is "${sslMode}", and ${authority}: name a Secret with its certificates, or ` +
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
        `is "${auditDatabase}", the database of cluster state: use another one for audit events.`,
        [["database", "stateDatabase"]],
      );
    }
    if (port === 6432 || /(^|[.-])pgbouncer([.-]|$)/.test(host)) {
      report.warning(
        ["database", port === 6432 ? "port" : "host"],
        `is ${port === 6432 ? "6432" : `"${host}"`}, usually pgbouncer: Teleport's change feed needs PostgreSQL itself.`,
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
