import * as fs from "node:fs";
import * as path from "node:path";
import { list } from "tar";
import { parse, parseAllDocuments } from "yaml";
import { isMapping, mapping, text, type Mapping } from "../../teleport/values";

/** Parts of a chart that are compared. */
export interface ChartFiles {
  name: string;
  version: string;
  /** Version of Teleport: the image tag, unless values set another one. */
  appVersion: string;
  /** Supported versions of Kubernetes. Empty if the chart does not say. */
  kubeVersion: string;
  /** The chart's default values. */
  values: Mapping;
  /** JSON schema of the values. Undefined without one. */
  schema?: Mapping;
  /** Custom resource definitions, including those of subcharts. */
  definitions: Mapping[];
}

/** Larger files are not read. */
const LARGEST = 4 * 1024 * 1024;

const WANTED = /\.(ya?ml|json)$/;

function definitionsIn(files: ReadonlyMap<string, string>): Mapping[] {
  return [...files].flatMap(([file, content]) => {
    if (!/\.ya?ml$/.test(file) || !/^kind: CustomResourceDefinition\s*$/m.test(content)) return [];
    const documents = parseAllDocuments(content, { logLevel: "silent" });
    if (!Array.isArray(documents)) return [];
    return documents
      .filter(({ errors }) => errors.length === 0)
      .map((document) => document.toJS() as unknown)
      .filter(isMapping)
      .filter((object) => object["kind"] === "CustomResourceDefinition");
  });
}

/** A chart from its files, by path. Throws without Chart.yaml. */
export function chartFrom(files: ReadonlyMap<string, string>, where: string): ChartFiles {
  const chart = files.get("Chart.yaml");
  if (chart === undefined) throw new Error(`${where} is not a chart: it has no Chart.yaml`);
  const about = mapping(parse(chart));
  const schema = files.get("values.schema.json");
  return {
    name: text(about["name"]),
    version: text(about["version"]),
    appVersion: text(about["appVersion"]),
    kubeVersion: text(about["kubeVersion"]),
    values: mapping(parse(files.get("values.yaml") ?? "")),
    schema: schema === undefined ? undefined : mapping(JSON.parse(schema)),
    definitions: definitionsIn(files),
  };
}

/** A chart from a folder. */
export function readChartFolder(folder: string): ChartFiles {
  const files = new Map<string, string>();
  const names = fs.existsSync(folder)
    ? fs.readdirSync(folder, { recursive: true, encoding: "utf8" })
    : [];
  for (const name of names) {
    const file = path.join(folder, name);
    const found = fs.statSync(file);
    if (!WANTED.test(name) || found.size > LARGEST || !found.isFile()) continue;
    files.set(name.replaceAll(path.sep, "/"), fs.readFileSync(file, "utf8"));
  }
  return chartFrom(files, folder);
}

/** A chart from an archive of `helm package`, read without unpacking to disk. */
export async function readChartArchive(archive: Buffer, where: string): Promise<ChartFiles> {
  const files = new Map<string, string>();
  await new Promise<void>((resolve, reject) => {
    const parser = list({
      strict: true,
      onReadEntry: (entry) => {
        const [, ...parts] = entry.path.split("/");
        const name = parts.join("/");
        if (!WANTED.test(name) || entry.size > LARGEST) {
          entry.resume();
          return;
        }
        const chunks: Buffer[] = [];
        entry.on("data", (chunk: Buffer) => chunks.push(chunk));
        entry.on("end", () => void files.set(name, Buffer.concat(chunks).toString()));
      },
    });
    parser.on("end", resolve);
    parser.on("error", reject);
    parser.end(archive);
  });
  return chartFrom(files, where);
}
