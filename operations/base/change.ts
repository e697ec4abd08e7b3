import { objectPlace } from "./urn";

/** What an engine would do, or a comparison of two plans says it would have to. */
export type Operation = "create" | "update" | "replace" | "delete" | "import" | "forget";

/** One resource that a deployment changes. */
export interface Change {
  operation: Operation;
  /** Part of the plane. */
  part: string;
  type: string;
  /** Name in the program. */
  name: string;
  /** What the provider was given, absent for something new; secrets are masked. */
  before?: Record<string, unknown>;
  /** What the provider will be given, absent for something that goes; secrets are masked. */
  after?: Record<string, unknown>;
  /** Properties that cannot be changed in place. */
  replaceBecause: string[];
  /** Properties that differ from what the provider last saw, where the inputs do not tell. */
  drifted: string[];
  /** Pulumi refuses to delete it. */
  protect: boolean;
}

/** All changes of one deployment, and what was said on the way. */
export interface Changes {
  changes: Change[];
  /** Resources that stay as they are, where that was told. */
  unchanged?: number;
  warnings: string[];
  errors: string[];
}

/** What a resource is called where it lives: `teleport/teleport-tls`, or the program's name. */
export function objectName({ type, name, before, after }: Change): string {
  const place = objectPlace(type, after ?? before);
  if (place === undefined) return name;
  return place.namespace === undefined ? place.name : `${place.namespace}/${place.name}`;
}
