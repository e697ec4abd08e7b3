/** A PostgreSQL of the test's own, for Vault's database engine; anybody on loopback may log in. */
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { toolPath } from "../src/setup/tools.ts";
import { freePort, Process, temporary } from "./provider-tables-support.ts";

export interface Postgres {
  port: number;
  stop: () => Promise<void>;
}

/** The server refuses to be root: then it runs as one who owns nothing. */
function account(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync("id", [flag, "nobody"]).toString());
  return { uid: id("-u"), gid: id("-g") };
}

export async function startPostgres(roles: string[]): Promise<Postgres> {
  const bin = toolPath("postgres-bin");
  const folder = temporary();
  const data = join(folder, "data");
  const as = account();
  if (as.uid !== undefined && as.gid !== undefined) chownSync(folder, as.uid, as.gid);
  const options = { ...as, cwd: "/", stdio: "ignore" as const };
  execFileSync(join(bin, "initdb"), ["-D", data, "-U", "postgres", "-A", "trust"], options);
  const port = await freePort();
  const settings = ["listen_addresses=127.0.0.1", `port=${port}`, "unix_socket_directories="];
  const args = ["-D", data, ...[...settings, "fsync=off"].flatMap((one) => ["-c", one])];
  const server = new Process(join(bin, "postgres"), args, {}, { ...as, cwd: "/" });
  await ready(port, server, roles);
  return {
    port,
    stop: async () => {
      await server.stop("SIGINT");
      if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ready(port: number, server: Process, roles: string[]): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres" });
    try {
      await client.connect();
      for (const role of roles) await client.query(`create role ${role} login`);
      await client.end();
      return;
    } catch (error) {
      if (attempt > 100 || server.child.exitCode !== null) {
        throw new Error(`PostgreSQL did not start: ${server.output}`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
