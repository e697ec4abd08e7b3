import { objectPlace } from "./urn";

/** Operation of the engine, or of a comparison of two plans. */
export type Operation = "create" | "update" | "replace" | "delete" | "import" | "forget";

/** One resource that a deployment changes. */
export interface Change {
  operation: Operation;
  /** Part of the plane. */
  part: string;
  type: string;
  /** Name in the program. */
  name: string;
  /** Inputs before. Undefined for a new resource. Secrets are masked. */
  before?: Record<string, unknown>;
  /** Inputs after. Undefined for a deleted resource. Secrets are masked. */
  after?: Record<string, unknown>;
  /** Properties that cannot be changed in place. */
  replaceBecause: string[];
  /** Properties that differ from the real object, if the inputs do not show it. */
  drifted: string[];
  /** Pulumi refuses to delete it. */
  protect: boolean;
}

/** All changes of a deployment, with its messages. */
export interface Changes {
  changes: Change[];
  /** Number of unchanged resources, if known. */
  unchanged?: number;
  warnings: string[];
  errors: string[];
}

/** Name of a resource in its system, such as `teleport/teleport-tls`, or else in the program. */
export function objectName({ type, name, before, after }: Change): string {
  const place = objectPlace(type, after ?? before);
  if (place === undefined) return name;
  return place.namespace === undefined ? place.name : `${place.namespace}/${place.name}`;
}
