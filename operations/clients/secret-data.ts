import type * as k8s from "@kubernetes/client-node";
import type { KubeReader } from "./kubernetes";

/** Values of a Secret by key. Undefined if there is no such Secret. */
export async function secretData(
  kubernetes: KubeReader,
  name: string,
  namespace: string,
): Promise<Partial<Record<string, string>> | undefined> {
  const secret = await kubernetes.get<k8s.V1Secret>("v1", "Secret", name, namespace);
  if (secret === undefined) return undefined;
  const entries = Object.entries(secret.data ?? {});
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
  );
}
