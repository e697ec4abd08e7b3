import * as pulumi from "@pulumi/pulumi";
import type { SettingsOf } from "../../settings/schema";
import { appsByRegistration, placeApps } from "../../inventory/apps";
import { appHost } from "../../teleport/names";
import { referToPlane } from "../support/plane-reference";
import { appObjects, TeleportApps } from "../teleport-apps";

/** Arguments of {@link AppStack}: a stack's settings, checked; they hold no secret. */
export type AppStackArgs = SettingsOf<"apps">;

/** A team's catalogue of dynamic apps in the plane's cluster, served by the plane's agents. */
export class AppStack extends pulumi.ComponentResource {
  /** Teleport cluster that the apps belong to. */
  public readonly clusterName: pulumi.Output<string>;
  /** Public address of each app, once Teleport has accepted them all. */
  public readonly apps: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: AppStackArgs, opts?: pulumi.ComponentResourceOptions) {
    // The apps stand in the state once, as their own resources.
    super("access-plane:components:AppStack", name, { plane: args.plane }, opts);
    const parent = { parent: this };
    this.clusterName = referToPlane(args.plane, parent).clusterName;

    const placed = placeApps(args);
    const releases = [...new Set(placed.flatMap(({ release }) => release ?? []))].sort();
    const accepted = releases.map((release) => {
      const { dynamicApps } = appsByRegistration(release, placed);
      return new TeleportApps(
        `${release}-apps`,
        { namespace: args.namespace.name, pool: release },
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
}
