import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { AgentSettings } from "../../settings/sections/agent";
import { JOIN_KEY } from "../../teleport/agent-join";
import { KUBECONFIG_KEY } from "../../teleport/agent-services";
import { CAPSULE_CA_KEY } from "../../teleport/capsule";
import { credentialsSecret, kubeconfigSecret, vaultJoinSecret } from "../../teleport/names";
import { formerNames } from "./former-names";
import { revisionOf, SyncedSecret, type SyncedSecretArgs } from "../synced-secret";

/** Arguments of {@link AgentSecrets}. */
export interface AgentSecretsArgs
  extends
    Pick<AgentSettings, "join" | "secretHeaders">,
    Pick<SyncedSecretArgs, "namespace" | "authRef" | "refreshAfter"> {
  credentials: AgentSettings["credentials"];
  kubernetes: AgentSettings["kubernetes"];
  kvMount: string;
  namespaceName: string;
}

/** The Secrets that one agent's pods mount; each name is known once the Secret is usable. */
export class AgentSecrets {
  readonly names: {
    credentialsSecretName?: pulumi.Output<string>;
    joinSecretName?: pulumi.Output<string>;
    kubeconfigSecretName?: pulumi.Output<string>;
    capsuleSecretName?: pulumi.Output<string>;
  } = {};
  private readonly revisions: pulumi.Output<string>[] = [];

  /** Changes with what the pods read at start, where Pulumi has to restart them. */
  get revision(): pulumi.Output<string> | undefined {
    return revisionOf(this.revisions);
  }

  constructor(
    private readonly parent: pulumi.ComponentResource,
    private readonly release: string,
    args: AgentSecretsArgs,
  ) {
    const { credentials, join, kubernetes } = args;
    const restart = [{ kind: "StatefulSet" as const, name: release }];
    if (credentials !== undefined) {
      this.names.credentialsSecretName = this.synced(args, "-credentials", {
        secretName: credentials.secretName ?? credentialsSecret(release),
        path: credentials.path,
        keys: credentials.keys,
        // The sidecar reads them at each request.
        restartTargets: args.secretHeaders === "sidecar" ? [] : restart,
      });
    }
    if (join.method === "token") {
      this.names.joinSecretName = this.synced(args, "-vault-token", {
        secretName: vaultJoinSecret(release),
        path: join.path,
        keys: { [JOIN_KEY]: join.key },
        // Read when a pod joins; those that have joined keep what they are.
        restartTargets: [],
      });
    }
    if (kubernetes?.kubeconfig !== undefined) {
      this.names.kubeconfigSecretName = this.synced(args, "-kubeconfig", {
        secretName: kubeconfigSecret(release),
        path: kubernetes.kubeconfig.path,
        keys: { [KUBECONFIG_KEY]: kubernetes.kubeconfig.key },
        restartTargets: restart,
      });
    }
    if (kubernetes?.capsule !== undefined) {
      const { secretName } = kubernetes.capsule;
      this.names.capsuleSecretName = this.capsuleCa(args.namespaceName, secretName);
    }
  }

  private synced(
    { namespace, authRef, refreshAfter, kvMount }: AgentSecretsArgs,
    suffix: string,
    {
      path,
      ...secret
    }: Pick<SyncedSecretArgs, "secretName" | "keys" | "restartTargets"> & {
      path: string;
    },
  ): pulumi.Output<string> {
    const { secretName, revision } = new SyncedSecret(
      `${this.release}${suffix}`,
      {
        namespace,
        refreshAfter,
        authRef,
        ...secret,
        source: { type: "kv-v2", mount: kvMount, path },
      },
      { parent: this.parent, aliases: formerNames(this.release, suffix) },
    );
    if (revision !== undefined) this.revisions.push(revision);
    return secretName;
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
