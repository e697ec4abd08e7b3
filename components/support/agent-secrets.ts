import type * as pulumi from "@pulumi/pulumi";
import type { VaultSecret } from "../../inventory/secrets";
import { formerNames } from "./former-names";
import { revisionOf, SyncedSecret, type SyncedSecretArgs } from "../synced-secret";

/** Arguments of {@link AgentSecrets}. */
export interface AgentSecretsArgs extends Pick<
  SyncedSecretArgs,
  "namespace" | "authRef" | "refreshAfter" | "takeOver"
> {
  /** All Secrets of the stack; those of this agent are created. */
  secrets: readonly VaultSecret[];
}

const SUFFIX = { credentials: "-credentials", token: "-vault-token", kubeconfig: "-kubeconfig" };

/** The Secrets that the pods of one agent mount. Each name is known once the Secret is ready. */
export class AgentSecrets {
  readonly names: {
    credentialsSecretName?: pulumi.Output<string>;
    joinSecretName?: pulumi.Output<string>;
    kubeconfigSecretName?: pulumi.Output<string>;
  };
  private readonly revisions: pulumi.Output<string>[] = [];

  /** Changes with the values that pods read at start, where Pulumi has to restart them. */
  get revision(): pulumi.Output<string> | undefined {
    return revisionOf(this.revisions);
  }

  constructor(
    parent: pulumi.ComponentResource,
    release: string,
    { secrets, ...fromVault }: AgentSecretsArgs,
  ) {
    const made: Partial<Record<keyof typeof SUFFIX, pulumi.Output<string>>> = {};
    for (const { consumer, secretName, source, keys, restartTargets } of secrets) {
      if (consumer.kind !== "agent" || consumer.release !== release) continue;
      const suffix = SUFFIX[consumer.use];
      const synced = new SyncedSecret(
        `${release}${suffix}`,
        { ...fromVault, secretName, source, keys, restartTargets },
        { parent, aliases: formerNames(release, suffix) },
      );
      made[consumer.use] = synced.secretName;
      if (synced.revision !== undefined) this.revisions.push(synced.revision);
    }
    this.names = {
      credentialsSecretName: made.credentials,
      joinSecretName: made.token,
      kubeconfigSecretName: made.kubeconfig,
    };
  }
}
