import * as core from "@pulumi/kubernetes/core/v1";
import type * as pulumi from "@pulumi/pulumi";

/** Arguments of {@link stackNamespace}. */
export interface StackNamespaceArgs {
  name: string;
  /** Refuse to delete it. */
  protect: boolean;
  /** Pod Security Standard that is enforced. */
  podSecurity: string;
}

/** A namespace of a stack, under Pod Security; gives its name once it is there. */
export function stackNamespace(
  name: string,
  args: StackNamespaceArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  return new core.Namespace(
    name,
    {
      metadata: {
        name: args.name,
        labels: {
          "pod-security.kubernetes.io/enforce": args.podSecurity,
          "pod-security.kubernetes.io/warn": "restricted",
          "pod-security.kubernetes.io/audit": "restricted",
        },
      },
    },
    { ...opts, protect: args.protect },
  ).metadata.name;
}
