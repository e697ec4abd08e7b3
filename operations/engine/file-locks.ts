import * as fs from "node:fs";
import * as path from "node:path";
import type { EngineOptions } from "./engine-stack";
import { projectName } from "../base/stack-file";
import { fileBackend } from "./file-backend";
import type { Holder } from "./lock";

interface LockFile {
  pid: number;
  username: string;
  hostname: string;
  timestamp: string;
}

/**
 * Holders of a stack's lock in a file backend. Undefined for other backends, which name the holder only in
 * the error of a command that needs the lock.
 */
export async function fileLocks(
  stack: string,
  options: EngineOptions,
): Promise<Holder[] | undefined> {
  const root = await fileBackend(options);
  if (root === undefined) return undefined;
  const folder = path.join(root, ".pulumi/locks/organization", projectName(options.cwd), stack);
  if (!fs.existsSync(folder)) return [];
  // There may be a file with attributes beside each lock.
  const files = fs.readdirSync(folder).filter((file) => file.endsWith(".json"));
  return files.map((file) => {
    const lock = JSON.parse(fs.readFileSync(path.join(folder, file), "utf8")) as LockFile;
    const { username, hostname, pid, timestamp } = lock;
    return { user: username, host: hostname, pid, since: new Date(timestamp) };
  });
}
