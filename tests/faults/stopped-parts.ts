import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { readProcesses } from "../../operations/engine/processes";
import type { EngineStack } from "../engine/stack";

/** Resumes what was stopped. */
export type Resume = () => Promise<void>;

/** Pauses a part of the sandbox and its child processes with SIGSTOP. Their ports stay open. */
export function pausePart({ stateDir }: EngineStack, name: string): Resume {
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
export async function sealVault(stack: EngineStack): Promise<Resume> {
  const file = path.join(stack.stateDir, "vault/keys.json");
  const { unsealKey } = JSON.parse(fs.readFileSync(file, "utf8")) as { unsealKey: string };
  await stack.vault("sys/seal", {});
  return async () => {
    await stack.vault("sys/unseal", { key: unsealKey });
  };
}

/** True if this process may mount a file system. */
export const mayMount = () => process.getuid?.() === 0;

/**
 * Moves the state to a file system with only `left` bytes free. Resuming moves it back, with what was
 * stored in the meantime.
 */
export function fillDisk({ stateDir }: EngineStack, left: number): Resume {
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
