import { structuredPatch } from "diff";
import { stringify } from "yaml";
import { agentConfig, clusterConfig, type RenderedConfig } from "../../teleport/teleport-yaml";
import { type Change } from "../base/change";
import { get, getText, isMapping, type Mapping } from "../../teleport/values";
import { shortType } from "../base/urn";

/** One unified diff, without file header. */
export interface TextDiff {
  title: string;
  lines: string[];
}

/** What the Kubernetes provider adds to inputs by itself. */
const NOISE = new Set(["__defaults", "__initialApiVersion", "__fieldManager"]);
const ANNOTATIONS = /^pulumi\.com\//;

function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleaned);
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => !NOISE.has(key) && !ANNOTATIONS.test(key) && item !== null)
      .map(([key, item]) => [key, cleaned(item)]),
  );
}

/** YAML with sorted keys: the same values always give the same text. */
export function yamlText(value: unknown): string {
  const plain = cleaned(value ?? {});
  if (isMapping(plain) && Object.keys(plain).length === 0) return "";
  return stringify(plain, { sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false });
}

function diff(title: string, before: unknown, after: unknown): TextDiff[] {
  const [old, next] = [yamlText(before), yamlText(after)];
  if (old === next) return [];
  const { hunks } = structuredPatch("", "", old, next, "", "", { context: 3 });
  const lines = hunks.flatMap(({ oldStart, newStart, lines }) => [
    `@@ line ${oldStart === 0 ? newStart : oldStart} @@`,
    ...lines.filter((line) => !line.startsWith("\\")),
  ]);
  return [{ title, lines }];
}

/** Configuration that the values of a Teleport release come to; none for another chart. */
export function releaseConfig(inputs: Mapping | undefined): RenderedConfig | undefined {
  const chart = getText(inputs, "chart").split("/").at(-1);
  const values = get(inputs, "values");
  if (!isMapping(values)) return undefined;
  if (chart === "teleport-cluster") return clusterConfig(values);
  if (chart === "teleport-kube-agent") return agentConfig(values);
  return undefined;
}

const rest = (inputs: Mapping | undefined) =>
  Object.fromEntries(Object.entries(inputs ?? {}).filter(([key]) => key !== "values"));

/**
 * The difference of a resource's inputs, as text. Values of a Helm release are shown as the
 * teleport.yaml that they render to, and then what else they say.
 */
export function inputsDiff(change: Change): TextDiff[] {
  const known = DIFFS.get(change);
  if (known !== undefined) return known;
  const found = compare(change);
  DIFFS.set(change, found);
  return found;
}

/** A report is rendered several times until it fits. */
const DIFFS = new WeakMap<Change, TextDiff[]>();

function compare({ type, before, after }: Change): TextDiff[] {
  if (shortType(type) !== "Release") return diff("", before, after);
  const [old, next] = [releaseConfig(before), releaseConfig(after)];
  if ((before !== undefined && old === undefined) || (after !== undefined && next === undefined)) {
    return diff("", before, after);
  }
  const services = [...new Set(Object.keys({ ...old?.files, ...next?.files }))].sort();
  return [
    ...diff("release", rest(before), rest(after)),
    ...services.flatMap((service) =>
      diff(`teleport.yaml of ${service}`, old?.files[service], next?.files[service]),
    ),
    ...diff("other values", old?.rest, next?.rest),
  ];
}
