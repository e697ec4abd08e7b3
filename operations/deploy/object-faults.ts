import type { EngineEvent } from "@pulumi/pulumi/automation";
import type { Settings } from "../../settings/schema";
import { refusal } from "../../teleport/conditions";
import { deletionFault, type DeletedObject } from "../../teleport/deletion";
import { ALL_KINDS, TELEPORT_GROUP } from "../../teleport/resources/kinds";
import { CommandError } from "../base/exit-codes";
import { kubeConfig } from "../base/kube-config";
import { objectPlace } from "../base/urn";
import { LiveKubernetes, type KubeReader } from "../clients/kubernetes";
import { operatorRuns } from "../verify/operator";
import { certificateFault } from "./certificate-fault";

/** A custom resource of Teleport or cert-manager that a step failed on. */
export interface FailedObject {
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
}

const TELEPORT_TYPE = `${TELEPORT_GROUP.replaceAll(".", "\\.")}/[^:]+:.+`;
const TYPE = new RegExp(
  `^kubernetes:(?=(?:${TELEPORT_TYPE}|cert-manager\\.io/v1:Certificate)$)([^:]+):(.+)$`,
);

/** The failed custom resource of an event. Undefined for other events. */
export function failedObject({ resOpFailedEvent }: EngineEvent): FailedObject | undefined {
  const { type, old, new: next } = resOpFailedEvent?.metadata ?? {};
  const [, apiVersion, kind] = TYPE.exec(type ?? "") ?? [];
  const { name, namespace } = objectPlace(type ?? "", (next ?? old)?.inputs) ?? {};
  if (apiVersion === undefined || kind === undefined) return undefined;
  if (name === undefined || namespace === undefined) return undefined;
  return { apiVersion, kind, namespace, name };
}

/**
 * Why each object failed, from its current state: the operator's message, or that there is none, or why its deletion
 * hangs; for a Certificate, cert-manager's message. Omits objects that are gone or have been accepted since.
 */
export async function objectFaults(
  failed: readonly FailedObject[],
  kubernetes: KubeReader,
): Promise<string[]> {
  const faults: string[] = [];
  for (const { apiVersion, kind, namespace, name } of failed) {
    if (kind === "Certificate") {
      const fault = await certificateFault(name, namespace, kubernetes);
      if (fault !== undefined) faults.push(fault);
      continue;
    }
    const object = await kubernetes.get<DeletedObject>(apiVersion, kind, name, namespace);
    if (object === undefined) continue;
    if (object.metadata?.deletionTimestamp !== undefined) {
      faults.push(deletionFault(object, await operatorRuns(kubernetes, namespace)));
      continue;
    }
    const known = ALL_KINDS.find((candidate) => candidate === kind);
    const problem = refusal(object.status, known);
    if (problem !== undefined) faults.push(`${kind} ${name}: ${problem}`);
  }
  return faults;
}

/** The error of an operation, with the current faults of the custom resources that failed in it. */
export async function withObjectFaults(
  error: unknown,
  failed: readonly FailedObject[],
  settings: Pick<Settings, "kubernetes">,
): Promise<unknown> {
  if (!(error instanceof CommandError) || failed.length === 0) return error;
  let faults: string[];
  try {
    faults = await objectFaults(failed, new LiveKubernetes(() => kubeConfig(settings)));
  } catch (reason) {
    faults = [`why custom resources failed cannot be seen: ${(reason as Error).message}`];
  }
  return new CommandError(error.reason, [...faults, error.message].join("\n"), { cause: error });
}
