import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { ALL_KINDS, kindInfo, TELEPORT_GROUP, type TeleportKind } from "../resources/kinds";
import type { Shape } from "../resources/shape";

/** The part of OpenAPI that the operator's CRDs use. */
interface OpenApi {
  type?: string;
  format?: string;
  properties?: Record<string, OpenApi>;
  items?: OpenApi;
  additionalProperties?: OpenApi | boolean;
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
}

interface Definition {
  kind: string;
  spec: {
    group: string;
    names: { kind: string; plural: string };
    versions: { name: string; schema: { openAPIV3Schema: OpenApi } }[];
  };
}

const ROOT = path.resolve(__dirname, "../..");

/** Directories with CRDs: Teleport's own beside the checkout, then those of the stand-in chart. */
export const CRD_PLACES = [
  path.join(ROOT, "../shared/teleport/crds"),
  path.join(ROOT, "sandbox/charts/teleport-cluster/crd-files"),
];

function shapeOf(schema: OpenApi, at: string): Shape {
  if (schema["x-kubernetes-int-or-string"]) return "int-or-string";
  // Only label selectors have this: a value or a list of values.
  if (schema["x-kubernetes-preserve-unknown-fields"]) return "strings";
  switch (schema.type) {
    case "array":
      return [shapeOf(schema.items ?? {}, `${at}[]`)];
    case "object": {
      const { properties, additionalProperties: more } = schema;
      if (properties !== undefined) {
        return Object.fromEntries(
          Object.entries(properties).map(([key, field]) => [key, shapeOf(field, `${at}.${key}`)]),
        );
      }
      return { "*": typeof more === "object" ? shapeOf(more, `${at}.*`) : "any" };
    }
    case "string":
      return schema.format === "duration" || schema.format === "date-time"
        ? schema.format
        : "string";
    case "boolean":
    case "integer":
    case "number":
      return schema.type;
    default:
      throw new Error(`${at}: the generator does not know the type ${JSON.stringify(schema)}`);
  }
}

/** Shapes of the specs of all kinds, from a directory of CRDs. */
export function specShapes(directory: string): Record<TeleportKind, Shape> {
  const definitions = fs
    .readdirSync(directory)
    .filter((file) => /\.ya?ml$/.test(file))
    .map((file) => parse(fs.readFileSync(path.join(directory, file), "utf8")) as Definition)
    .filter(({ kind, spec }) => kind.endsWith("Definition") && spec.group === TELEPORT_GROUP);
  const shapes = ALL_KINDS.map((kind) => {
    const { version, plural } = kindInfo(kind);
    const names = definitions.find(({ spec }) => spec.names.kind === kind)?.spec;
    const found = names?.versions.find(({ name }) => name === version);
    if (names?.names.plural !== plural || found === undefined) {
      throw new Error(`${directory}: ${kind} ${version} (${plural}) is not in it`);
    }
    const spec = found.schema.openAPIV3Schema.properties?.["spec"] ?? {};
    return [kind, shapeOf(spec, kind)];
  });
  const unknown = definitions
    .map(({ spec }) => spec.names.kind)
    .filter((kind) => !(ALL_KINDS as string[]).includes(kind));
  if (unknown.length > 0) {
    throw new Error(`${directory}: add ${unknown.join(", ")} to teleport/resources/kinds.ts`);
  }
  return Object.fromEntries(shapes) as Record<TeleportKind, Shape>;
}
