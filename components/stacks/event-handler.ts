import * as pulumi from "@pulumi/pulumi";
import type { SettingsOf } from "../../settings/schema";
import { authAddress } from "../../teleport/names";
import { EventHandler } from "../event-handler";
import type { StatusReader } from "../support/operator-verdict";
import { referToPlane } from "../support/plane-reference";

/** Arguments of {@link EventHandlerStack}: the checked settings of a stack; they hold no secret. */
export type EventHandlerStackArgs = SettingsOf<"event-handler"> & {
  /** Reads the verdicts of the plane's operator. */
  statusOf: StatusReader;
};

/** The event handler of a plane, in the plane's namespace. */
export class EventHandlerStack extends pulumi.ComponentResource {
  /** Teleport cluster whose events are sent. */
  public readonly clusterName: pulumi.Output<string>;
  /** Name of the release, known once its pods are ready. */
  public readonly releaseName: pulumi.Output<string>;

  constructor(name: string, args: EventHandlerStackArgs, opts?: pulumi.ComponentResourceOptions) {
    const { statusOf, ...settings } = args;
    super("access-plane:components:EventHandlerStack", name, settings, opts);
    const { plane, namespace, chart, images, eventHandler } = settings;
    this.clusterName = referToPlane(plane, { parent: this }).clusterName;
    this.releaseName = new EventHandler(
      "event-handler",
      {
        ...eventHandler,
        clusterName: this.clusterName,
        address: eventHandler.address ?? plane.proxyAddress ?? authAddress(namespace.name),
        namespace: namespace.name,
        statusOf,
        chart,
        images,
      },
      { parent: this },
    ).releaseName;
    this.registerOutputs({ clusterName: this.clusterName, releaseName: this.releaseName });
  }
}
