/** Renders charts with Helm and brings the objects into a form that two renderings can be compared in. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import { sameJson, type KubeObject } from "../src/controllers/objects.ts";
import { toolPath } from "../src/setup/tools.ts";

export const charts = join(import.meta.dirname, "../charts");
export const valuesDir = join(import.meta.dirname, "charts-values");

/** The values files of a chart: those whose names begin with the prefix. */
export const valuesFiles = (prefix: string): string[] =>
  readdirSync(valuesDir).filter((file) => file.startsWith(prefix));

export function helmAvailable(): boolean {
  try {
    return Boolean(toolPath("helm"));
  } catch {
    return false;
  }
}

/** Objects by what was rendered. Many cases look at the same rendering. */
const known = new Map<string, KubeObject[]>();

/** A copy of the objects of a rendering that happens once. */
function once(what: readonly unknown[], work: () => KubeObject[]): KubeObject[] {
  const key = JSON.stringify(what);
  const objects = known.get(key) ?? work();
  known.set(key, objects);
  return structuredClone(objects);
}

/** The objects of a rendering, hooks included. `set` are further values, as Helm's --set-json takes them. */
export const render = (
  chart: string,
  release: string,
  values: string,
  set: Record<string, unknown> = {},
): KubeObject[] => once([chart, release, values, set], () => template(chart, release, values, set));

function template(
  chart: string,
  release: string,
  values: string,
  set: Record<string, unknown>,
): KubeObject[] {
  const more = Object.entries(set).flatMap(([path, value]) => [
    "--set-json",
    `${path}=${JSON.stringify(value)}`,
  ]);
  const files = ["-f", resolve(valuesDir, values)];
  const output = execFileSync(
    toolPath("helm"),
    [
      "template",
      release,
      chart,
      "--namespace",
      "teleport",
      "--kube-version",
      "1.36.3",
      ...files,
      ...more,
    ],
    { encoding: "utf8", maxBuffer: 64 * 1024 * 1024, stdio: ["ignore", "pipe", "pipe"] },
  );
  return documents(output) as KubeObject[];
}

interface Planned {
  type: string;
  name: string;
  inputs: { values?: object; metadata?: { name: string }; spec?: unknown };
}

/** Resources of the reference deployment, as its plan has them. */
export const planned = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../tests/unit/golden/prod.json"), "utf8"),
) as Planned[];

/** Charts of its releases. */
export const PLANNED_CHARTS = {
  teleport: "teleport-cluster",
  "teleport-agent": "teleport-kube-agent",
};

/** Charts of this repository, and the vendor's where somebody has put them. */
export const SOURCES = [charts, process.env.TELEPORT_CHARTS_DIR ?? ""].filter((dir) =>
  existsSync(dir),
);

/** A release of the reference deployment; undefined if it has none of this name. */
export const plannedRelease = (release: string): Planned | undefined =>
  planned.find(({ type, name }) => type.endsWith(":Release") && name === release);

/** The objects of such a release, from a source's chart. */
export const renderPlanned = (source: string, release: string, chart: string): KubeObject[] =>
  once([source, release, chart], () => {
    const folder = mkdtempSync(join(tmpdir(), "planned-values-"));
    try {
      const values = join(folder, `${release}.json`);
      writeFileSync(values, JSON.stringify(plannedRelease(release)?.inputs.values));
      return template(join(source, chart), release, values, {});
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

/** The YAML documents of a text; a key given twice counts as Helm counts it, the last one. */
export const documents = (text: string): unknown[] =>
  // Helm reads YAML 1.1, in which 0600 is octal.
  parseAllDocuments(text, { uniqueKeys: false, version: "1.1" })
    .map((document) => document.toJS() as unknown)
    .filter((document) => document !== null);

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Removes what has no effect: empty maps and nulls, prose, the value of the checksum, the order of rights. */
export function effective(object: KubeObject): unknown {
  const copy = structuredClone(object) as KubeObject & { data?: Tree; rules?: Tree[] };
  if (copy.kind === "ConfigMap" && copy.data) {
    for (const [key, text] of Object.entries(copy.data)) copy.data[key] = documents(String(text));
  }
  if (copy.kind === "CustomResourceDefinition") delete copy.status;
  for (const rule of copy.rules ?? []) {
    if (Array.isArray(rule.resources)) rule.resources.sort();
  }
  return clean(copy);
}

function clean(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => clean(item));
  if (!isTree(value)) return key === "checksum/config" ? "some checksum" : value;
  const entries = Object.entries(value)
    .filter(([name, sub]) => !(name === "description" && typeof sub === "string"))
    .map(([name, sub]) => [name, clean(sub, name)] as const)
    .filter(([, sub]) => sub !== null && sub !== undefined)
    .filter(([, sub]) => !isTree(sub) || Object.keys(sub).length > 0);
  return Object.fromEntries(entries);
}

/** Every difference between two values, with its path. */
export function differences(left: unknown, right: unknown, path: string): string[] {
  if (sameJson(left, right)) return [];
  if (isTree(left) && isTree(right)) {
    const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
    return [...keys].flatMap((key) => differences(left[key], right[key], `${path}.${key}`));
  }
  if (Array.isArray(left) && Array.isArray(right) && left.length === right.length) {
    return left.flatMap((item, at) => differences(item, right[at], `${path}[${String(at)}]`));
  }
  return [`${path}: ${JSON.stringify(left)} here, ${JSON.stringify(right)} there`];
}

/** Compares two renderings object by object. */
export function compare(ours: KubeObject[], theirs: KubeObject[]): string[] {
  const index = (objects: KubeObject[]) =>
    new Map(objects.map((object) => [`${object.kind}/${object.metadata.name}`, effective(object)]));
  const [left, right] = [index(ours), index(theirs)];
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((name) => {
    if (!left.has(name)) return [`${name}: missing here`];
    if (!right.has(name)) return [`${name}: missing there`];
    return differences(left.get(name), right.get(name), name);
  });
}
