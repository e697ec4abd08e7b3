import * as pulumi from "@pulumi/pulumi";
import type { CredentialsSource } from "../database-credentials";

/** Which password the last update left: where it comes from, and of a generated one which. */
export interface PasswordSource {
  source: CredentialsSource["source"];
  rotation?: string;
}

/** What this update leaves, for the next one. */
export const passwordOf = (credentials: CredentialsSource): PasswordSource =>
  credentials.source === "generated"
    ? { source: "generated", rotation: credentials.rotation }
    : { source: credentials.source };

/**
 * Throws where a generated password would change although nobody gives it to PostgreSQL: auth would
 * be restarted into failed logins.
 */
export function refuseRotation(
  credentials: CredentialsSource,
  previous: PasswordSource | undefined,
): void {
  if (credentials.source !== "generated" || credentials.bootstrap !== undefined) return;
  if (previous === undefined) return;
  const { source, rotation } = previous;
  if (source === "generated" && rotation === credentials.rotation) return;
  const change =
    source === "generated"
      ? `rotation is "${credentials.rotation}" and was "${rotation ?? ""}"`
      : `source is generated and was ${source}`;
  throw new pulumi.RunError(
    `access-plane:database.credentials.${change}, so the password changes in Vault, and nothing changes ` +
      "it in PostgreSQL: set database.credentials.bootstrap, whose Job does, or leave it as it was " +
      "(docs/operations.md: rotate the database password).",
  );
}
