import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";
import type { Policy } from "../teleport/network-policies";

/** Arguments of {@link NetworkPolicies}. */
export interface NetworkPoliciesArgs {
  namespace: pulumi.Input<string>;
  policies: Policy[];
}

/** Restricts who may connect to pods of the plane, if the cluster's network plugin enforces it. */
export class NetworkPolicies extends pulumi.ComponentResource {
  constructor(name: string, args: NetworkPoliciesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("access-plane:components:NetworkPolicies", name, args, opts);
    for (const { name: policy, reasons, spec } of args.policies) {
      new NetworkPolicy(
        `${name}-${policy}`,
        {
          metadata: {
            name: policy,
            namespace: args.namespace,
            annotations: { "access-plane/reasons": reasons },
          },
          spec,
        },
        { parent: this },
      );
    }
    this.registerOutputs();
  }
}
