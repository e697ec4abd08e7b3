import { z } from "zod";
import { KINDS, NAMESPACE, type Kind } from "./schema";

/** The part of JSON Schema that the settings use. */
export interface JsonSchema {
  type?: string;
  description?: string;
  pattern?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, JsonSchema>;
  additionalProperties?: boolean | JsonSchema;
  required?: string[];
  items?: JsonSchema;
  minItems?: number;
  minimum?: number;
  maximum?: number;
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
}

const made = new Map<Kind, JsonSchema>();

/** JSON Schema of one kind's settings before defaults, with one property for each section. */
export function kindJsonSchema(kind: Kind): JsonSchema {
  const schema = made.get(kind) ?? makeJsonSchema(kind);
  made.set(kind, schema);
  return schema;
}

function makeJsonSchema(kind: Kind): JsonSchema {
  return z.toJSONSchema(KINDS[kind], {
    io: "input",
    target: "draft-2020-12",
    // The fields have the defaults of a section.
    override: ({ jsonSchema }) => {
      if (JSON.stringify(jsonSchema.default) === "{}") delete jsonSchema.default;
    },
  }) as JsonSchema;
}

/** Sections of all kinds, each once. Throws if two kinds have different sections of one name. */
export function settingsJsonSchema(): Required<Pick<JsonSchema, "properties" | "$defs">> {
  const $defs: Record<string, JsonSchema> = {};
  const properties: Record<string, JsonSchema> = {
    kind: {
      enum: Object.keys(KINDS),
      default: "plane",
      description: "What the stack is; it decides which sections there are.",
    },
  };
  for (const kind of Object.keys(KINDS) as Kind[]) {
    const own = kindJsonSchema(kind);
    const { properties: sections = {}, $defs: parts = {} } = own;
    for (const [all, some] of [
      [properties, sections],
      [$defs, parts],
    ] as const) {
      for (const [name, schema] of Object.entries(some)) {
        const known = (all[name] ??= schema);
        if (name !== "kind" && JSON.stringify(known) !== JSON.stringify(schema)) {
          throw new Error(`${name} of kind ${kind} differs from that of other kinds`);
        }
      }
    }
  }
  return { properties, $defs };
}

/** JSON Schema of a whole `Pulumi.<stack>.yaml`, for editors. */
export function stackJsonSchema(): object {
  const { properties, $defs } = settingsJsonSchema();
  const prefixed = (name: string) => `${NAMESPACE}:${name}`;
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Stack of the access plane",
    description: "Made from settings/schema.ts by `npm run generate:schema`; do not edit.",
    type: "object",
    required: ["config"],
    additionalProperties: false,
    properties: {
      config: {
        type: "object",
        description: "Settings of the stack.",
        properties: Object.fromEntries(
          Object.entries(properties).map(([name, schema]) => [prefixed(name), schema]),
        ),
        patternProperties: {
          [`^(?!${NAMESPACE}:)[^:]+:.+$`]: {
            description: "Config of Pulumi itself or of a provider.",
          },
        },
        additionalProperties: false,
        allOf: (Object.keys(KINDS) as Kind[]).map((kind) => {
          const own = kindJsonSchema(kind);
          const foreign = Object.keys(properties).filter(
            (name) => !Object.hasOwn(own.properties ?? {}, name),
          );
          return {
            if: {
              properties: { [prefixed("kind")]: { const: kind } },
              // The default kind is plane.
              ...(kind === "plane" ? {} : { required: [prefixed("kind")] }),
            },
            then: {
              required: (own.required ?? []).map(prefixed),
              properties: Object.fromEntries(foreign.map((name) => [prefixed(name), false])),
            },
          };
        }),
      },
      environment: { description: "Pulumi ESC environments.", type: ["object", "array"] },
      secretsprovider: { description: "What encrypts the stack's secrets.", type: "string" },
      encryptionsalt: { description: "Salt of the passphrase.", type: "string" },
      encryptedkey: { description: "Data key, encrypted by the provider.", type: "string" },
    },
    $defs,
  };
}
