import type { Region } from "@pulumi/aws";
import { Provider as AwsProvider } from "@pulumi/aws/provider";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";
import { Provider as VaultProvider } from "@pulumi/vault/provider";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { PlaneSettings } from "../../settings/schema";

/** Settings of the control planes. Without a section, there is no provider for it. */
export interface ProvidersArgs
  extends
    Pick<PlaneSettings, "kubernetes">,
    Partial<Pick<PlaneSettings, "vault" | "aws" | "database">> {
  /**
   * Who delivers Secrets from now on. Pulumi takes over the objects that the operator has made, while plugins from
   * 4.29 on refuse to create an object that exists. Only this provider waits for it. Default: nobody else.
   */
  takingOver?: Promise<string | undefined>;
}

/** AWS services that the program calls. */
const AWS_SERVICES = ["autoscaling", "ec2", "eks", "elbv2", "iam", "route53", "s3", "sts"] as const;

/**
 * Explicit providers: one for each control plane, and `random` for passwords. The stack disables default providers.
 * Unset addresses and all credentials come from the environment (KUBECONFIG, VAULT_ADDR, VAULT_TOKEN, the AWS chain).
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
        // With an empty text the plugin reads KUBECONFIG. With undefined, the SDK would write that path to
        // the state, and the plugin would leave a copy of the file in the temporary folder.
        kubeconfig: kubernetes.kubeconfig ?? "",
        context: kubernetes.context,
        // Constant, so that another context or address of the same cluster replaces nothing.
        clusterIdentifier: "access-plane",
        // A new value changes Secrets and ConfigMaps in place. Otherwise the plugin deletes them first, which
        // Pulumi refuses for what it protects.
        enableSecretMutable: true,
        enableConfigMapMutable: true,
        upsertExistingObjects: pulumi
          .output(args.takingOver)
          .apply((deliverer) =>
            deliverer === "pulumi" ? true : undefined,
          ) as pulumi.Output<boolean>,
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
  // Secrets that Pulumi delivers have a random revision for each value.
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
          // A custom endpoint has no host name for each bucket.
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
