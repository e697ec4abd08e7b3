import type { ResourceStatus } from "./conditions";

/** With it the operator removes a resource from Teleport before Kubernetes forgets the object. */
export const FINALIZER = "resources.teleport.dev/deletion";

/** Annotation that is changed to have the operator look at an object at once. */
export const WAKE = "access-plane/wake";

/** A custom resource of the operator that was told to go. */
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

/** Why an object hangs in deletion, and the safe way out, in one sentence; it names the object. */
export function deletionFault(object: DeletedObject, operatorRuns: boolean): string {
  const { kind, metadata: { name = "", namespace = "", annotations, finalizers = [] } = {} } =
    object;
  const title = `${kind} ${name} waits for ${finalizers.join(", ") || "nothing"}`;
  const foreign = finalizers.filter((finalizer) => finalizer !== FINALIZER);
  if (!finalizers.includes(FINALIZER)) {
    return foreign.length === 0
      ? `${title}: it is about to go`
      : `${title}: Teleport has let it go; whoever set ${foreign.join(", ")} has to remove it`;
  }
  if (annotations?.["teleport.dev/ignore"] === "true") {
    return (
      `${title}: the operator was told to ignore it, also its deletion; remove the annotation ` +
      `teleport.dev/ignore (kubectl annotate ${kind} ${name} -n ${namespace} teleport.dev/ignore-)`
    );
  }
  if (!operatorRuns) {
    return (
      `${title}, which only the operator removes, and that does not run: bring it back rather ` +
      `than removing the finalizer (kubectl get deployment teleport-operator -n ${namespace})`
    );
  }
  // Conditions are about the last change that was accepted or not, never about the deletion.
  const holders = kind.startsWith("TeleportRole") ? "; a role stays while somebody holds it" : "";
  return (
    `${title}: why Teleport keeps it stands in the operator's log alone (kubectl logs -n ` +
    `${namespace} deploy/teleport-operator)${holders}. Once that is put right, run it again, or ` +
    `end the operator's pause, which may take 16 minutes: kubectl annotate ${kind} ${name} -n ` +
    `${namespace} --overwrite ${WAKE}="$(date)"`
  );
}
