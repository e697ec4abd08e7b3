import { kvPaths, rolePaths, type VaultSecret } from "../../inventory/secrets";
import type { SettingsWithAgents } from "../../settings/schema";
import { setSetting, UP } from "./remedy";

/** Commands that give a key of a Secret a new value, and deliver it. */
export function renewal(
  { vault }: Pick<SettingsWithAgents, "vault">,
  { source, generated, keys, consumer }: VaultSecret,
  key: string,
): string {
  if (source.type !== "kv-v2") return `\`vault write -f ${rolePaths(source).rotation}\``;
  if (generated) return `${setSetting("database.credentials.rotation")}, then ${UP}`;
  const deliver = vault.delivery === "pulumi" ? `, then ${UP}` : "";
  const patch = `\`vault kv patch ${kvPaths(source).kv} ${keys[key] ?? key}=-\`${deliver}`;
  return consumer.kind === "database"
    ? `the new password in PostgreSQL first (docs/operations.md: rotate the database password), then ${patch}`
    : patch;
}
