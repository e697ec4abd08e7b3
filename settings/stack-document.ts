import { pathText, type SettingsProblem, type Path } from "./problem";
import { NAMESPACE } from "./schema";
import { readYaml, type Value } from "./yaml/read-yaml";

/** Reads a stack file, `Pulumi.<stack>.yaml`, by the rules of Pulumi's engine. */

/** Source text of a setting if it differs from its value. The path starts at its section. */
export type Written = (path: Path) => string | undefined;

/** The config of a stack file. */
export interface StackDocument {
  /** By full key, such as `access-plane:nodePort`: a text or JSON, as programs get it. */
  config: Record<string, string>;
  /** Keys with an encrypted value, or with a value that contains one. */
  secretKeys: ReadonlySet<string>;
  problems: SettingsProblem[];
  written: Written;
}

/** The text is not YAML, or its root or `config` is not a mapping. The message quotes none of it. */
export class NoStackDocument extends Error {}

type Mapping = Record<string, Value>;

const isMapping = (value: Value | undefined): value is Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function kindOf(value: Value): string {
  if (typeof value === "string") return "text";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}

const hasSecure = (value: Value): boolean => {
  if (Array.isArray(value)) return value.some(hasSecure);
  if (!isMapping(value)) return false;
  const entries = Object.entries(value);
  const [first] = entries;
  const secure = entries.length === 1 && first?.[0] === "secure" && typeof first[1] === "string";
  return secure || entries.some(([, item]) => hasSecure(item));
};

/** JSON of a value. `lost` receives the paths of numbers that JSON does not have. */
export function jsonText(value: Value, path: Path = [], lost: Path[] = []): string {
  if (Array.isArray(value)) {
    return `[${value.map((item, i) => jsonText(item, [...path, i], lost)).join(",")}]`;
  }
  if (isMapping(value)) {
    const pairs = Object.entries(value).map(
      ([key, item]) => `${JSON.stringify(key)}:${jsonText(item, [...path, key], lost)}`,
    );
    return `{${pairs.join(",")}}`;
  }
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && !Number.isFinite(value)) {
    lost.push(path);
    return "null";
  }
  return JSON.stringify(value);
}

/** `NAMESPACE:NAME` of a written key. Undefined if it is not a key of Pulumi. */
function fullKey(key: string, project: string): string | undefined {
  const parts = key.split(":");
  if (parts.length === 1) return `${project}:${key}`;
  if (parts.length === 2) return key;
  const [namespace = "", config, name = ""] = parts;
  return parts.length === 3 && config === "config" ? `${namespace}:${name}` : undefined;
}

/**
 * Reads a stack file's text. `project` is the namespace of keys that are written without one. Throws NoStackDocument.
 */
export function readStackDocument(text: string, project = NAMESPACE): StackDocument {
  const { value: root = null, faults, written } = readYaml(text);
  if (faults.length > 0) {
    throw new NoStackDocument(`is not valid YAML: ${faults.join("; ")}.`);
  }
  if (root !== null && !isMapping(root)) {
    throw new NoStackDocument(`is ${kindOf(root)}, must be a mapping with the key config.`);
  }
  const settings = root?.["config"] ?? {};
  if (!isMapping(settings)) {
    throw new NoStackDocument(
      `has ${kindOf(settings)} as config, which must be a mapping such as ${NAMESPACE}:clusterName: example.com.`,
    );
  }
  const config: Record<string, string> = Object.create(null) as Record<string, string>;
  const origins = new Map<string, string>();
  const secretKeys = new Set<string>();
  const problems: SettingsProblem[] = [];
  for (const [name, value] of Object.entries(settings)) {
    const key = fullKey(name, project);
    if (key === undefined) {
      problems.push({ path: name, message: "is not a key of Pulumi: write NAMESPACE:NAME." });
      continue;
    }
    if (origins.has(key)) {
      problems.push({ path: key, message: "is set twice, with and without its namespace." });
      continue;
    }
    origins.set(key, name);
    const section = key.slice(key.indexOf(":") + 1);
    const lost: Path[] = [];
    const json = jsonText(value, [section], lost);
    if (value === null) config[key] = "";
    else config[key] = typeof value === "string" ? value : json;
    if (hasSecure(value)) secretKeys.add(key);
    if (key.startsWith(`${NAMESPACE}:`)) {
      for (const path of lost) {
        const shown = written(["config", name, ...path.slice(1)]) ?? "infinite";
        problems.push({ path: pathText(path), message: `is ${shown}, which is not a number.` });
      }
    }
  }
  return {
    config,
    secretKeys,
    problems,
    written: ([section, ...rest]) =>
      written(["config", origins.get(`${NAMESPACE}:${section ?? ""}`) ?? "", ...rest]),
  };
}
