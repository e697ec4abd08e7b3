import { structuredPatch } from "diff";
import { yamlText } from "../base/yaml-text";
import { releaseConfig } from "../kinds/releases";
import { type Change } from "../base/change";
import type { Mapping } from "../../teleport/values";
import { shortType } from "../base/urn";

/** A unified diff without file header. */
export interface TextDiff {
  title: string;
  lines: string[];
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

const rest = (inputs: Mapping | undefined) =>
  Object.fromEntries(Object.entries(inputs ?? {}).filter(([key]) => key !== "values"));

/**
 * Diffs of a resource's inputs. For a Helm release, first the diff of the rendered teleport.yaml, then of
 * the other values.
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
