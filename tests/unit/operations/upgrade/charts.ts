import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";

/** A custom resource definition whose spec has these fields, all of type text. */
export const definition = (kind: string, fields: readonly string[], version = "v1") => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${kind.toLowerCase()}s.resources.teleport.dev` },
  spec: {
    names: { kind },
    versions: [
      {
        name: version,
        served: true,
        schema: {
          openAPIV3Schema: {
            properties: {
              spec: {
                properties: Object.fromEntries(fields.map((name) => [name, { type: "string" }])),
              },
            },
          },
        },
      },
    ],
  },
});

/** Parts of a test's chart. */
export interface Parts {
  version: string;
  values: object;
  schema?: object;
  definitions?: readonly object[];
  kubeVersion?: string;
}

/** Writes a chart into `FOLDER/NAME`. */
export function writeChart(folder: string, name: string, parts: Parts): string {
  const { version, values, schema, definitions = [], kubeVersion } = parts;
  const chart = path.join(folder, name);
  fs.rmSync(chart, { recursive: true, force: true });
  const write = (file: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(chart, file)), { recursive: true });
    fs.writeFileSync(path.join(chart, file), text);
  };
  write(
    "Chart.yaml",
    stringify({ apiVersion: "v2", name, version, appVersion: version, kubeVersion }),
  );
  write("values.yaml", stringify(values));
  if (schema !== undefined) write("values.schema.json", JSON.stringify(schema));
  definitions.forEach((one, index) =>
    write(`charts/operator/operator-crds/${index}.yaml`, stringify(one)),
  );
  write("templates/service.yaml", "kind: Service\nname: {{ .Values.name }}\n");
  return chart;
}
