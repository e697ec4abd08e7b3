import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as pulumi from "@pulumi/pulumi";
import { setTimeout as sleep } from "node:timers/promises";
import { nextPollMs, refusal, settleMs, type ResourceStatus } from "../../teleport/conditions";
import { apiVersion, type TeleportKind } from "../../teleport/resources/kinds";

/** Seconds that the operator has for a custom resource by default. */
export const OPERATOR_SECONDS = 120;

interface VerdictOptions {
  kind: TeleportKind;
  parent: pulumi.Resource;
  /** Seconds after which an object without a verdict counts as refused. */
  timeoutSeconds: number;
}

/**
 * Why the operator refuses a custom resource, and what to do; undefined once it is accepted. Reads the
 * object until all three conditions have been there for some seconds. The plugin's own wait could only
 * report a timeout. A preview does not wait.
 */
export function operatorVerdict(
  name: string,
  resource: CustomResource,
  { kind, parent, timeoutSeconds }: VerdictOptions,
): pulumi.Output<string | undefined> {
  const look = (count: number, id: pulumi.Input<pulumi.ID>) =>
    new ObservedResource(`${name}-reconciled${count === 1 ? "" : `-${count}`}`, kind, {
      parent,
      id,
    }).status;
  if (pulumi.runtime.isDryRun()) {
    // In a preview the operator has not seen the object.
    look(1, resource.id);
    return resource.urn.apply(() => undefined);
  }
  const settledId = pulumi.all([resource.id, resource.metadata]).apply(async ([id, metadata]) => {
    await sleep(settleMs(metadata, Date.now()));
    return id;
  });
  const first = look(1, settledId);
  const began = resource.id.apply(() => Date.now());
  const judge = (
    status: ResourceStatus | undefined,
    count: number,
    id: string,
    since: number,
  ): pulumi.Output<string | undefined> => {
    const wait = nextPollMs(status, {
      count,
      now: Date.now(),
      deadline: since + timeoutSeconds * 1000,
    });
    if (wait === undefined) return pulumi.output(refusal(status, kind));
    const later = sleep(wait).then(() => id);
    return look(count + 1, later).apply((next) => judge(next, count + 1, id, since));
  };
  return pulumi
    .all([first, resource.id, began])
    .apply(([status, id, since]) => judge(status, 1, id, since));
}

/** A read of the live object with its status. */
class ObservedResource extends CustomResource {
  declare public readonly status: pulumi.Output<ResourceStatus | undefined>;

  constructor(name: string, kind: TeleportKind, opts: pulumi.CustomResourceOptions) {
    const type = { apiVersion: apiVersion(kind), kind };
    super(name, { ...type, metadata: undefined, status: undefined }, opts);
  }
}
