import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as vault from "@pulumi/vault";

/** Where the control planes are and as whom to talk to them. */
export interface ProvidersArgs {
  kubernetes: { kubeconfig?: string; context?: string };
  /** Default: nothing of Vault is touched. */
  vault?: { address?: string; namespace?: string };
  /** Default: nothing of AWS is touched. */
  aws?: {
    region: string;
    profile?: string;
    assumeRoleArn?: string;
    endpoint?: string;
    tags: Record<string, string>;
  };
  /** Default: no password is made. */
  database?: { credentials: { source: string } };
}

/** AWS services that the program calls. */
const AWS_SERVICES = ["autoscaling", "ec2", "elbv2", "route53", "sts"] as const;

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
    new k8s.Provider(
      "kubernetes",
      {
        ...(kubernetes.kubeconfig === undefined ? {} : { kubeconfig: kubernetes.kubeconfig }),
        ...(kubernetes.context === undefined ? {} : { context: kubernetes.context }),
        // The client's default of 5 requests a second makes previews of many resources slow.
        kubeClientSettings: { qps: 100, burst: 200 },
      },
      opts,
    ),
  ];
  if (args.vault !== undefined) {
    list.push(
      new vault.Provider(
        "vault",
        {
          ...(args.vault.address === undefined ? {} : { address: args.vault.address }),
          ...(args.vault.namespace === undefined ? {} : { namespace: args.vault.namespace }),
        },
        opts,
      ),
    );
  }
  if (args.database?.credentials.source === "generated") {
    list.push(new random.Provider("random", {}, opts));
  }
  if (account !== undefined) {
    const { endpoint } = account;
    list.push(
      new aws.Provider(
        "aws",
        {
          region: account.region as aws.Region,
          defaultTags: { tags: account.tags },
          ...(account.profile === undefined ? {} : { profile: account.profile }),
          ...(account.assumeRoleArn === undefined
            ? {}
            : { assumeRoles: [{ roleArn: account.assumeRoleArn }] }),
          ...(endpoint === undefined
            ? {}
            : { endpoints: [Object.fromEntries(AWS_SERVICES.map((s) => [s, endpoint]))] }),
        },
        opts,
      ),
    );
  }
  return list;
}
