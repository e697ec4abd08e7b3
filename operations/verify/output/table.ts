import { stripVTControlCharacters, styleText } from "node:util";
import { byGroup, type CheckResult, type State } from "../check";

const MARK: Record<State, string> = { failed: "✗", warning: "!", ok: "✓", skipped: "-" };
const COLOR = { failed: "red", warning: "yellow", ok: "green", skipped: "gray" } as const;
const ORDER: readonly State[] = ["failed", "warning", "ok", "skipped"];

/** Options of the table. */
export interface TableOptions {
  color?: boolean;
  /** Columns of the terminal. Longer texts are wrapped. Default: 100. */
  width?: number;
}

/** Words. A command in backticks is one word, so that it stays on one line. */
const WORD = /(?:`[^`\n]+`|\S)+/g;

function wrap(text: string, width: number): string[] {
  const lines: string[] = [""];
  for (const word of stripVTControlCharacters(text).match(WORD) ?? []) {
    const line = lines[lines.length - 1] ?? "";
    if (line !== "" && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}

const worst = (results: readonly CheckResult[]): number =>
  Math.min(...results.map(({ state }) => ORDER.indexOf(state)));

/** Results as text by group. Groups and checks that failed come first, with their remedies. */
export function table(
  results: readonly CheckResult[],
  { color = false, width = 100 }: TableOptions = {},
): string {
  const paint = (state: State, text: string) =>
    color ? styleText(COLOR[state], text, { validateStream: false }) : text;
  const idWidth = Math.max(0, ...results.map(({ id }) => id.length));
  const indent = " ".repeat(idWidth + 4);
  const textWidth = Math.max(30, width - indent.length);
  const groups = byGroup(results).sort(([, a], [, b]) => worst(a) - worst(b));
  const lines: string[] = [];
  for (const [group, members] of groups) {
    lines.push(group);
    const sorted = [...members].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
    for (const { id, state, seen, expected, remedy } of sorted) {
      const prefix = state === "skipped" ? "skipped: " : "";
      const [first = "", ...rest] = wrap(prefix + seen, textWidth);
      lines.push(`${paint(state, MARK[state])} ${id.padEnd(idWidth)}  ${paint(state, first)}`);
      const more = [...rest.map((line) => paint(state, line))];
      if (state === "failed" || state === "warning") {
        more.push(...wrap(`expected: ${expected}`, textWidth));
        more.push(...wrap(`remedy: ${remedy}`, textWidth));
      }
      lines.push(...more.map((line) => indent + line));
    }
    lines.push("");
  }
  return [...lines, summary(results)].join("\n");
}

/** `2 failed, 1 warning, 40 ok, 3 skipped`. */
export function summary(results: readonly CheckResult[]): string {
  const parts = ORDER.flatMap((state) => {
    const number = results.filter((result) => result.state === state).length;
    if (number === 0) return [];
    return [`${number} ${state}${state === "warning" && number > 1 ? "s" : ""}`];
  });
  return parts.join(", ") || "no check applies";
}
