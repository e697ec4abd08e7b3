import { quantity } from "../../settings/quantity";
import { isMapping, type Mapping } from "../../teleport/values";

/** An object of a release's manifest. */
export interface ManifestObject extends Mapping {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}

/** The objects of a manifest, with the items of lists. Throws for invalid YAML. */
export async function manifestObjects(manifest: string): Promise<ManifestObject[]> {
  const { loadAllYaml } = await import("@kubernetes/client-node");
  // Much faster than the settings' parser, which records the position of each value.
  const documents = loadAllYaml(manifest) as ({ kind?: string; items?: unknown[] } | null)[];
  return documents.flatMap((object) => {
    const all = object?.kind?.endsWith("List") === true ? (object.items ?? []) : [object];
    return all.filter(isMapping) as ManifestObject[];
  });
}

/** True for a value that the API server may drop or add. */
function isNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isMapping(value)) return Object.values(value).every(isNothing);
  return value === undefined || value === null || value === false || value === "" || value === 0;
}

const QUANTITY = /^\d+(\.\d+)?([mkMGT]|[KMGT]i)?$/;

function sameScalar(wanted: unknown, found: unknown): boolean {
  const [a, b] = [String(wanted), String(found)];
  return a === b || (QUANTITY.test(a) && QUANTITY.test(b) && quantity(a) === quantity(b));
}

/** Fields that identify the elements of a list in Kubernetes. */
const MERGE_KEYS = ["name", "mountPath", "containerPort", "port", "topologyKey", "ip"];

const mergeKey = (lists: readonly unknown[][]): string | undefined =>
  MERGE_KEYS.find((key) =>
    lists.every((list) => {
      const names = list.map((item) => (isMapping(item) ? item[key] : undefined));
      return !names.includes(undefined) && new Set(names).size === names.length;
    }),
  );

function listDifferences(wanted: unknown[], found: unknown[], path: string, hide: boolean) {
  const key = mergeKey([wanted, found]);
  if (key === undefined) {
    if (wanted.length !== found.length) {
      return [`${path} has ${found.length} entries, not ${wanted.length}`];
    }
    return wanted.flatMap((item, index) =>
      differences(item, found[index], `${path}[${index}]`, hide),
    );
  }
  const named = (list: unknown[]) =>
    new Map(list.map((item) => [String((item as Mapping)[key]), item]));
  const [theirs, ours] = [named(wanted), named(found)];
  return [
    ...[...theirs].flatMap(([name, item]) =>
      differences(item, ours.get(name), `${path}[${name}]`, hide),
    ),
    ...[...ours.keys()]
      .filter((name) => !theirs.has(name))
      .map((name) => `${path}[${name}] was added`),
  ];
}

const isScalar = (value: unknown): value is string | number | boolean | undefined =>
  ["string", "number", "boolean", "undefined"].includes(typeof value);

const shown = (value: unknown): string | undefined => {
  const text = isScalar(value) ? String(value) : "";
  return text !== "" && text.length <= 60 && !text.includes("\n") ? text : undefined;
};

/** A field of a live object. The client renames fields that are not valid names in JavaScript. */
const field = (found: Mapping, key: string): unknown =>
  found[key] ?? found[`_${key}`] ?? found[key.replaceAll("-", "_")];

/**
 * Differences of an object from its manifest, by field. Ignores fields that only the object has, which are
 * defaults or belong to controllers. With `hide`, values are not shown.
 */
export function differences(
  wanted: unknown,
  found: unknown,
  path: string,
  hide: boolean,
): string[] {
  if (isNothing(wanted) && isNothing(found)) return [];
  // `false` is a value, but an empty mapping or list is not.
  if (typeof (wanted ?? {}) === "object" && Object.keys(wanted ?? {}).length === 0) return [];
  if (found === undefined) return [`${path} is missing`];
  if (Array.isArray(wanted) && Array.isArray(found)) {
    return listDifferences(wanted, found, path, hide);
  }
  if (isMapping(wanted) && isMapping(found)) {
    return Object.entries(wanted).flatMap(([key, value]) =>
      differences(value, field(found, key), path === "" ? key : `${path}.${key}`, hide),
    );
  }
  if (sameScalar(wanted, found)) return [];
  const [to, from] = [shown(wanted), shown(found)];
  return hide || to === undefined || from === undefined
    ? [`${path} differs`]
    : [`${path} is ${from}, not ${to}`];
}

/** An object without the parts that others than Helm write. */
function comparable(object: ManifestObject, replicasElsewhere: boolean): Mapping {
  const { status, apiVersion, kind, metadata, stringData, ...rest } = object;
  const { labels, annotations } = metadata as Mapping;
  const { spec, rules, ...others } = rest;
  const { replicas, ...scaled } = isMapping(spec) ? spec : {};
  return {
    ...others,
    metadata: { labels, annotations },
    // A controller writes the rules of an aggregated role.
    rules: isMapping(object["aggregationRule"]) ? undefined : rules,
    spec: replicasElsewhere || !isMapping(spec) ? scaled : spec,
    ...(isMapping(stringData) && {
      data: Object.fromEntries(
        Object.entries(stringData).map(([key, value]) => [
          key,
          Buffer.from(String(value)).toString("base64"),
        ]),
      ),
    }),
  };
}

/**
 * Differences of a live object from its manifest, without the values of Secrets. `replicasElsewhere`
 * ignores `spec.replicas`.
 */
export const objectDifferences = (
  wanted: ManifestObject,
  found: object,
  replicasElsewhere: boolean,
): string[] =>
  differences(comparable(wanted, replicasElsewhere), found, "", wanted.kind === "Secret");
