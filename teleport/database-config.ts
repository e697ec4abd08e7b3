import type { DatabaseV3Spec } from "./generated";
import { shapeOf, type Shape } from "./resources/shape";

/** Fields that `db_service.databases[]` of teleport.yaml shares with the spec of TeleportDatabaseV3. */
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

/** What a database needs beyond address and certificate, in Teleport's own names. */
export type DatabaseConfig = Pick<DatabaseV3Spec, (typeof SHARED)[number]>;

/** Shape of {@link DatabaseConfig}, from the operator's CRD. */
export function databaseShape(): Shape {
  const spec = shapeOf("TeleportDatabaseV3") as Record<string, Shape>;
  return Object.fromEntries(SHARED.map((field) => [field, spec[field] ?? "any"]));
}
