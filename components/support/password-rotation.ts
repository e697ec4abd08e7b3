import * as pulumi from "@pulumi/pulumi";
import type { CredentialsSource } from "../database-credentials";

/** Output about the database password: its source, and the rotation of a generated one. */
export interface PasswordSource {
  source: CredentialsSource["source"];
  rotation?: string;
  /** Path in Vault of a generated one. */
  path?: string;
}

/** The output of this update, which the next update reads. */
export const passwordOf = (credentials: CredentialsSource): PasswordSource =>
  credentials.source === "generated"
    ? { source: "generated", rotation: credentials.rotation, path: credentials.path }
    : { source: credentials.source };

/**
 * Throws where a generated password would change although nobody gives it to PostgreSQL: auth would
 * be restarted into failed logins. Also where a person's password is to come from the path of the
 * generated one, which this update deletes.
 */
export function refuseRotation(
  credentials: CredentialsSource,
  previous: PasswordSource | undefined,
): void {
  if (
    credentials.source === "existing" &&
    previous?.source === "generated" &&
    credentials.path === previous.path
  ) {
    throw new pulumi.RunError(
      `access-plane:database.credentials.path is "${credentials.path}", where the generated password is, ` +
        "which this update deletes: write PostgreSQL's password to another path, and name that one " +
        "(docs/operations.md: change where the password comes from).",
    );
  }
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
