import * as pulumi from "@pulumi/pulumi";
import type { SettingsOf } from "../../settings/schema";
import { appStackFaults, type PlaneOutputs } from "../../inventory/app-stack";
import { appsByRegistration, placeApps, type PlacedApp } from "../../inventory/apps";
import { appHost } from "../../teleport/names";
import type { StatusReader } from "../support/operator-verdict";
import { referToPlane } from "../support/plane-reference";
import { appObjects, TeleportApps } from "../teleport-apps";

/** Arguments of {@link AppStack}: the checked settings of a stack; they hold no secret. */
export type AppStackArgs = SettingsOf<"apps"> & {
  /** Reads the verdicts of the plane's operator. */
  statusOf: StatusReader;
};

/** A team's catalogue of dynamic apps in the plane's cluster, served by the plane's agents. */
export class AppStack extends pulumi.ComponentResource {
  /** Teleport cluster that the apps belong to. */
  public readonly clusterName: pulumi.Output<string>;
  /** Public address of each app, known once Teleport has accepted all of them. */
  public readonly apps: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: AppStackArgs, opts?: pulumi.ComponentResourceOptions) {
    // The state holds the apps once, as their own resources.
    super("access-plane:components:AppStack", name, { plane: args.plane }, opts);
    const parent = { parent: this };
    const { clusterName, stack } = referToPlane(args.plane, parent);
    this.clusterName = clusterName;

    const placed = placeApps(args);
    const namespace =
      stack === undefined ? args.namespace.name : this.admitted(args.namespace.name, placed, stack);
    const releases = [...new Set(placed.flatMap(({ release }) => release ?? []))].sort();
    const accepted = releases.map((release) => {
      const { dynamicApps } = appsByRegistration(release, placed);
      return new TeleportApps(
        `${release}-apps`,
        { operator: { namespace, statusOf: args.statusOf }, pool: release },
        appObjects(dynamicApps, args.plane.clusterName ?? this.clusterName, release),
        parent,
      ).names;
    });

    this.apps = pulumi
      .all([this.clusterName, pulumi.all(accepted)])
      .apply(([cluster]) =>
        Object.fromEntries(placed.map(({ app }) => [app.name, `https://${appHost(app, cluster)}`])),
      );
    this.registerOutputs({ clusterName: this.clusterName });
  }

  /** The namespace, known once the plane's outputs say that its agents can serve these apps. */
  private admitted(
    namespace: string,
    placed: readonly PlacedApp[],
    stack: pulumi.StackReference,
  ): pulumi.Output<string> {
    const outputs = pulumi.all([
      this.clusterName,
      stack.getOutput("agents"),
      stack.getOutput("remoteAgents"),
      stack.getOutput("registeredApps"),
    ]);
    return outputs.apply(([clusterName, agents, remoteAgents, registeredApps]: unknown[]) => {
      const plane = { clusterName, agents, remoteAgents, registeredApps } as PlaneOutputs;
      const faults = appStackFaults(placed, plane);
      if (faults.length === 0) return namespace;
      throw new pulumi.ResourceError(`the apps cannot be served: ${faults.join("; ")}`, this, true);
    });
  }
}
