import * as fs from "node:fs";
import * as path from "node:path";
import * as semver from "semver";
import type { PlannedResource } from "../plan/plan-stack";
import { RELEASE_TYPE } from "../base/urn";
import { isMapping } from "../../teleport/values";
import type { UpgradeFinding } from "./finding";

/** A breaking change in Teleport's release notes. */
export interface BreakingChange {
  version: string;
  title: string;
  /** Markdown. */
  text: string;
}

interface Section {
  level: number;
  title: string;
  lines: string[];
}

/** The sections of a Markdown text, in order. A `#` in a code block is no heading. */
function sections(markdown: string): Section[] {
  const found: Section[] = [];
  let isCode = false;
  for (const line of markdown.split(/\r?\n/)) {
    if (/^\s*(```|~~~)/.test(line)) isCode = !isCode;
    const [, marks = "", title = ""] = (isCode ? null : /^(#{1,6})\s+(.*?)\s*#*$/.exec(line)) ?? [];
    if (marks === "") found.at(-1)?.lines.push(line);
    else found.push({ level: marks.length, title, lines: [] });
  }
  return found;
}

/** The items of a list, each with its further lines. */
const items = (lines: readonly string[]): string[] =>
  lines
    .join("\n")
    .split(/^[*-] /m)
    .slice(1)
    .map((item) => item.trim());

const firstSentence = (text: string): string => text.split(/(?<=\.)\s|\n\n/)[0] ?? text;

/**
 * Breaking changes of the versions after `from`, up to `to`. Source: CHANGELOG.md of Teleport, with a
 * section for each version, in it one about breaking changes, and in that a heading or an item for each.
 */
export function breakingChanges(changelog: string, from: string, to: string): BreakingChange[] {
  const found: BreakingChange[] = [];
  let version: string | undefined;
  let breaking: number | undefined;
  for (const { level, title, lines } of sections(changelog)) {
    if (level <= 2) {
      const [, named] = /^v?(\d+\.\d+\.\d+\S*)/.exec(title) ?? [];
      version = semver.valid(named) ?? undefined;
      breaking = undefined;
    }
    if (version === undefined || !semver.gt(version, from) || semver.gt(version, to)) continue;
    if (breaking !== undefined && level > breaking) {
      found.push({ version, title, text: lines.join("\n") });
    } else if (level > 2) {
      breaking = /\bbreaking\b/i.test(title) ? level : undefined;
      if (breaking === undefined) continue;
      for (const item of items(lines)) {
        found.push({ version, title: firstSentence(item), text: item });
      }
    }
  }
  return found;
}

/** The keys of values and specs that have no keys below. Not those of one word, which occur in any text. */
function keysOf(value: unknown, into: Set<string>): Set<string> {
  if (Array.isArray(value)) value.forEach((one) => keysOf(one, into));
  else if (isMapping(value)) {
    for (const [key, below] of Object.entries(value)) {
      if (!isMapping(below) && /[a-z](_[a-z]|[A-Z])/.test(key)) into.add(key);
      keysOf(below, into);
    }
  }
  return into;
}

/** `secondFactors` of a chart is `second_factors` in Teleport's configuration. */
const plain = (key: string): string => key.replaceAll("_", "").toLowerCase();

/** What the stack sets of the charts' values and of Teleport's resources. */
function settingsOf(plan: readonly PlannedResource[]): string[] {
  const keys = new Set<string>();
  for (const { type, inputs } of plan) {
    if (type === RELEASE_TYPE) keysOf(inputs["values"], keys);
    else if (type.startsWith("kubernetes:resources.teleport.dev/")) keysOf(inputs["spec"], keys);
  }
  return [...keys];
}

/** Breaking changes as findings; first those that name something that the stack sets. */
export function releaseNoteFindings(
  changes: readonly BreakingChange[],
  plan: readonly PlannedResource[],
): UpgradeFinding[] {
  const set = settingsOf(plan);
  const all = changes.map(({ version, title, text }) => {
    const code = `${title}\n${text}`.match(/`[^`]+`/g) ?? [];
    const words = new Set(code.flatMap((one) => one.split(/[^\w]+/)).map(plain));
    const named = set.filter((key) => words.has(plain(key)));
    const mentions =
      named.length === 0 ? "" : ` (names ${named.join(", ")}, which this stack sets)`;
    return {
      named: named.length,
      finding: {
        level: "changes" as const,
        chart: `release notes of ${version}`,
        text: `${title}${mentions}`,
        remedy: `https://github.com/gravitational/teleport/releases/tag/v${version}`,
      },
    };
  });
  return all
    .toSorted((a, b) => Number(b.named > 0) - Number(a.named > 0))
    .map(({ finding }) => finding);
}

const TIMEOUT_MS = 15_000;

/** Release notes of a version and all before it. */
const changelogOf = (version: string): string =>
  `https://raw.githubusercontent.com/gravitational/teleport/v${version}/CHANGELOG.md`;

/**
 * Findings from the release notes between two versions. `source` is a file or a URL; default: Teleport's
 * repository. Notes that cannot be read are a finding, because a cluster may be cut off from the internet.
 */
export async function readReleaseNotes(
  plan: readonly PlannedResource[],
  { from, to, source, cwd }: { from: string; to: string; source?: string; cwd: string },
): Promise<UpgradeFinding[]> {
  if (!semver.gt(to, from)) return [];
  const place = source ?? changelogOf(to);
  try {
    const text = /^https?:\/\//.test(place)
      ? await download(place)
      : fs.readFileSync(path.resolve(cwd, place), "utf8");
    return releaseNoteFindings(breakingChanges(text, from, to), plan);
  } catch (error) {
    return [
      {
        ...{ level: "note", chart: "release notes" },
        text: `not read from ${place}: ${(error as Error).message}`,
        remedy:
          "read https://goteleport.com/docs/changelog/, or name a copy of CHANGELOG.md with --notes",
      },
    ];
  }
}

async function download(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`it answers ${answer.status}`);
  return answer.text();
}
