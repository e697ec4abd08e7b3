import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { VaultSecret } from "../../inventory/secrets";
import { CAPSULE_CA_KEY } from "../../teleport/capsule";
import { formerNames } from "./former-names";
import { revisionOf, SyncedSecret, type SyncedSecretArgs } from "../synced-secret";

/** Arguments of {@link AgentSecrets}. */
export interface AgentSecretsArgs extends Pick<
  SyncedSecretArgs,
  "namespace" | "authRef" | "refreshAfter" | "takeOver"
> {
  /** Secrets of the stack; those of this agent are made. */
  secrets: readonly VaultSecret[];
  /** Capsule Proxy that the agent takes for the API server. */
  capsule?: { secretName: string };
  namespaceName: string;
}

const SUFFIX = { credentials: "-credentials", token: "-vault-token", kubeconfig: "-kubeconfig" };

/** The Secrets that one agent's pods mount; each name is known once the Secret is usable. */
export class AgentSecrets {
  readonly names: {
    credentialsSecretName?: pulumi.Output<string>;
    joinSecretName?: pulumi.Output<string>;
    kubeconfigSecretName?: pulumi.Output<string>;
    capsuleSecretName?: pulumi.Output<string>;
  };
  private readonly revisions: pulumi.Output<string>[] = [];

  /** Changes with what the pods read at start, where Pulumi has to restart them. */
  get revision(): pulumi.Output<string> | undefined {
    return revisionOf(this.revisions);
  }

  constructor(
    private readonly parent: pulumi.ComponentResource,
    private readonly release: string,
    { secrets, capsule, namespaceName, ...fromVault }: AgentSecretsArgs,
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
      capsuleSecretName: capsule && this.capsuleCa(namespaceName, capsule.secretName),
    };
  }

  /** Without that key the pods would wait for their volume for ever, and say so to nobody. */
  private capsuleCa(namespace: string, secretName: string): pulumi.Output<string> {
    const secret = k8s.core.v1.Secret.get(
      `${this.release}-capsule-proxy`,
      `${namespace}/${secretName}`,
      { parent: this.parent },
    );
    // Only the name goes on, which is none of the secret.
    return pulumi.unsecret(
      secret.data.apply((data: Record<string, string> | undefined) => {
        if ((data?.[CAPSULE_CA_KEY] ?? "") !== "") return secretName;
        throw new pulumi.ResourceError(
          `Secret ${namespace}/${secretName} has no key ${CAPSULE_CA_KEY}: name the Secret that Capsule ` +
            "Proxy itself uses (kubernetes.capsule.secretName), not that of its self-signed authority",
          this.parent,
        );
      }),
    );
  }
}
