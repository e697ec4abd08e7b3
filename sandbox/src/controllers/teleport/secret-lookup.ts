/** `secret://name/key` in the few fields where the operator understands it. */
import type { KubeClient, Resource } from "../kube-client.ts";
import type { CustomObject, KubeObject } from "../objects.ts";
import type { TeleportKind } from "./kinds.ts";

const SECRETS: Resource = { group: "", version: "v1", plural: "secrets" };
const ALLOW = "resources.teleport.dev/allow-lookup-from-cr";
const FIELDS: Record<string, string> = {
  github: "client_secret",
  oidc: "client_secret",
  trusted_cluster: "token",
};

interface Secret extends KubeObject {
  data?: Record<string, string>;
}

/** Why a reference cannot be followed, or nothing. The value itself is not kept. */
export async function lookupFault(
  client: KubeClient,
  kind: TeleportKind,
  owner: CustomObject,
): Promise<string | undefined> {
  const value = owner.spec?.[FIELDS[kind.collection] ?? ""];
  if (typeof value !== "string" || !value.startsWith("secret://")) return undefined;
  const [name = "", key = ""] = value.slice("secret://".length).split("/");
  if (!name || !key) return "secret reference must look like secret://name/key";
  const secret = await client.find<Secret>(SECRETS, owner.metadata.namespace, name);
  if (!secret) return `secrets "${name}" not found`;
  const allowed = (secret.metadata.annotations?.[ALLOW] ?? "").split(",").map((cr) => cr.trim());
  if (!allowed.includes("*") && !allowed.includes(owner.metadata.name)) {
    return `secret ${name} does not allow a lookup from ${owner.metadata.name}: annotate it with ${ALLOW}`;
  }
  return secret.data?.[key] === undefined ? `secret ${name} has no key ${key}` : undefined;
}
