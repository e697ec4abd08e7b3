import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { CommandError } from "../base/exit-codes";
import { projectName } from "../base/stack-file";
import { engineJson, type EngineOptions } from "./engine-stack";

/** Folders of backends, by environment and project folder. */
const ASKED = new WeakMap<NodeJS.ProcessEnv, Map<string, Promise<string | undefined>>>();

/** Folder of a file backend. Undefined for other backends. Asks the CLI once for all stacks of a folder. */
export function fileBackend(options: EngineOptions): Promise<string | undefined> {
  const { env, cwd } = options;
  const known = ASKED.get(env) ?? new Map<string, Promise<string | undefined>>();
  ASKED.set(env, known);
  const folder = known.get(cwd) ?? askForFolder(options);
  known.set(cwd, folder);
  return folder;
}

async function askForFolder(options: EngineOptions): Promise<string | undefined> {
  const { url } = await engineJson<{ url?: string }>(["whoami", "--json"], options);
  if (url?.startsWith("file://") !== true) return undefined;
  const [folder = ""] = url.slice("file://".length).split("?");
  return folder.replace(/^~/, os.homedir());
}

const MEBIBYTE = 2 ** 20;
/** Minimum free space for an update, in addition to copies of the state. */
const LEAST = 32 * MEBIBYTE;
/** Copies of the state on the disk during an update: current, old, new, history and backups. */
const COPIES = 6;

function freeBytes(folder: string): number {
  const { bavail, bsize } = fs.statfsSync(folder);
  return bavail * bsize;
}

/**
 * Throws `CommandError` ENVIRONMENT if the disk of a file backend is nearly full. The Pulumi CLI would
 * overwrite its state with a part of it, and lose the rest.
 */
export async function refuseFullDisk(
  stack: string,
  options: EngineOptions,
  free = freeBytes,
): Promise<void> {
  const folder = await fileBackend(options);
  if (folder === undefined) return;
  const stacks = path.join(folder, ".pulumi/stacks", projectName(options.cwd));
  const sizes = ["", ".gz", ".zst"].map(
    (end) =>
      fs.statSync(path.join(stacks, `${stack}.json${end}`), { throwIfNoEntry: false })?.size ?? 0,
  );
  const needed = LEAST + COPIES * Math.max(...sizes);
  const found = free(folder);
  if (found >= needed) return;
  const size = (bytes: number) => `${(bytes / MEBIBYTE).toFixed(1)} MiB`;
  throw new CommandError(
    "ENVIRONMENT",
    `the disk of the state backend (${folder}) has ${size(found)} free, an update needs ${size(needed)}: ` +
      "free some. Nothing was touched.",
  );
}
