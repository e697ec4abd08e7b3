import { rule, type Rule } from "./rule";

/** Rules about the PostgreSQL databases. */

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
