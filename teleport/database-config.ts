import { shapeOf, type Shape, type Specs } from "./resources/shape";

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
] as const satisfies (keyof Specs["TeleportDatabaseV3"])[];

/** Other settings of a database, with Teleport's field names. */
export type DatabaseConfig = Pick<Specs["TeleportDatabaseV3"], (typeof SHARED)[number]>;

/** Shape of {@link DatabaseConfig}, from the operator's CRD. */
export function databaseShape(): Shape {
  const spec = shapeOf("TeleportDatabaseV3") as Record<string, Shape>;
  return Object.fromEntries(SHARED.map((field) => [field, spec[field] ?? "any"]));
}
