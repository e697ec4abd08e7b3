import { kindJsonSchema, type JsonSchema } from "./json-schema";
import type { Path } from "./problem";
import type { Kind } from "./schema";

/** Answers questions about a path in the settings from the JSON Schema of a kind, for messages. */

const branchesOf = (schema: JsonSchema) => schema.oneOf ?? schema.anyOf;

/** The key that selects the branch of a union, such as `method`. */
export function tagOf(branches: readonly JsonSchema[]): string | undefined {
  return Object.keys(branches[0]?.properties ?? {}).find((name) =>
    branches.every(({ properties }) => properties?.[name]?.const !== undefined),
  );
}

/** The JSON Schema of one kind of stack, by path. */
export class Shape {
  constructor(private readonly kind: Kind) {}

  /** Created on first use: valid settings need no messages. */
  private get root(): JsonSchema {
    return kindJsonSchema(this.kind);
  }

  private target(schema: JsonSchema): JsonSchema {
    const name = schema.$ref?.split("/").at(-1);
    return (name === undefined ? undefined : this.root.$defs?.[name]) ?? schema;
  }

  private step(schema: JsonSchema, part: string | number): JsonSchema[] {
    const { properties, items, additionalProperties: values, ...rest } = this.target(schema);
    const branches = branchesOf(rest);
    if (branches !== undefined) return branches.flatMap((branch) => this.step(branch, part));
    if (properties !== undefined) {
      const next = Object.hasOwn(properties, part) ? properties[part] : undefined;
      return next === undefined ? [] : [next];
    }
    if (typeof part === "number") return items === undefined ? [] : [items];
    return typeof values === "object" ? [values] : [];
  }

  /** Every schema at a path; several below a union. */
  schemasAt(path: Path): JsonSchema[] {
    return path
      .reduce<JsonSchema[]>(
        (schemas, part) => schemas.flatMap((schema) => this.step(schema, part)),
        [this.root],
      )
      .map((schema) => this.target(schema));
  }

  /** Known keys of a mapping at a path. */
  keysAt(path: Path): string[] {
    const keys = (schema: JsonSchema): string[] =>
      branchesOf(schema)?.flatMap(keys) ?? Object.keys(schema.properties ?? {});
    return [...new Set(this.schemasAt(path).flatMap(keys))];
  }

  /** True if the key may be left out. */
  isOptional(path: Path): boolean {
    const key = path.at(-1);
    const holders = this.schemasAt(path.slice(0, -1))
      .flatMap((schema) => branchesOf(schema) ?? [schema])
      .filter(({ properties = {} }) => key !== undefined && Object.hasOwn(properties, key));
    return (
      holders.length > 0 && holders.every(({ required = [] }) => !required.includes(String(key)))
    );
  }

  /** Kinds of a tagged union that have a key, such as `source "generated"`. */
  kindsWith(path: Path, key: string): string[] {
    return this.schemasAt(path).flatMap((schema) => {
      const branches = branchesOf(schema) ?? [];
      const tag = tagOf(branches);
      if (tag === undefined) return [];
      return branches
        .filter(({ properties = {} }) => Object.hasOwn(properties, key))
        .map(({ properties }) => `${tag} "${String(properties?.[tag]?.const)}"`);
    });
  }

  /** Values of an enumeration at a path, or tags of a tagged union. */
  choicesAt(path: Path): string[] {
    return this.schemasAt(path).flatMap((schema) => {
      const branches = branchesOf(schema) ?? [];
      const tag = tagOf(branches);
      if (tag !== undefined)
        return branches.map((branch) => String(branch.properties?.[tag]?.const));
      return (schema.enum ?? (schema.const === undefined ? [] : [schema.const])).map(String);
    });
  }

  /** Description of the setting at a path. */
  descriptionAt(path: Path): string | undefined {
    return this.schemasAt(path)
      .map(({ description }) => description)
      .find(Boolean);
  }

  /** True for a text that matches the pattern at a path. */
  fits(path: Path, text: string): boolean {
    return this.schemasAt(path).some(
      ({ type, pattern }) =>
        type === "string" && (pattern === undefined || new RegExp(pattern, "u").test(text)),
    );
  }
}
