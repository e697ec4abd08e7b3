/** The operator's three conditions, worded as in its source (integrations/operator, version 18). */
import type { Condition } from "../objects.ts";

export const FINALIZER = "resources.teleport.dev/deletion";
export const KEEP = "teleport.dev/keep";
export const IGNORE = "teleport.dev/ignore";

/** Values of an annotation that the operator reads as true. */
const TRUE = new Set(["1", "t", "T", "true", "True", "TRUE"]);

/** Whether an annotation is true. */
export const says = (annotations: Record<string, string> | undefined, name: string): boolean =>
  TRUE.has(annotations?.[name] ?? "");

export const validStructure: Condition = {
  type: "ValidStructure",
  status: "True",
  reason: "NoError",
  message: "Kubernetes CR was successfully decoded.",
};

export function ownership(exists: boolean, origin: string | undefined): Condition {
  const type = "TeleportResourceOwned";
  if (!exists) {
    const message =
      "No existing Teleport Resource found with that name. " +
      "The created Resource is owned by the operator.";
    return { type, status: "True", reason: "NewResource", message };
  }
  if (origin === "kubernetes") {
    const message = "Teleport Resource has the Kubernetes origin label.";
    return { type, status: "True", reason: "OriginLabelMatching", message };
  }
  const message =
    "A Resource with the same name already exists in Teleport and does not have the Kubernetes " +
    "origin label. Refusing to reconcile.";
  return { type, status: "False", reason: "OriginLabelNotMatching", message };
}

const RECONCILED = "SuccessfullyReconciled";

export const reconciled: Condition = {
  type: RECONCILED,
  status: "True",
  reason: "NoError",
  message: "Teleport Resource was successfully reconciled, no error was returned by Teleport.",
};

/** Teleport refused the resource. */
export function refused(words: string): Condition {
  const message = `Teleport returned the error: ${words}`;
  return { type: RECONCILED, status: "False", reason: "TeleportError", message };
}

/** A Secret that the resource refers to cannot be read. */
export function notMutated(words: string): Condition {
  const message =
    "The reconciliation failed, the operator failed to mutate the resource before creating it in " +
    `Teleport. Mutation failed with error: ${words}`;
  return { type: RECONCILED, status: "False", reason: "MutationError", message };
}
