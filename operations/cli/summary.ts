import Table from "cli-table3";
import { styleText } from "node:util";
import { foldSimilar } from "../base/fold-similar";
import { durationText } from "../../teleport/duration";
import type { RunOptions } from "../deploy/run-stack";
import type { Step, StepKind } from "../engine/steps";
import type { StackReport } from "./stack-report";

type Style = Parameters<typeof styleText>[0];

const SIGNS: Partial<Record<StepKind, readonly [sign: string, style: Style]>> = {
  create: ["+", "green"],
  update: ["~", "yellow"],
  replace: ["±", "magenta"],
  delete: ["-", "red"],
  import: ["=", "cyan"],
};

const paint = (style: Style, text: string, color: boolean) =>
  color ? styleText(style, text, { validateStream: false }) : text;

/** One line for each changed resource. Many similar changes share a line. */
export function stepsText(steps: readonly Step[], color: boolean): string {
  const sameChange = ({ kind, type, changed, replaceBecause }: Step) =>
    [kind, type, ...changed, ...replaceBecause].join("\0");
  return foldSimilar(steps, sameChange)
    .map(({ item: { kind, type, name, changed, replaceBecause }, more }) => {
      const [sign, style] = SIGNS[kind] ?? ["?", "white" as const];
      const keys = kind === "replace" ? replaceBecause : changed;
      const why = keys.length === 0 ? "" : ` [${keys.join(", ")}]`;
      const what = more === 0 ? name : `and ${more} more (--json names them)`;
      const line = `  ${sign} ${kind.padEnd(7)} ${type.split(":").at(-1) ?? type} ${what}${why}`;
      return paint(style, line, color);
    })
    .join("\n");
}

const ORDER: readonly StepKind[] = ["create", "update", "replace", "delete", "import"];

const DONE: Partial<Record<StepKind, string>> = { import: "imported" };

/** Result of a refresh, which changes the state but no resource. */
const FOUND: Partial<Record<StepKind, readonly [one: string, more: string]>> = {
  update: ["differs", "differ"],
  delete: ["is gone", "are gone"],
};

/** `38 to create, 1 to delete`, or the same for finished operations and refreshes. */
export function countsText(
  counts: Partial<Record<StepKind, number>>,
  operation: RunOptions["operation"],
): string {
  const word = (kind: StepKind) => {
    if (operation === "preview") return `to ${kind}`;
    const found = operation === "refresh" ? FOUND[kind]?.[counts[kind] === 1 ? 0 : 1] : undefined;
    return found ?? DONE[kind] ?? `${kind}d`;
  };
  const parts = ORDER.filter((kind) => counts[kind] !== undefined).map(
    (kind) => `${counts[kind] ?? 0} ${word(kind)}`,
  );
  return parts.length === 0 ? "no changes" : parts.join(", ");
}

function details(
  report: StackReport,
  operation: RunOptions["operation"],
  color: boolean,
): string[] {
  const lines: string[] = [];
  const { steps = [] } = report;
  if (operation === "refresh" && steps.length > 0) {
    lines.push(
      "  found and taken into the state; the next `up` corrects what differs from the settings:",
    );
  }
  const listed = operation === "preview" || operation === "refresh";
  if (listed && steps.length > 0) lines.push(stepsText(steps, color));
  for (const warning of new Set(report.warnings ?? [])) {
    lines.push(paint("yellow", `  warning: ${warning}`, color));
  }
  if (report.refused !== undefined) {
    lines.push(paint("yellow", `  up would be ${report.refused.replaceAll("\n", "\n  ")}`, color));
  }
  if (report.error !== undefined) {
    lines.push(paint("red", `  ${report.error.replaceAll("\n", "\n  ")}`, color));
  }
  return lines.length === 0 ? [] : [`${report.stack}:`, ...lines, ""];
}

/** The result of a command: details of each stack, and a table if there are several. */
export function resultText(
  operation: RunOptions["operation"],
  reports: readonly StackReport[],
  color: boolean,
): string {
  const rows = reports.map(({ stack, result, changes = {}, seconds, reason, code }) => [
    stack,
    result === "done" && operation === "preview" ? "changes" : result,
    result === "failed" || result === "skipped"
      ? reason.toLowerCase()
      : countsText(changes, operation),
    seconds === undefined ? "" : durationText(seconds * 1000),
    String(code),
  ]);
  const parts = reports.flatMap((report) => details(report, operation, color));
  if (reports.length === 1) {
    return [
      ...parts,
      ...rows.map(
        ([stack = "", , what = "", time = ""]) =>
          `${stack}: ${[what, time].filter((text) => text !== "").join(", ")}`,
      ),
    ].join("\n");
  }
  const table = new Table({
    head: ["stack", "result", operation, "time", "code"],
    style: { head: color ? ["bold"] : [], border: color ? ["gray"] : [] },
  });
  table.push(...rows);
  return [...parts, table.toString()].join("\n");
}
