/** The API path of a logical path: on a KV version 2 engine its data is under `<mount>/data/…`. */
import type { Vault } from "../client.ts";

export interface Place {
  version2: boolean;
  data: string;
  metadata: string;
}

export async function place(vault: Vault, path: string): Promise<Place> {
  const plain = { version2: false, data: path, metadata: path };
  let mount: { path?: string; options?: { version?: string } | null };
  try {
    mount = (await vault.read(`sys/internal/ui/mounts/${path}`))?.data ?? {};
  } catch {
    return plain;
  }
  const root = mount.path;
  if (mount.options?.version !== "2" || !root || !path.startsWith(root)) return plain;
  const rest = path.slice(root.length).replace(/^data\//, "");
  return { version2: true, data: `${root}data/${rest}`, metadata: `${root}metadata/${rest}` };
}
