/** The operator's three conditions. */
import type { Condition } from "../objects.ts";

export const FINALIZER = "resources.teleport.dev/deletion";
export const KEEP = "teleport.dev/keep";
export const IGNORE = "teleport.dev/ignore";

export const validStructure: Condition = {
  type: "ValidStructure",
  status: "True",
  reason: "NoError",
  message: "Kubernetes CR was successfully decoded.",
};

export function ownership(exists: boolean, origin: string | undefined): Condition {
  const type = "TeleportResourceOwned";
  if (!exists) {
    const message = "No existing Teleport resource found with that name.";
    return { type, status: "True", reason: "NewResource", message };
  }
  if (origin === "kubernetes") {
    const message = "Teleport resource has the Kubernetes origin label.";
    return { type, status: "True", reason: "OriginLabelMatching", message };
  }
  const message =
    "A resource with the same name already exists in Teleport and does not have the Kubernetes origin label.";
  return { type, status: "False", reason: "OriginLabelNotMatching", message };
}

export function reconciled(refusal?: string): Condition {
  const type = "SuccessfullyReconciled";
  if (refusal === undefined) {
    const message = "Teleport resource was successfully reconciled.";
    return { type, status: "True", reason: "NoError", message };
  }
  const message = `Teleport returned the error: ${refusal}`;
  return { type, status: "False", reason: "TeleportError", message };
}
