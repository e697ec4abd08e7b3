import { spawnSync } from "node:child_process";

/** Skips a suite that plays the kubelet for the bootstrap Job: PostgreSQL from npm has no psql. */
export function needsPsql(suite: Mocha.Context): void {
  if (spawnSync("psql", ["--version"]).status === 0) return;
  process.stdout.write("      skipped: psql is not installed, which the bootstrap Job needs\n");
  suite.skip();
}
