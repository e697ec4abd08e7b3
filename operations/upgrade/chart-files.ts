import * as fs from "node:fs";
import * as path from "node:path";
import { list } from "tar";
import { parse, parseAllDocuments } from "yaml";
import { isMapping, mapping, text, type Mapping } from "../../teleport/values";

/** A chart as it is read for a comparison. */
export interface ChartFiles {
  name: string;
  version: string;
  /** Version of Teleport, the tag of its images unless values say another. */
  appVersion: string;
  /** Versions of Kubernetes that the chart accepts; empty when it says nothing. */
  kubeVersion: string;
  /** The chart's own values. */
  values: Mapping;
  /** JSON schema of the values; undefined when the chart has none. */
  schema?: Mapping;
  /** Custom resource definitions, of subcharts too. */
  definitions: Mapping[];
}

/** Files larger than this are no part of a chart that is looked at. */
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

/** A chart from its files, by their path in it. Throws when it has no Chart.yaml. */
export function chartFrom(files: ReadonlyMap<string, string>, where: string): ChartFiles {
  const chart = files.get("Chart.yaml");
  if (chart === undefined) throw new Error(`${where} is no chart: it has no Chart.yaml`);
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

/** The chart in a folder. */
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

/** The chart in an archive as `helm package` makes it. Nothing is unpacked to disk. */
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
