import type { Region } from "@pulumi/aws";
import { Provider as AwsProvider } from "@pulumi/aws/provider";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";
import { Provider as VaultProvider } from "@pulumi/vault/provider";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/** Where the control planes are and as whom to talk to them. */
export interface ProvidersArgs {
  kubernetes: { kubeconfig?: string; context?: string };
  /** Default: nothing of Vault is touched. */
  vault?: { address?: string; namespace?: string; delivery?: string };
  /**
   * Take over objects that exist: Secrets that the operator delivered until now. Plugins from 4.29 on
   * refuse to create such an object. Default: false.
   */
  upsertExisting?: boolean;
  /** Default: nothing of AWS is touched. */
  aws?: {
    region: string;
    profile?: string;
    assumeRoleArn?: string;
    endpoint?: string;
    tags: Record<string, string>;
  };
  /** Where the database's password comes from. Default: no password is made. */
  database?: { credentials: { source: string } };
}

/** AWS services that the program calls. */
const AWS_SERVICES = ["autoscaling", "ec2", "eks", "elbv2", "iam", "route53", "s3", "sts"] as const;

/**
 * Explicit providers, one a control plane, and that of passwords: with
 * `pulumi:disable-default-providers` there are no others. Unset addresses and all credentials come
 * from the ambient environment of each provider (KUBECONFIG, VAULT_ADDR, VAULT_TOKEN, the AWS chain).
 */
export function providers(
  args: ProvidersArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.ProviderResource[] {
  const { kubernetes, aws: account } = args;
  const list: pulumi.ProviderResource[] = [
    new KubernetesProvider(
      "kubernetes",
      {
        // Empty, the plugin reads KUBECONFIG. Undefined, the SDK passes that path on: it would be in the
        // state, and the plugin would leave a copy of the file in the temporary folder.
        kubeconfig: kubernetes.kubeconfig ?? "",
        context: kubernetes.context,
        // Always the same, so that another context or address of the cluster replaces nothing.
        clusterIdentifier: "access-plane",
        upsertExistingObjects: args.upsertExisting === true ? true : undefined,
        // The client's default of 5 requests a second makes previews of many resources slow.
        kubeClientSettings: { qps: 100, burst: 200 },
      },
      opts,
    ),
  ];
  if (args.vault !== undefined) {
    list.push(
      new VaultProvider(
        "vault",
        {
          address: args.vault.address,
          namespace: args.vault.namespace,
        },
        opts,
      ),
    );
  }
  // A Secret that Pulumi delivers gets a random revision for each value of it.
  if (args.database?.credentials.source === "generated" || args.vault?.delivery === "pulumi") {
    list.push(new random.Provider("random", {}, opts));
  }
  if (account !== undefined) {
    const { endpoint } = account;
    list.push(
      new AwsProvider(
        "aws",
        {
          region: account.region as Region,
          defaultTags: { tags: account.tags },
          profile: account.profile,
          assumeRoles:
            account.assumeRoleArn === undefined ? undefined : [{ roleArn: account.assumeRoleArn }],
          // Another endpoint has no host for each bucket.
          s3UsePathStyle: endpoint === undefined ? undefined : true,
          endpoints:
            endpoint === undefined
              ? undefined
              : [Object.fromEntries(AWS_SERVICES.map((s) => [s, endpoint]))],
        },
        opts,
      ),
    );
  }
  return list;
}
