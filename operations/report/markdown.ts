import { objectName, type Change, type Changes, type Operation } from "../base/change";
import { count } from "../base/count";
import type { Level } from "../kinds/resource-kind";
import { effects } from "./effects";
import { inputsDiff, type TextDiff } from "./inputs-diff";
import { rollback } from "./rollback";
import { shortType } from "../base/urn";

/** Content of a report. */
export interface ReportContent extends Changes {
  stack: string;
  /** What it was compared with and how, in one sentence. */
  comparedWith: string;
  /** Who gains and loses access, one line each, or why this is unknown. */
  access?: { lines: string[] } | { unknown: string };
  /** How and why apps are registered, and which move, one line each. */
  apps?: string[];
}

/** GitHub's limit for a comment, in characters. Counted in bytes here, to be safe. */
export const COMMENT_LIMIT = 65_536;
/** Numbers of lines of each diff, tried in this order until the report fits. */
const DIFF_LINES = [400, 150, 60, 25, 10, 0];
const APP_LINES = 30;
const LIST_LINES = [Infinity, 200, 50, 10];

const VERBS: Record<Operation, string> = {
  create: "created",
  update: "updated",
  replace: "replaced",
  delete: "deleted",
  import: "taken over",
  forget: "forgotten",
};
const EFFECT_TITLES: Record<Level, string> = {
  outage: "**cuts off**",
  disconnects: "**cuts sessions**",
  restarts: "restarts",
  notice: "notice",
};

/** Marker that identifies the earlier report of a stack, so that it can be updated. */
export const marker = (stack: string): string => `<!-- access-plane report: ${stack} -->`;

/** Text as a code block, with a fence longer than any in the text. */
function code(text: string): string {
  const flat = text.replace(/\s+/g, " ");
  const longest = Math.max(0, ...[...flat.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `${fence}${flat}${fence}` : `${fence} ${flat} ${fence}`;
}

/** Text for a paragraph or table cell: escaped, on one line. */
const plain = (text: string) =>
  text
    .replace(/\s+/g, " ")
    .replace(/[\\`*_[\]<>|#]/g, (mark) => `\\${mark}`)
    .trim();

function summary({ changes, unchanged }: Changes): string {
  const counts = (Object.keys(VERBS) as Operation[])
    .map((operation) => [operation, changes.filter((c) => c.operation === operation).length])
    .filter(([, number]) => number !== 0)
    .map(([operation, number]) => `${number} ${VERBS[operation as Operation]}`);
  const rest = unchanged === undefined ? "" : `; ${count(unchanged, "resource")} stay as they are`;
  return counts.length === 0
    ? `**No changes**${rest}.`
    : `**${count(changes.length, "change")}**: ${counts.join(", ")}${rest}.`;
}

function fenced({ title, lines }: TextDiff, most: number): string[] {
  const shown = lines.slice(0, most);
  const longest = Math.max(2, ...shown.map((line) => /`+/.exec(line)?.[0].length ?? 0));
  const fence = "`".repeat(longest + 1);
  const hidden = lines.length - shown.length;
  return [
    ...(title === "" ? [] : [`${title}:`, ""]),
    ...(shown.length === 0 ? [] : [`${fence}diff`, ...shown, fence]),
    ...(hidden === 0 ? [] : [`_${count(hidden, "more line")} of this diff not shown._`]),
    "",
  ];
}

function changeLines(change: Change, most: number): string[] {
  const diffs = change.operation === "delete" ? [] : inputsDiff(change);
  const because =
    change.replaceBecause.length === 0
      ? ""
      : `, as ${change.replaceBecause.map(code).join(", ")} cannot change in place`;
  const head = `${shortType(change.type)} ${code(objectName(change))} is ${VERBS[change.operation]}${because}`;
  const drift =
    diffs.length === 0 && change.drifted.length > 0
      ? [`Differs from what was deployed: ${change.drifted.slice(0, 20).map(code).join(", ")}.`, ""]
      : [];
  const linesWith = (sign: string) =>
    diffs.flatMap(({ lines }) => lines).filter((line) => line.startsWith(sign)).length;
  const size = diffs.length === 0 ? "" : ` (+${linesWith("+")} −${linesWith("-")})`;
  if (diffs.length === 0 || most === 0) {
    return [`- ${head}${size}`, ...drift.map((line) => (line === "" ? line : `  ${line}`))];
  }
  return [
    `<details><summary>${shortType(change.type)} <code>${objectName(change).replace(/[<>&]/g, "")}</code> is ${VERBS[change.operation]}${size}</summary>`,
    "",
    ...(because === "" ? [] : [`${head}.`, ""]),
    ...drift,
    ...diffs.flatMap((diff) => fenced(diff, most)),
    "</details>",
    "",
  ];
}

function section(title: string, lines: string[], most: number): string[] {
  if (lines.length === 0) return [];
  const shown = lines.slice(0, most);
  const hidden = lines.length - shown.length;
  return [
    `### ${title}`,
    "",
    ...shown,
    ...(hidden === 0 ? [] : [`- _${hidden} more; the whole report is kept with the run._`]),
    "",
  ];
}

const byPart = (a: Change, b: Change) => {
  const key = ({ part, type, name }: Change) => `${part}\0${shortType(type)}\0${name}`;
  return key(a) < key(b) ? -1 : 1;
};

function accessLines(access: NonNullable<ReportContent["access"]>): string[] {
  if ("unknown" in access) return [`Not compared: ${plain(access.unknown)}`];
  if (access.lines.length === 0) return ["Nobody gains or loses access."];
  return access.lines.map((line) => `- ${plain(line)}`);
}

function render(content: ReportContent, diffLines: number, listLines: number): string {
  const changes = content.changes.toSorted(byPart);
  const found = effects(changes);
  const back = rollback(changes, found);
  const risky = changes.filter(
    ({ operation }) => operation === "replace" || operation === "delete",
  );
  const parts = [...new Set(changes.map(({ part }) => part))];
  const { access } = content;
  const lines = [
    marker(content.stack),
    `## Access plane ${code(content.stack)}`,
    "",
    summary(content),
    plain(content.comparedWith),
    "",
    ...section(
      "Fails",
      content.errors.map((line) => `- ${plain(line)}`),
      listLines,
    ),
    ...section(
      "Restarts and disconnects",
      found.map(
        ({ level, resource, text }) =>
          `- ${EFFECT_TITLES[level]} ${code(resource)}: ${plain(text)}`,
      ),
      listLines,
    ),
    ...section(
      "Replaced or deleted",
      risky.map((change) => {
        const why =
          change.replaceBecause.length === 0
            ? ""
            : ` (${change.replaceBecause.map(code).join(", ")})`;
        const guarded = change.protect ? ": **protected, the deployment will refuse**" : "";
        return `- ${VERBS[change.operation]}: ${shortType(change.type)} ${code(objectName(change))}${why}${guarded}`;
      }),
      listLines,
    ),
    ...(access === undefined ? [] : section("Access", accessLines(access), listLines)),
    ...section(
      "Apps",
      (content.apps ?? []).map((line) => `- ${plain(line)}`),
      Math.min(listLines, APP_LINES),
    ),
    ...section(
      "Warnings",
      content.warnings.map((line) => `- ${plain(line)}`),
      listLines,
    ),
    ...(changes.length === 0
      ? []
      : [
          "### Rollback",
          "",
          `Going back: **${back.cost}**.`,
          ...back.reasons.slice(0, listLines).map((reason) => `- ${plain(reason)}`),
          "",
          "### Changes",
          "",
          ...(diffLines === 0
            ? ["_Their diffs are left out: the report would be too long._", ""]
            : []),
        ]),
    ...parts.flatMap((part) => {
      const own = changes.filter((change) => change.part === part);
      const shown = own.slice(0, listLines);
      const hidden = own.length - shown.length;
      return [
        `#### ${plain(part)}`,
        "",
        ...shown.flatMap((change) => changeLines(change, diffLines)),
        ...(hidden === 0 ? [] : [`- _${count(hidden, "more change")}_`]),
        "",
      ];
    }),
  ];
  return `${lines
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trimEnd()}\n`;
}

/**
 * A report as Markdown. The same content always results in the same text. Cuts diffs and then lists until
 * the report fits `limit` bytes, and notes what is missing.
 */
export function reportMarkdown(content: ReportContent, limit = COMMENT_LIMIT): string {
  for (const listLines of LIST_LINES) {
    for (const diffLines of DIFF_LINES) {
      const text = render(content, diffLines, listLines);
      if (Buffer.byteLength(text) <= limit) return text;
    }
  }
  const note = "\n\n_The report is cut here; the whole one is kept with the run._\n";
  const text = Buffer.from(render(content, 0, 3));
  const cut = text.subarray(0, limit - Buffer.byteLength(note)).toString("utf8");
  return `${cut.slice(0, Math.max(0, cut.lastIndexOf("\n")))}${note}`;
}
