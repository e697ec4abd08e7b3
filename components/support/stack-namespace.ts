import * as core from "@pulumi/kubernetes/core/v1";
import type * as pulumi from "@pulumi/pulumi";
import type { PlaneSettings } from "../../settings/schema";

/** Creates a namespace with Pod Security labels; returns its name, known once it exists. */
export function stackNamespace(
  name: string,
  args: Pick<PlaneSettings["namespace"], "name" | "protect" | "podSecurity">,
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
