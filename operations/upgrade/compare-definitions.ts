import { get, isMapping, list, text, type Mapping } from "../../teleport/values";
import type { ChartFiles } from "./chart-files";
import type { UpgradeFinding } from "./finding";

/** A custom resource that the stack declares. */
export interface DeclaredResource {
  kind: string;
  apiVersion: string;
  name: string;
  spec: Mapping;
}

interface Version {
  name: string;
  served: boolean;
  schema?: { openAPIV3Schema?: Mapping };
}

const versionsOf = (definition: Mapping | undefined): Version[] =>
  list(get(definition, "spec", "versions")) as Version[];

const kindOf = (definition: Mapping) => text(get(definition, "spec", "names", "kind"));

/** Fields of a value that are not in its schema. The API server would silently drop them. */
function unknownFields(value: unknown, schema: unknown, at: string): string[] {
  if (get(schema, "x-kubernetes-preserve-unknown-fields") === true) return [];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) =>
      unknownFields(item, get(schema, "items"), `${at}[${index}]`),
    );
  }
  if (!isMapping(value)) return [];
  const rest = get(schema, "additionalProperties");
  return Object.entries(value).flatMap(([key, item]) => {
    const field = get(schema, "properties", key) ?? (isMapping(rest) ? rest : undefined);
    return field === undefined ? [`${at}.${key}`] : unknownFields(item, field, `${at}.${key}`);
  });
}

/** Changes of a chart's kinds, with their effect on the stack's resources. */
export function compareDefinitions(
  from: ChartFiles,
  to: ChartFiles,
  declared: readonly DeclaredResource[],
): UpgradeFinding[] {
  const chart = to.name;
  const next = new Map(to.definitions.map((one) => [kindOf(one), one]));
  const known = new Set(from.definitions.map(kindOf));
  const findings: UpgradeFinding[] = [];
  for (const old of from.definitions) {
    const kind = kindOf(old);
    const mine = declared.filter((resource) => resource.kind === kind);
    const names = mine.map(({ name }) => name).join(", ");
    const level = mine.length > 0 ? "breaks" : "note";
    const definition = next.get(kind);
    if (definition === undefined) {
      const whose = names === "" ? "" : `; ${names} would be deleted with it`;
      findings.push({ level, chart, text: `kind ${kind} is gone${whose}` });
      continue;
    }
    for (const { apiVersion, name, spec } of mine) {
      const version = apiVersion.split("/").at(-1);
      const of = (one: Mapping) =>
        versionsOf(one).find((candidate) => candidate.name === version && candidate.served);
      const schema = of(definition)?.schema?.openAPIV3Schema;
      if (of(old) !== undefined && of(definition) === undefined) {
        findings.push({ level, chart, text: `${kind} ${name}: ${apiVersion} is no longer served` });
        continue;
      }
      const was = unknownFields(
        spec,
        get(of(old)?.schema?.openAPIV3Schema, "properties", "spec"),
        "spec",
      );
      for (const field of unknownFields(spec, get(schema, "properties", "spec"), "spec")) {
        if (was.includes(field)) continue;
        const remedy = "the API server drops it silently: remove it, or see what replaces it";
        findings.push({
          level: "breaks",
          chart,
          text: `${kind} ${name}: ${field} is gone`,
          remedy,
        });
      }
    }
  }
  const added = [...next.keys()].filter((kind) => !known.has(kind));
  if (added.length > 0)
    findings.push({ level: "note", chart, text: `new kinds: ${added.join(", ")}` });
  return findings;
}
