import type * as pulumi from "@pulumi/pulumi";
import { readPaths, type VaultSecret } from "../../inventory/secrets";
import type { PlaneSettings } from "../../settings/schema";
import { VaultAccess } from "../vault-access";

/** Arguments of {@link vaultAuth}. */
export interface VaultAuthArgs {
  vault: PlaneSettings["vault"];
  /** Secrets of the stack; the access covers those of the namespace. */
  secrets: readonly VaultSecret[];
  /** Name of the namespace. */
  place: string;
  /** The same, known once the namespace exists. */
  namespace: pulumi.Input<string>;
  /** Name of policy and role in Vault. */
  roleName: string;
  /** Name of the VaultAuth. */
  objectName: string;
}

/**
 * Creates the access of the Vault Secrets Operator for one namespace; returns the name of the VaultAuth.
 * Undefined if the namespace has no Secrets from Vault, or if Pulumi delivers them.
 */
export function vaultAuth(
  name: string,
  { vault, secrets, place, ...access }: VaultAuthArgs,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Output<string> | undefined {
  const paths = readPaths(secrets, place);
  if (vault.delivery === "pulumi" || paths.length === 0) return undefined;
  const { kubernetesAuthMount, audience, connectionRef } = vault;
  const login = { kubernetesAuthMount, audience, connectionRef };
  return new VaultAccess(name, { ...access, readPaths: paths, ...login }, opts).authRef;
}
