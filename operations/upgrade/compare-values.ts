import Ajv from "ajv";
import { get, isMapping, mapping, merged, type Mapping } from "../../teleport/values";
import type { ChartFiles } from "./chart-files";
import type { UpgradeFinding } from "./finding";

/** Keywords that only identify a schema. A validator would try to resolve them. */
function withoutIds(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutIds);
  if (!isMapping(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => !(["$id", "$schema"].includes(key) && typeof value === "string"))
      .map(([key, value]) => [key, withoutIds(value)]),
  );
}

/** Errors of a chart's schema for values. Empty without a schema. */
function schemaErrors({ schema, values }: ChartFiles, given: Mapping): Map<string, string> {
  if (schema === undefined) return new Map();
  const ajv = new Ajv({ allErrors: true, strict: false, logger: false });
  const validate = ajv.compile(withoutIds(schema) as object);
  validate(merged(values, given));
  return new Map(
    (validate.errors ?? []).map(({ instancePath, params, message = "" }) => {
      const at = instancePath.slice(1).replaceAll("/", ".") || "the values";
      const extra = (params as { additionalProperty?: string }).additionalProperty;
      const name = extra === undefined ? "" : ` (${extra})`;
      return [`${at}${name}`, `${at}: ${message}${name}`];
    }),
  );
}

/** Paths of the values that are set, down to non-mappings. */
function paths(values: Mapping, at: string[] = []): string[][] {
  return Object.entries(values).flatMap(([key, value]) =>
    isMapping(value) && Object.keys(value).length > 0 ? paths(value, [...at, key]) : [[...at, key]],
  );
}

/** True if a chart has a value, by its schema or else by its default values. */
function knows({ schema, values }: ChartFiles, path: readonly string[]): boolean {
  let level: unknown = values;
  let shape: unknown = schema;
  for (const key of path) {
    const described = get(shape, "properties", key);
    const has = isMapping(level) && key in level;
    if (!has && described === undefined) {
      // A mapping that is empty or not described accepts any value.
      return isMapping(level)
        ? Object.keys(level).length === 0 && get(shape, "properties") === undefined
        : true;
    }
    level = mapping(level)[key];
    shape = described;
  }
  return true;
}

/** Images in a chart's values, by path: `repository:tag`, as far as they are set. */
function images({ values, appVersion }: ChartFiles): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (level: Mapping, at: string) => {
    for (const [key, value] of Object.entries(level)) {
      const path = at === "" ? key : `${at}.${key}`;
      if (isMapping(value)) visit(value, path);
      else if (/image$/i.test(key) && typeof value === "string" && value !== "") {
        found.set(path, value.includes(":") ? value : `${value}:${appVersion}`);
      }
    }
  };
  visit(values, "");
  return found;
}

const shown = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value));

/** Effect of an upgraded chart on the values that a stack sets. */
export function compareValues(from: ChartFiles, to: ChartFiles, given: Mapping): UpgradeFinding[] {
  const chart = to.name;
  const before = schemaErrors(from, given);
  const refused = [...schemaErrors(to, given)].filter(([at]) => !before.has(at));
  const set = paths(given);
  const gone = set.filter((path) => knows(from, path) && !knows(to, path));
  const decided = new Set(set.map((path) => path.join(".")));
  const defaults = paths(from.values).filter((path) => {
    const key = path.join(".");
    const [old, next] = [get(from.values, ...path), get(to.values, ...path)];
    return !decided.has(key) && next !== undefined && shown(old) !== shown(next);
  });
  const removed = paths(from.values).filter((path) => !knows(to, path));
  const added = paths(to.values).filter((path) => !knows(from, path));
  const names = (list: string[][]) => list.map((path) => path.join(".")).join(", ");
  return [
    ...gone.map((path): UpgradeFinding => ({
      ...{ level: "breaks", chart, text: `${path.join(".")} is set here and no longer known` },
      remedy: "this version of the program gives a value that the chart no longer reads",
    })),
    ...refused.map(([, message]): UpgradeFinding => ({
      ...{ level: "breaks", chart, text: `the chart's schema refuses ${message}` },
      remedy: "helm would refuse the values; correct the setting that gives this one",
    })),
    ...defaults.map((path): UpgradeFinding => ({
      ...{ level: "changes", chart },
      text: `${path.join(".")} was ${shown(get(from.values, ...path))} by default, is ${shown(get(to.values, ...path))}`,
      remedy: "set it in `values` to keep what was",
    })),
    ...(removed.length > 0
      ? [{ level: "note" as const, chart, text: `no longer values: ${names(removed)}` }]
      : []),
    ...(added.length > 0
      ? [{ level: "note" as const, chart, text: `new values: ${names(added)}` }]
      : []),
  ];
}

/** Images that change with the chart. */
export function compareImages(from: ChartFiles, to: ChartFiles): UpgradeFinding[] {
  const old = images(from);
  return [...images(to)].flatMap(([path, image]): UpgradeFinding[] =>
    old.get(path) === image
      ? []
      : [
          {
            ...{ level: "note", chart: to.name },
            text: `${path}: ${old.get(path) ?? "none"} → ${image}`,
          },
        ],
  );
}
