import { z } from "zod";
import { NAMESPACE, settingsSchema } from "./schema";

/** The part of JSON Schema that the settings use. */
export interface JsonSchema {
  type?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, JsonSchema>;
  additionalProperties?: boolean | JsonSchema;
  required?: string[];
  items?: JsonSchema;
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
}

/** JSON Schema of the settings as people write them, one property a section. */
export function settingsJsonSchema(): JsonSchema {
  return z.toJSONSchema(settingsSchema, {
    io: "input",
    target: "draft-2020-12",
    // What a section falls back to is told by its fields.
    override: ({ jsonSchema }) => {
      if (JSON.stringify(jsonSchema.default) === "{}") delete jsonSchema.default;
    },
  }) as JsonSchema;
}

/** JSON Schema of a whole `Pulumi.<stack>.yaml`, for editors. */
export function stackJsonSchema(): object {
  const { properties = {}, required = [], $defs = {} } = settingsJsonSchema();
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
        required: required.map(prefixed),
        properties: Object.fromEntries(
          Object.entries(properties).map(([name, schema]) => [prefixed(name), schema]),
        ),
        patternProperties: {
          [`^(?!${NAMESPACE}:)[^:]+:.+$`]: {
            description: "Config of Pulumi itself or of a provider.",
          },
        },
        additionalProperties: false,
      },
      environment: { description: "Pulumi ESC environments.", type: ["object", "array"] },
      secretsprovider: { description: "What encrypts the stack's secrets.", type: "string" },
      encryptionsalt: { description: "Salt of the passphrase.", type: "string" },
      encryptedkey: { description: "Data key, encrypted by the provider.", type: "string" },
    },
    $defs,
  };
}
