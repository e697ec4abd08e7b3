/**
 * Writes the CustomResourceDefinitions of the stand-in chart from a directory of full ones:
 * names, types and constraints stay, prose goes.
 *
 *     node sandbox/charts/generate-crds.ts <directory of CRDs> [<output directory>]
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parse, stringify } from "yaml";

type Schema = Record<string, unknown>;

const isObject = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Removes `description` and `title` from a schema, but never a property that is called so. */
export function stripSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(stripSchema);
  if (!isObject(schema)) return schema;
  const out: Schema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === "description" || key === "title") continue;
    if (key === "enum" || key === "default" || key === "required") out[key] = value;
    else if (key === "properties" && isObject(value)) {
      out[key] = Object.fromEntries(
        Object.entries(value).map(([name, sub]) => [name, stripSchema(sub)]),
      );
    } else out[key] = stripSchema(value);
  }
  return out;
}

/** Keeps what the API server acts on: group, names, scope, versions, schemas, subresources. */
export function stripCrd(crd: Schema): Schema {
  const spec = crd.spec as Schema;
  const versions = (spec.versions as Schema[]).map((version) => {
    const columns = (version.additionalPrinterColumns as Schema[] | undefined)?.map((column) => {
      const kept = Object.entries(column).filter(([field]) => field !== "description");
      return Object.fromEntries(kept);
    });
    return {
      ...version,
      schema: {
        openAPIV3Schema: stripSchema((version.schema as Schema).openAPIV3Schema),
      },
      ...(columns ? { additionalPrinterColumns: columns } : {}),
    };
  });
  return {
    apiVersion: crd.apiVersion,
    kind: crd.kind,
    metadata: { name: (crd.metadata as Schema).name },
    spec: { ...spec, versions },
  };
}

/** Reads every CRD of `from` and writes the stripped ones to `to`, one file a plural name. */
export function generate(from: string, to: string): string[] {
  const crds = readdirSync(from)
    .filter((file) => /\.ya?ml$/.test(file))
    .map((file) => parse(readFileSync(join(from, file), "utf8")) as Schema)
    .filter((document) => document.kind === "CustomResourceDefinition");
  if (crds.length === 0) {
    throw new Error(`no CustomResourceDefinition in ${from}: give the folder that holds the YAML`);
  }
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  return crds.map((crd) => {
    const spec = crd.spec as { names: { plural: string } };
    const file = `${spec.names.plural}.yaml`;
    writeFileSync(join(to, file), stringify(stripCrd(crd), { lineWidth: 0, aliasDuplicateObjects: false }));
    return file;
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [from, to] = process.argv.slice(2);
  if (!from) {
    console.error("usage: node sandbox/charts/generate-crds.ts <directory of CRDs> [<output>]");
    process.exit(2);
  }
  const target = to ?? join(import.meta.dirname, "teleport-cluster", "crd-files");
  console.log(`${String(generate(from, target).length)} definitions written to ${target}`);
}
