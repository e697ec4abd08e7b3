import { z } from "zod";
import { shapeOf, type Shape, type Specs } from "../../teleport/resources/shape";
import type { TeleportKind } from "../../teleport/resources/kinds";
import { goDuration, labels, off, oneLine } from "./fields";

const BASIC: Record<Exclude<Shape, object>, () => z.ZodType> = {
  string: () => z.string(),
  duration: () => goDuration,
  "date-time": () =>
    z.iso.datetime({
      offset: true,
      error: 'must be a date and time in quotes, such as "2027-01-31T00:00:00Z"',
    }),
  boolean: () => z.boolean(),
  integer: () => z.number().int(),
  number: () => z.number(),
  "int-or-string": () => z.union([z.number().int(), z.string()]),
  strings: () => z.union([z.string(), z.array(z.string())]),
  any: () => z.unknown(),
};

/** Strict schema of a shape. Every field is optional. */
export function schemaOf(shape: Shape): z.ZodType {
  if (typeof shape === "string") return BASIC[shape]();
  if (Array.isArray(shape)) return z.array(schemaOf(shape[0]));
  if (shape["*"] !== undefined) return z.record(z.string(), schemaOf(shape["*"]));
  return z.strictObject(
    Object.fromEntries(
      Object.entries(shape).map(([key, field]) => [key, schemaOf(field).optional()]),
    ),
  );
}

/** Strict schema of a kind's spec, built when first needed. Source: the kind's CRD. */
function specSchema<Kind extends TeleportKind>(kind: Kind): z.ZodType<Specs[Kind]> {
  return z.lazy(() => schemaOf(shapeOf(kind)) as z.ZodType<Specs[Kind]>);
}

/** Fields that every declared resource has. */
export const customResource = <Kind extends TeleportKind>(kind: Kind) => ({
  spec: specSchema(kind).meta({
    id: kind,
    description: `Spec of ${kind}, with the field names of its CRD.`,
  }),
  labels: labels.prefault({}).describe("Labels in Teleport. Default: none."),
  description: oneLine.min(1).optional().describe("Description in Teleport. Default: none."),
  keep: off("Keep it in Teleport when it is removed here or the plane is destroyed."),
  ignore: off("The operator does not change it; protected from removal until this is false again."),
});
