import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as pulumi from "@pulumi/pulumi";
import type { App } from "../teleport/apps/app";
import { dynamicApp, type AppObject } from "../teleport/apps/dynamic-app";
import { apiVersion } from "../teleport/resources/kinds";
import { inTurn } from "./support/in-turn";
import { operatorVerdict, type Operator } from "./support/operator-verdict";

/** Arguments of {@link TeleportApps}. */
export interface TeleportAppsArgs {
  operator: Operator;
  /** Value of the label by which the agents select the apps. */
  pool: string;
}

/** Waits for the operator's verdict or a refusal: thousands of apps cannot be read repeatedly. */
const VERDICT =
  'jsonpath={.status.conditions[?(@.type=="SuccessfullyReconciled" || @.status=="False")]}';
/** The operator processes apps one after the other. */
const TIMEOUT_SECONDS = 600;
const TIMEOUT = `${TIMEOUT_SECONDS}s`;
const KIND = "TeleportAppV3";

/**
 * The dynamic apps of one release's agents, one TeleportAppV3 each. Ready when Teleport has accepted all
 * of them; the error names every refused app. Works with thousands of apps: the component's inputs and
 * outputs hold nothing of them, so a change of one app touches no other.
 */
export class TeleportApps extends pulumi.ComponentResource {
  /** Names of the apps, known once all are accepted. */
  public readonly names: pulumi.Output<string[]>;

  constructor(
    name: string,
    args: TeleportAppsArgs,
    apps: ReadonlyMap<string, AppObject | pulumi.Output<AppObject>>,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const { operator, pool } = args;
    super(
      "access-plane:components:TeleportApps",
      name,
      { namespace: operator.namespace, pool },
      opts,
    );
    const verdicts = inTurn(apps, ([app, object]) => this.add(app, object, operator));
    this.names = pulumi.output(verdicts).apply((all) => {
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

  private add(
    app: string,
    object: AppObject | pulumi.Output<AppObject>,
    { namespace, statusOf }: Operator,
  ) {
    const from = <T>(part: (plain: AppObject) => T) =>
      pulumi.Output.isInstance(object) ? object.apply(part) : part(object);
    const resource = new CustomResource(
      `app-${app}`,
      {
        apiVersion: apiVersion(KIND),
        kind: KIND,
        metadata: {
          name: app,
          namespace,
          labels: from(({ labels }) => labels),
          annotations: from(({ description }) => ({
            ...(description !== undefined && { description }),
            "pulumi.com/waitFor": VERDICT,
          })),
        },
        spec: from(({ spec }) => spec),
      },
      {
        parent: this,
        customTimeouts: { create: TIMEOUT, update: TIMEOUT, delete: TIMEOUT },
      },
    );
    const verdict = operatorVerdict(resource, {
      kind: KIND,
      statusOf,
      timeoutSeconds: TIMEOUT_SECONDS,
    });
    return { resource, result: verdict.apply((problem) => ({ app, problem })) };
  }
}

/** The objects of apps by name. They are outputs only where the cluster name is one. */
export function appObjects(
  apps: readonly App[],
  clusterName: pulumi.Input<string>,
  pool: string,
): Map<string, AppObject | pulumi.Output<AppObject>> {
  const cluster = typeof clusterName === "string" ? clusterName : pulumi.output(clusterName);
  return new Map(
    apps.map((app) => [
      app.name,
      typeof cluster === "string"
        ? dynamicApp(app, cluster, pool)
        : cluster.apply((name) => dynamicApp(app, name, pool)),
    ]),
  );
}
