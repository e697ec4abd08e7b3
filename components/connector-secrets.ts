import * as pulumi from "@pulumi/pulumi";
import {
  CONNECTOR_SECRETS,
  type ConnectorCollection,
  type VaultSecret,
} from "../inventory/secrets";
import { revisionOf, SyncedSecret, type SyncedSecretArgs } from "./synced-secret";

/** Arguments of {@link ConnectorSecrets}. */
export interface ConnectorSecretsArgs extends Pick<
  SyncedSecretArgs,
  "namespace" | "authRef" | "refreshAfter" | "takeOver"
> {
  /** All Secrets of the stack; this component creates those of connectors. */
  secrets: readonly VaultSecret[];
}

/** `client_secret` of each connector, by its name. */
type References = Partial<Record<string, pulumi.Output<string>>>;

/**
 * Client secrets of connectors, delivered from Vault. Only its own connector may look a Secret up. The
 * operator does not watch Secrets, so a changed one restarts it.
 */
export class ConnectorSecrets extends pulumi.ComponentResource {
  /** Value of `client_secret`, by section and name of the connector. */
  public readonly references: Record<ConnectorCollection, References> = {
    githubConnectors: {},
    oidcConnectors: {},
  };

  /** Secrets with keys of Google service accounts, by connector. */
  public readonly googleSecrets: Record<string, pulumi.Output<string>> = {};

  /** See {@link SyncedSecret.revision}. */
  public readonly revision: pulumi.Output<string> | undefined;

  constructor(name: string, args: ConnectorSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("access-plane:components:ConnectorSecrets", name, {}, opts);
    const { secrets, ...fromVault } = args;
    const revisions: pulumi.Output<string>[] = [];
    for (const { consumer, secretName, source, keys, restartTargets, annotations } of secrets) {
      if (consumer.kind === "google-workspace") {
        this.googleSecrets[consumer.name] = new SyncedSecret(
          `google-workspace-${consumer.name}-secret`,
          { ...fromVault, secretName, source, keys, restartTargets },
          { parent: this },
        ).secretName;
      }
      if (consumer.kind !== "connector") continue;
      const secret = new SyncedSecret(
        `${CONNECTOR_SECRETS[consumer.collection]}-${consumer.name}-secret`,
        { ...fromVault, secretName, source, keys, restartTargets, annotations },
        { parent: this },
      );
      if (secret.revision !== undefined) revisions.push(secret.revision);
      const [key = ""] = Object.keys(keys);
      this.references[consumer.collection][consumer.name] =
        pulumi.interpolate`secret://${secret.secretName}/${key}`;
    }
    this.revision = revisionOf(revisions);
    this.registerOutputs({});
  }
}
