import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { moto } from "./catalogue.ts";
import { judge } from "./find-on-path.ts";
import { installFolder, removeTree } from "./install.ts";
import { toolchainDir } from "./paths.ts";
import { ask, runCommand } from "./run-command.ts";
import { builtDir } from "./tools.ts";

const advice =
  "Python 3.11 or later with its venv module is needed for the AWS emulator (Debian: " +
  "apt-get install python3 python3-venv). Install it, then run the command again.";

/** Why the AWS emulator cannot be installed here, or undefined when it can. */
export function whyNoPython(): string | undefined {
  const found = judge("python3", ["--version"], { atLeast: "3.11" });
  if (!found.suitable) return `python3: ${found.why}. ${advice}`;
  return ask(found.path, ["-c", "import venv, ensurepip"]) === undefined
    ? `python3: has no venv. ${advice}`
    : undefined;
}

/** Install moto into a virtual environment of its own; every wheel is checked against its pinned hash. */
export async function installMoto(): Promise<void> {
  await installFolder(builtDir(moto), async (folder) => {
    await runCommand("python3", ["-m", "venv", folder]);
    const cache = await mkdtemp(join(tmpdir(), "access-plane-pip-"));
    try {
      await runCommand(join(folder, "bin", "python"), [
        ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check"],
        ...["--require-hashes", "--no-deps", "--cache-dir", cache],
        ...["-r", join(toolchainDir, "moto", "requirements.txt")],
      ]);
    } finally {
      await removeTree(cache);
    }
  });
}
