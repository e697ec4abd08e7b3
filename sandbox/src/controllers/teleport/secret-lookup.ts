/** Resolves `secret://name/key` in the few fields where the operator does. */
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

/** Why a reference cannot be resolved. Undefined if it can. Does not keep the value. */
export async function lookupFault(
  client: KubeClient,
  kind: TeleportKind,
  owner: CustomObject,
): Promise<string | undefined> {
  const value = owner.spec?.[FIELDS[kind.collection] ?? ""];
  if (typeof value !== "string" || !value.startsWith("secret://")) return undefined;
  const [name = "", key = ""] = value.slice("secret://".length).split("/");
  if (!name) return "missing secret name";
  if (!key) return "missing secret key";
  const secret = await client.find<Secret>(SECRETS, owner.metadata.namespace, name);
  if (!secret) return `failed to lookup secret\n\tSecret "${name}" not found`;
  const allowed = secret.metadata.annotations?.[ALLOW];
  if (allowed === undefined) return `secret "${name}" doesn't have the "${ALLOW}" annotation`;
  const names = allowed.split(",").map((cr) => cr.trim());
  if (allowed !== "*" && !names.includes(owner.metadata.name)) {
    return `secret "${name}" have the annotation "${ALLOW}" but it does not contain "${owner.metadata.name}"`;
  }
  return secret.data?.[key] === undefined ? `secret "${name}" is missing key "${key}"` : undefined;
}
