import type { ResourceStatus } from "./conditions";

/** The operator's finalizer: it removes a resource from Teleport before Kubernetes deletes the object. */
export const FINALIZER = "resources.teleport.dev/deletion";

/** Annotation whose change makes the operator process an object at once. */
export const WAKE = "access-plane/wake";

/** A custom resource of the operator in deletion. */
export interface DeletedObject {
  kind: string;
  metadata?: {
    name?: string;
    namespace?: string;
    deletionTimestamp?: string | Date;
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
    finalizers?: string[];
  };
  status?: ResourceStatus;
}

/** Why an object hangs in deletion and how to resolve it, as one sentence that names the object. */
export function deletionFault(object: DeletedObject, operatorRuns: boolean): string {
  const { kind, metadata: { name = "", namespace = "", annotations, finalizers = [] } = {} } =
    object;
  const title = `${kind} ${name} waits for ${finalizers.join(", ") || "nothing"}`;
  const foreign = finalizers.filter((finalizer) => finalizer !== FINALIZER);
  if (!finalizers.includes(FINALIZER)) {
    return foreign.length === 0
      ? `${title}: it is about to be deleted`
      : `${title}: Teleport has released it; the owner of ${foreign.join(", ")} has to remove that finalizer`;
  }
  if (annotations?.["teleport.dev/ignore"] === "true") {
    return (
      `${title}: the operator ignores it, including its deletion; remove the annotation ` +
      `teleport.dev/ignore (kubectl annotate ${kind} ${name} -n ${namespace} teleport.dev/ignore-)`
    );
  }
  if (!operatorRuns) {
    return (
      `${title}, which only the operator removes, and the operator does not run: start it again; do not ` +
      `remove the finalizer (kubectl get deployment teleport-operator -n ${namespace})`
    );
  }
  // The conditions describe the last change, never the deletion.
  const holders = kind.startsWith("TeleportRole")
    ? "; Teleport keeps a role while somebody holds it"
    : "";
  return (
    `${title}: only the operator's log says why Teleport keeps it (kubectl logs -n ` +
    `${namespace} deploy/teleport-operator)${holders}. Remove the reason and run it again, or ` +
    `end the operator's pause, which may take 16 minutes: kubectl annotate ${kind} ${name} -n ` +
    `${namespace} --overwrite ${WAKE}="$(date)"`
  );
}
