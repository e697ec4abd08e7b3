import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { readProcesses } from "../../operations/engine/processes";
import type { EngineStack } from "../engine/stack";

/** Lets go on what was stopped. */
export type GoOn = () => Promise<void>;

/** Stops a part of the sandbox and all that it has started, where they are; its ports stay open. */
export function pausePart({ stateDir }: EngineStack, name: string): GoOn {
  const { parts } = JSON.parse(fs.readFileSync(path.join(stateDir, "state.json"), "utf8")) as {
    parts: Partial<Record<string, { pid: number }>>;
  };
  const pid = parts[name]?.pid;
  if (pid === undefined) throw new Error(`the sandbox has no part ${name}`);
  const all = readProcesses();
  const group = [pid];
  for (const parent of group) {
    group.push(...all.filter((one) => one.parent === parent).map((one) => one.pid));
  }
  group.forEach((one) => process.kill(one, "SIGSTOP"));
  return () => {
    group.reverse().forEach((one) => process.kill(one, "SIGCONT"));
    return Promise.resolve();
  };
}

/** Seals Vault. */
export async function sealVault(stack: EngineStack): Promise<GoOn> {
  const file = path.join(stack.stateDir, "vault/keys.json");
  const { unsealKey } = JSON.parse(fs.readFileSync(file, "utf8")) as { unsealKey: string };
  await stack.vault("sys/seal", {});
  return async () => {
    await stack.vault("sys/unseal", { key: unsealKey });
  };
}

/** Whether this process may mount, which a small disk needs. */
export const mayMount = () => process.getuid?.() === 0;

/**
 * Puts the stored state onto a disk of its own that is full but for some bytes; what is stored there
 * in the meantime stays.
 */
export function fillDisk({ stateDir }: EngineStack, left: number): GoOn {
  const folder = path.join(stateDir, "pulumi-state");
  const kept = path.join(stateDir, "pulumi-state-kept");
  fs.cpSync(folder, kept, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m,mode=700", "tmpfs", folder]);
  fs.cpSync(kept, folder, { recursive: true });
  const { bavail, bsize } = fs.statfsSync(folder);
  fs.writeFileSync(path.join(folder, "filler"), Buffer.alloc(bavail * bsize - left));
  return () => {
    fs.rmSync(path.join(folder, "filler"));
    fs.rmSync(kept, { recursive: true });
    fs.cpSync(folder, kept, { recursive: true });
    execFileSync("umount", [folder]);
    fs.rmSync(folder, { recursive: true });
    fs.renameSync(kept, folder);
    return Promise.resolve();
  };
}
