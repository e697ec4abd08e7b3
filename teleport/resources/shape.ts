import { SHAPES } from "../generated/shapes";
import type { TeleportKind } from "./kinds";

/**
 * Shape of a value: a basic type, `[shape]` for a list, `{ "*": shape }` for a map, any other object
 * for optional fields. `strings` is a text or a list of texts, as in label selectors. `any` is any
 * YAML. Source: the operator's CRDs and the charts' schemas.
 */
export type Shape = keyof BasicTypes | [Shape] | { [field: string]: Shape };

/** Shape of a kind's spec. Source: the kind's CRD. */
export const shapeOf = (kind: TeleportKind): Shape => SHAPES[kind] as unknown as Shape;

interface BasicTypes {
  string: string;
  boolean: boolean;
  integer: number;
  number: number;
  "int-or-string": number | string;
  duration: string;
  "date-time": string;
  strings: string | string[];
  any: unknown;
}

/** Type of the values of a shape. */
type ValueOf<S> = S extends keyof BasicTypes
  ? BasicTypes[S]
  : S extends readonly [infer Item]
    ? ValueOf<Item>[]
    : S extends { "*": infer Value }
      ? Record<string, ValueOf<Value>>
      : { -readonly [Field in keyof S]?: ValueOf<S[Field]> };

/** Spec of each kind, such as `Specs["TeleportUser"]`. Source: the kinds' CRDs. */
export type Specs = { [Kind in TeleportKind]: ValueOf<(typeof SHAPES)[Kind]> };
