import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output";

/** Arguments of {@link NodePort}. */
export interface NodePortArgs {
  /** Name of the Service, of type NodePort. */
  serviceName: pulumi.Input<string>;
  namespace: pulumi.Input<string>;
  /** Port of the Service; selects the entry to patch. */
  port: number;
  /** 30000-32767. */
  nodePort: number;
}

/**
 * Sets the node port of a Service that a chart renders. It is a server-side-apply patch of one port
 * entry. Upgrades of the chart keep it, because the chart does not set that field.
 */
export class NodePort extends pulumi.ComponentResource {
  /** The node port, as the API server reports it. */
  public readonly nodePort: pulumi.Output<number>;
  /** Cluster IP of the Service; unknown in the preview of a first deployment. */
  public readonly clusterIp: pulumi.Output<string | undefined>;

  constructor(name: string, args: NodePortArgs, opts?: pulumi.ComponentResourceOptions) {
    super("access-plane:components:NodePort", name, args, opts);

    const patch = new core.ServicePatch(
      name,
      {
        metadata: {
          name: args.serviceName,
          namespace: args.namespace,
          annotations: {
            "pulumi.com/patchForce": "true",
            // The release has waited for the proxies already.
            "pulumi.com/skipAwait": "true",
          },
        },
        spec: { ports: [{ port: args.port, protocol: "TCP", nodePort: args.nodePort }] },
      },
      { parent: this },
    );

    this.nodePort = patch.spec.apply((spec) => {
      const entry = spec.ports.find((port) => port.port === args.port);
      if (entry?.nodePort === undefined) {
        throw new pulumi.ResourceError(
          `the Service has no node port for port ${args.port}; is it of type NodePort?`,
          this,
          true,
        );
      }
      return entry.nodePort;
    });
    this.clusterIp = patch.spec.apply(({ clusterIP }) => {
      const there = clusterIP as string | undefined;
      // In the preview of a first deployment there is no Service.
      return pulumi.runtime.isDryRun() ? (there ?? (unknown as string)) : there;
    });
    this.registerOutputs({ nodePort: this.nodePort, clusterIp: this.clusterIp });
  }
}
