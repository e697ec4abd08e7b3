import { closest, distance } from "fastest-levenshtein";
import type { $ZodLazy, $ZodType } from "zod/v4/core";
import type { Path } from "./problem";

/** What the schema says about a place in the settings: its questions are asked for messages. */

interface Definition {
  type: string;
  innerType?: $ZodType;
  in?: $ZodType;
  getter?: () => $ZodType;
  element?: $ZodType;
  valueType?: $ZodType;
  shape?: Record<string, $ZodType>;
  options?: $ZodType[];
  discriminator?: string;
  values?: unknown[];
}

const definition = (schema: $ZodType): Definition => schema._zod.def;

/** The schema below optional, default, transform and what is built when needed. */
export function unwrap(schema: $ZodType): $ZodType {
  const { type, innerType, in: input, getter } = definition(schema);
  if (getter !== undefined) return unwrap((schema as $ZodLazy)._zod.innerType);
  if (innerType !== undefined) return unwrap(innerType);
  return type === "pipe" && input !== undefined ? unwrap(input) : schema;
}

/** Description of a schema, its own or an inner one's. */
export function description(schema: $ZodType): string | undefined {
  const own = (schema as { description?: string }).description;
  const { innerType, in: input, type } = definition(schema);
  const inner = innerType ?? (type === "pipe" ? input : undefined);
  return own ?? (inner === undefined ? undefined : description(inner));
}

function step(schema: $ZodType, part: string | number): $ZodType[] {
  const { element, shape, valueType, options } = definition(unwrap(schema));
  if (options !== undefined) return options.flatMap((option) => step(option, part));
  if (shape !== undefined) {
    return Object.hasOwn(shape, part) && shape[part] !== undefined ? [shape[part]] : [];
  }
  const next = element ?? valueType;
  return next === undefined ? [] : [next];
}

/** Answers questions about the schema of one kind of stack. */
export class Shape {
  constructor(private readonly root: $ZodType) {}

  /** Every schema that may stand at a path (several below a union). */
  schemasAt(path: Path): $ZodType[] {
    return path.reduce<$ZodType[]>(
      (schemas, part) => schemas.flatMap((schema) => step(schema, part)),
      [this.root],
    );
  }

  /** Keys that a mapping at a path may have. */
  keysAt(path: Path): string[] {
    const keys = (schema: $ZodType): string[] => {
      const { options, shape } = definition(unwrap(schema));
      return options === undefined ? Object.keys(shape ?? {}) : options.flatMap(keys);
    };
    return [...new Set(this.schemasAt(path).flatMap(keys))];
  }

  /** True where a key may be left out. */
  isOptional(path: Path): boolean {
    return this.schemasAt(path).every((schema) =>
      ["optional", "default", "prefault"].includes(definition(schema).type),
    );
  }

  /** Kinds of a tagged union that have a key, such as `source "generated"`. */
  kindsWith(path: Path, key: string): string[] {
    return this.schemasAt(path).flatMap((schema) => {
      const { options = [], discriminator } = definition(unwrap(schema));
      return options.flatMap((option) => {
        const { shape = {} } = definition(option);
        const tag = discriminator === undefined ? undefined : shape[discriminator];
        if (tag === undefined || !Object.hasOwn(shape, key)) return [];
        const { values = [] } = definition(unwrap(tag));
        return values.map((value) => `${discriminator} "${String(value)}"`);
      });
    });
  }

  /** Texts that an enumeration at a path allows, or the kinds that a tagged union has. */
  choicesAt(path: Path): string[] {
    return this.schemasAt(path).flatMap((schema) => {
      const { type, values } = definition(unwrap(schema));
      if (type === "literal") return (values ?? []).map(String);
      const entries = (definition(unwrap(schema)) as { entries?: Record<string, string> }).entries;
      return Object.values(entries ?? {});
    });
  }
}

/** The known word that a misspelt one most likely means. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || word.length > 100) return undefined;
  const fold = (text: string) => text.toLowerCase().replace(/[-_ ]/g, "");
  const same = known.find((candidate) => fold(candidate) === fold(word));
  const best = same ?? closest(word, [...known]);
  const start = known.find((candidate) => word.length >= 4 && candidate.startsWith(word));
  if (start !== undefined) return start;
  const allowed = Math.max(2, Math.floor(best.length / 3));
  return same !== undefined || distance(word, best) <= allowed ? best : undefined;
}
