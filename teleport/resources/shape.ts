import generated from "../generated/shapes.json";
import type { TeleportKind } from "./kinds";

/**
 * Shape of a value: a basic type, `[shape]` for a list, `{ "*": shape }` for a map, any other object
 * for optional fields. `strings` is a text or a list of texts, as in label selectors. `any` is any
 * YAML. Source: the operator's CRDs and the charts' schemas.
 */
export type Shape =
  | "string"
  | "boolean"
  | "integer"
  | "number"
  | "int-or-string"
  | "duration"
  | "date-time"
  | "strings"
  | "any"
  | [Shape]
  | { [field: string]: Shape };

/** Shape of a kind's spec. Throws if the generated file does not have the kind. */
export function shapeOf(kind: TeleportKind): Shape {
  const { equal, shapes } = generated as unknown as {
    equal: Partial<Record<string, string>>;
    shapes: Partial<Record<string, Shape>>;
  };
  const shape = shapes[equal[kind] ?? kind];
  if (shape === undefined) throw new Error(`${kind} has no shape; run \`npm run generate\``);
  return shape;
}
