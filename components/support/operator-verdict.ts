import type { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as pulumi from "@pulumi/pulumi";
import { setTimeout as sleep } from "node:timers/promises";
import { nextPollMs, refusal, settleMs, type ResourceStatus } from "../../teleport/conditions";
import { customResources, isRefused, type Cluster } from "../../teleport/custom-resources";
import type { TeleportKind } from "../../teleport/resources/kinds";

/** Seconds that the operator has for a custom resource by default. */
export const OPERATOR_SECONDS = 120;

/** Reads what the operator wrote about a custom resource. Throws the client's errors. */
export type StatusReader = (
  kind: TeleportKind,
  namespace: string,
  name: string,
) => Promise<ResourceStatus | undefined>;

/** Where the operator works, and how its verdicts are read. */
export interface Operator {
  /** The only namespace that it watches. */
  namespace: pulumi.Input<string>;
  statusOf: StatusReader;
}

/** Reads from a cluster. All namespaces share one client. */
export function statusReader(cluster: Cluster): StatusReader {
  const opened = new Map<string, ReturnType<typeof customResources>>();
  return async (kind, namespace, name) => {
    const resources = opened.get(namespace) ?? customResources(cluster, namespace);
    opened.set(namespace, resources);
    return (await resources).status(kind, name);
  };
}

interface VerdictOptions extends Pick<Operator, "statusOf"> {
  kind: TeleportKind;
  /** Seconds after which an object without a verdict counts as refused. */
  timeoutSeconds: number;
}

/**
 * Why the operator refuses a custom resource, and what to do; undefined once it is accepted. Reads the
 * object until all three conditions have been there for some seconds. The plugin's own wait could only
 * report a timeout, and would take the conditions of an earlier version of the object. A preview does not
 * wait.
 */
export function operatorVerdict(
  resource: CustomResource,
  { kind, statusOf, timeoutSeconds }: VerdictOptions,
): pulumi.Output<string | undefined> {
  // In a preview the operator has not seen the object.
  if (pulumi.runtime.isDryRun()) return resource.urn.apply(() => undefined);
  return resource.metadata.apply(async (metadata) => {
    const deadline = Date.now() + timeoutSeconds * 1000;
    await sleep(settleMs(metadata, Date.now()));
    for (let count = 1; ; count++) {
      let status: ResourceStatus | undefined;
      let failure: unknown;
      try {
        status = await statusOf(kind, metadata.namespace, metadata.name);
      } catch (error) {
        failure = error;
      }
      const pause = nextPollMs(status, { count, now: Date.now(), deadline });
      if (failure !== undefined && (pause === undefined || isRefused(failure))) {
        return `the operator's verdict cannot be read: ${(failure as Error).message}`;
      }
      if (pause === undefined) return refusal(status, kind);
      await sleep(pause);
    }
  });
}
