import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The checkout this sandbox belongs to. */
export const checkout = resolve(import.meta.dirname, "../../..");

/** Data of one checkout: state, logs, plugins. Ignored by git. */
export const stateDir = join(checkout, ".sandbox");

/** Folder with the pinned modules of the tools. */
export const toolchainDir = join(checkout, "sandbox", "toolchain");

/** PULUMI_HOME of the sandbox. */
export const pulumiHome = join(stateDir, "pulumi");

/** Cache of all checkouts of a user: finished tools by version. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const base = env["XDG_CACHE_HOME"];
  return join(base ? resolve(base) : join(homedir(), ".cache"), "access-plane");
}
