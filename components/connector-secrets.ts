import * as pulumi from "@pulumi/pulumi";
import type { PlaneSettings } from "../settings/schema";
import { ALLOW_LOOKUP } from "../teleport/checks/secret-references";
import { OPERATOR_DEPLOYMENT } from "../teleport/names";
import { revisionOf, SyncedSecret, type SyncedSecretArgs } from "./synced-secret";

const KINDS = { githubConnectors: "github-connector", oidcConnectors: "oidc-connector" } as const;
type Kind = keyof typeof KINDS;

/** Arguments of {@link ConnectorSecrets}. */
export interface ConnectorSecretsArgs extends Pick<
  SyncedSecretArgs,
  "namespace" | "authRef" | "refreshAfter"
> {
  /** Mount of Vault's KV v2 engine. */
  kvMount: string;
  /** Resources that the settings declare. */
  resources: Pick<PlaneSettings["resources"], Kind>;
}

/** Paths in Vault that connectors need, below the KV mount. */
export const connectorSecretPaths = (resources: ConnectorSecretsArgs["resources"]): string[] =>
  Object.keys(KINDS).flatMap((kind) =>
    Object.values(resources[kind as Kind]).flatMap(({ clientSecret }) => clientSecret?.path ?? []),
  );

/**
 * Client secrets of connectors, delivered from Vault as Secrets that their connector alone may look
 * up. The operator does not watch Secrets, so it is restarted when one changes.
 */
export class ConnectorSecrets extends pulumi.ComponentResource {
  /** What `client_secret` has to be, by kind and name of the connector. */
  public readonly references: Record<Kind, Partial<Record<string, pulumi.Output<string>>>>;

  /** See {@link SyncedSecret.revision}. */
  public readonly revision: pulumi.Output<string> | undefined;

  constructor(name: string, args: ConnectorSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("access-plane:components:ConnectorSecrets", name, {}, opts);
    const { kvMount, resources, ...fromVault } = args;
    const revisions: pulumi.Output<string>[] = [];
    const references = (kind: Kind) =>
      Object.fromEntries(
        Object.entries(resources[kind]).flatMap(([connector, { clientSecret }]) => {
          if (clientSecret === undefined) return [];
          const { path, key } = clientSecret;
          const secret = new SyncedSecret(
            `${KINDS[kind]}-${connector}-secret`,
            {
              ...fromVault,
              secretName: `${KINDS[kind]}-${connector}`,
              source: { type: "kv-v2", mount: kvMount, path },
              keys: [key],
              annotations: { [ALLOW_LOOKUP]: connector },
              restartTargets: [{ kind: "Deployment", name: OPERATOR_DEPLOYMENT }],
            },
            { parent: this },
          );
          if (secret.revision !== undefined) revisions.push(secret.revision);
          return [[connector, pulumi.interpolate`secret://${secret.secretName}/${key}`] as const];
        }),
      );
    this.references = {
      githubConnectors: references("githubConnectors"),
      oidcConnectors: references("oidcConnectors"),
    };
    this.revision = revisionOf(revisions);
    this.registerOutputs({});
  }
}
