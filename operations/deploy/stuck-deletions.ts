import type { EngineEvent } from "@pulumi/pulumi/automation";
import type { Settings } from "../../settings/schema";
import { deletionFault, type DeletedObject } from "../../teleport/deletion";
import { TELEPORT_GROUP } from "../../teleport/resources/kinds";
import { CommandError } from "../cli/exit-codes";
import { kubeConfig } from "../kube-config";
import { LiveKubernetes, type KubeReader } from "../verify/clients/kubernetes";
import { operatorRuns } from "../verify/operator";

/** A custom resource whose deletion failed. */
export interface FailedDeletion {
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
}

const TYPE = new RegExp(`^kubernetes:(${TELEPORT_GROUP.replaceAll(".", "\\.")}/[^:]+):(.+)$`);

/** The custom resource of the operator whose deletion an event says to have failed. */
export function failedDeletion({ resOpFailedEvent }: EngineEvent): FailedDeletion | undefined {
  const { op, type, old } = resOpFailedEvent?.metadata ?? {};
  const [, apiVersion, kind] = TYPE.exec(type ?? "") ?? [];
  if (op === undefined || !op.startsWith("delete")) return undefined;
  if (apiVersion === undefined || kind === undefined) return undefined;
  const [namespace = "", name = ""] = old?.id.split("/") ?? [];
  return { apiVersion, kind, namespace, name };
}

/** Why each of them hangs, as the cluster shows it now; what is gone since is left out. */
export async function stuckDeletions(
  failed: readonly FailedDeletion[],
  kubernetes: KubeReader,
): Promise<string[]> {
  const faults: string[] = [];
  for (const { apiVersion, kind, namespace, name } of failed) {
    const object = await kubernetes.get<DeletedObject>(apiVersion, kind, name, namespace);
    if (object?.metadata?.deletionTimestamp === undefined) continue;
    faults.push(deletionFault(object, await operatorRuns(kubernetes, namespace)));
  }
  return faults;
}

/** The error of an operation, with what the cluster shows about deletions that failed in it. */
export async function withStuckDeletions(
  error: unknown,
  failed: readonly FailedDeletion[],
  settings: Pick<Settings, "kubernetes">,
): Promise<unknown> {
  if (!(error instanceof CommandError) || failed.length === 0) return error;
  let faults: string[];
  try {
    faults = await stuckDeletions(failed, new LiveKubernetes(() => kubeConfig(settings)));
  } catch (reason) {
    faults = [`why deletions failed cannot be seen: ${(reason as Error).message}`];
  }
  return new CommandError(error.reason, [...faults, error.message].join("\n"), { cause: error });
}
