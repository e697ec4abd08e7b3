import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as core from "@pulumi/kubernetes/core/v1";
import { AuthBackendRole } from "@pulumi/vault/kubernetes";
import { Policy } from "@pulumi/vault/policy";
import * as pulumi from "@pulumi/pulumi";
import { vaultAccount, vaultPolicy } from "../inventory/secrets";
import type { PlaneSettings } from "../settings/schema";
import { waitFor } from "./support/wait-for";

/** Arguments of {@link VaultAccess}. */
export interface VaultAccessArgs extends Pick<
  PlaneSettings["vault"],
  "kubernetesAuthMount" | "audience" | "connectionRef"
> {
  namespace: pulumi.Input<string>;
  /** Name of the policy and the role in Vault, unique among its planes. Existing ones keep their name. */
  roleName: string;
  /** Name of the VaultAuth and prefix of its service account's name. Default: `roleName`. */
  objectName?: string;
  /** API paths that may be read, without wildcards (`secret/data/…`, `database/static-creds/…`). */
  readPaths: string[];
}

/**
 * Least privilege for the Vault Secrets Operator: a policy for the named paths only, a Kubernetes-auth role
 * bound to one service account in one namespace with an audience, and the `VaultAuth` that uses it
 * (secrets.hashicorp.com/v1beta1).
 */
export class VaultAccess extends pulumi.ComponentResource {
  /** Name of the VaultAuth, for `vaultAuthRef`. */
  public readonly authRef: pulumi.Output<string>;

  constructor(name: string, args: VaultAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("access-plane:components:VaultAccess", name, args, opts);
    const parent = { parent: this };
    const { objectName = args.roleName } = args;

    const policy = new Policy(
      name,
      {
        name: args.roleName,
        policy: vaultPolicy(args.readPaths),
      },
      { ...parent, ignoreChanges: ["name"] },
    );
    const account = new core.ServiceAccount(
      name,
      {
        metadata: { name: vaultAccount(objectName), namespace: args.namespace },
        automountServiceAccountToken: false,
      },
      parent,
    );
    const role = new AuthBackendRole(
      name,
      {
        backend: args.kubernetesAuthMount,
        roleName: args.roleName,
        boundServiceAccountNames: [account.metadata.name],
        boundServiceAccountNamespaces: [args.namespace],
        audience: args.audience,
        tokenPolicies: [policy.name],
        tokenNoDefaultPolicy: false,
        tokenTtl: 1200,
        tokenMaxTtl: 3600,
      },
      { ...parent, ignoreChanges: ["roleName"] },
    );
    const auth = new CustomResource(
      name,
      {
        apiVersion: "secrets.hashicorp.com/v1beta1",
        kind: "VaultAuth",
        metadata: {
          name: objectName,
          namespace: args.namespace,
          annotations: waitFor("jsonpath={.status.valid}=true", 120),
        },
        spec: {
          method: "kubernetes",
          mount: args.kubernetesAuthMount,
          vaultConnectionRef: args.connectionRef,
          kubernetes: {
            role: role.roleName,
            serviceAccount: account.metadata.name,
            audiences: [args.audience],
          },
        },
      },
      // Its status has no generation, so a change needs a new object, whose status is empty.
      { ...parent, replaceOnChanges: ["spec"], deleteBeforeReplace: true },
    );

    this.authRef = auth.metadata.name;
    this.registerOutputs({ authRef: this.authRef });
  }
}
