import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { setTimeout as sleep } from "node:timers/promises";
import { refusal, settleMs, type ResourceStatus } from "../teleport/conditions";
import { TELEPORT_GROUP, type TeleportKind } from "../teleport/resources";

/** Arguments of {@link TeleportResource}. */
export interface TeleportResourceArgs {
  /** Name in Kubernetes and in Teleport, RFC 1123. */
  resourceName: string;
  /** Namespace of the operator, the only one it watches. */
  namespace: pulumi.Input<string>;
  /** Kind, API version and spec. */
  definition: TeleportKind<object>;
}

/**
 * A custom resource of the Teleport operator. It is ready when all three of the operator's
 * conditions are True some seconds after a change; a refusal fails the update with the operator's
 * own message. Takes the resource's name only from there, so whoever refers to it waits for it.
 */
export class TeleportResource extends pulumi.ComponentResource {
  /** Name in Teleport, known once the operator has put it there. */
  public readonly resourceName: pulumi.Output<string>;

  constructor(name: string, args: TeleportResourceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("access-plane:components:TeleportResource", name, args, opts);
    const { kind, version, spec } = args.definition;
    const type = { apiVersion: `${TELEPORT_GROUP}/${version}`, kind };

    const resource = new k8s.apiextensions.CustomResource(
      name,
      {
        ...type,
        metadata: {
          name: args.resourceName,
          namespace: args.namespace,
          annotations: {
            // The operator's verdict, or an early no.
            "pulumi.com/waitFor":
              'jsonpath={.status.conditions[?(@.type=="SuccessfullyReconciled" || @.status=="False")]}',
            "pulumi.com/timeoutSeconds": "120",
          },
        },
        spec,
      },
      { parent: this },
    );
    const settledId = pulumi.all([resource.id, resource.metadata]).apply(async ([id, metadata]) => {
      if (!pulumi.runtime.isDryRun()) await sleep(settleMs(metadata, Date.now()));
      return id;
    });
    const seen = new ObservedResource(`${name}-reconciled`, type, {
      parent: this,
      id: settledId,
    });

    // A preview shows the name before the operator has seen the resource.
    this.resourceName = pulumi.runtime.isDryRun()
      ? resource.metadata.name
      : seen.status.apply((status) => {
          const problem = refusal(status);
          if (problem !== undefined) {
            throw new pulumi.ResourceError(`${kind} ${args.resourceName}: ${problem}`, this);
          }
          return args.resourceName;
        });
    this.registerOutputs({ resourceName: this.resourceName });
  }
}

/** Reads the live object again, with its status. */
class ObservedResource extends k8s.apiextensions.CustomResource {
  declare public readonly status: pulumi.Output<ResourceStatus | undefined>;

  constructor(
    name: string,
    type: { apiVersion: string; kind: string },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(name, { ...type, metadata: undefined, status: undefined }, opts);
  }
}
