import type { DatabaseV3Spec } from "./generated";
import { shapeOf, type Shape } from "./resources/shape";

/** Fields that `db_service.databases[]` of teleport.yaml and the CRD TeleportDatabaseV3 have in common. */
const SHARED = [
  "ad",
  "admin_user",
  "aws",
  "azure",
  "gcp",
  "mongo_atlas",
  "mysql",
  "oracle",
] as const satisfies (keyof DatabaseV3Spec)[];

/** Other settings of a database, with Teleport's field names. */
export type DatabaseConfig = Pick<DatabaseV3Spec, (typeof SHARED)[number]>;

/** Shape of {@link DatabaseConfig}, from the operator's CRD. */
export function databaseShape(): Shape {
  const spec = shapeOf("TeleportDatabaseV3") as Record<string, Shape>;
  return Object.fromEntries(SHARED.map((field) => [field, spec[field] ?? "any"]));
}
