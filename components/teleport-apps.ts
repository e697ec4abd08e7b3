import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { setTimeout as sleep } from "node:timers/promises";
import type { App } from "../teleport/apps/app";
import { dynamicApp, type AppObject } from "../teleport/apps/dynamic-app";
import { refusal, settleMs, type ResourceStatus } from "../teleport/conditions";
import { apiVersion } from "../teleport/resources/kinds";

/** Arguments of {@link TeleportApps}. */
export interface TeleportAppsArgs {
  /** Namespace of the operator, the only one it watches. */
  namespace: pulumi.Input<string>;
  /** Agents that serve the apps, by the label that they look for. */
  pool: string;
}

/** Until the operator's verdict, or an early no. */
const VERDICT =
  'jsonpath={.status.conditions[?(@.type=="SuccessfullyReconciled" || @.status=="False")]}';
/** The operator takes many apps one after the other. */
const TIMEOUT = "10m";
const KIND = "TeleportAppV3";
const TYPE = { apiVersion: apiVersion(KIND), kind: KIND };

/**
 * The dynamic apps of one release's agents, one TeleportAppV3 each, ready when Teleport has accepted
 * them all; a refusal names every app that was refused. Kept lean for thousands of apps: nothing
 * about them stands in the inputs or outputs of the component, so that a change of one touches only
 * that one, and they settle side by side.
 */
export class TeleportApps extends pulumi.ComponentResource {
  /** Names of the apps; who takes it waits until all are accepted. */
  public readonly names: pulumi.Output<string[]>;

  constructor(
    name: string,
    args: TeleportAppsArgs,
    apps: ReadonlyMap<string, pulumi.Input<AppObject>>,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("access-plane:components:TeleportApps", name, args, opts);
    const verdicts = [...apps].map(([app, object]) => this.add(app, object, args.namespace));
    this.names = pulumi.all(verdicts).apply((all) => {
      const refused = all.flatMap(({ app, problem }) =>
        problem === undefined ? [] : [`${app}: ${problem}`],
      );
      if (refused.length > 0) {
        throw new pulumi.ResourceError(`TeleportAppV3 ${refused.join("; TeleportAppV3 ")}`, this);
      }
      return all.map(({ app }) => app);
    });
    this.registerOutputs();
  }

  private add(app: string, input: pulumi.Input<AppObject>, namespace: pulumi.Input<string>) {
    const object = pulumi.output(input);
    const resource = new k8s.apiextensions.CustomResource(
      `app-${app}`,
      {
        ...TYPE,
        metadata: {
          name: app,
          namespace,
          labels: object.labels,
          annotations: object.apply(({ description }) => ({
            ...(description === undefined ? {} : { description }),
            "pulumi.com/waitFor": VERDICT,
          })),
        },
        spec: object.spec,
      },
      {
        parent: this,
        customTimeouts: { create: TIMEOUT, update: TIMEOUT, delete: TIMEOUT },
      },
    );
    const settledId = pulumi.all([resource.id, resource.metadata]).apply(async ([id, metadata]) => {
      if (!pulumi.runtime.isDryRun()) await sleep(settleMs(metadata, Date.now()));
      return id;
    });
    const seen = new ObservedApp(`app-${app}-reconciled`, { parent: this, id: settledId });
    // A preview shows the app before the operator has seen it.
    return pulumi.runtime.isDryRun()
      ? resource.metadata.name.apply(() => ({ app, problem: undefined }))
      : seen.status.apply((status) => ({ app, problem: refusal(status, KIND) }));
  }
}

/** The objects of apps, by name, once the plane's cluster name is known. */
export function appObjects(
  apps: readonly App[],
  clusterName: pulumi.Input<string>,
  pool: string,
): Map<string, pulumi.Output<AppObject>> {
  const cluster = pulumi.output(clusterName);
  return new Map(
    apps.map((app) => [app.name, cluster.apply((name) => dynamicApp(app, name, pool))]),
  );
}

/** Reads the live object again, with its status. */
class ObservedApp extends k8s.apiextensions.CustomResource {
  declare public readonly status: pulumi.Output<ResourceStatus | undefined>;

  constructor(name: string, opts: pulumi.CustomResourceOptions) {
    super(name, { ...TYPE, metadata: undefined, status: undefined }, opts);
  }
}
