import { isRandom } from "../../settings/secret-shapes";
import { isLong } from "./told-secrets";

/** Finds secrets in tables by the name of their column, or of their row. */

/** What a table asks about names and values; secret-pairs.ts knows it. */
export interface TableRules {
  meansSecret: (name: string) => boolean;
  masks: (value: string) => boolean;
}

const HINT = /pass|pwd|secret|token|key|credential/i;
const HEADER_CELL = /^[A-Za-z_][\w .()/-]{0,40}$/;
/** Names of columns that always have secrets. Other columns, such as "Secret", may have names of objects. */
const ALWAYS = /pass|pwd|key|credential/i;
/** The line between the head and the rows of a table. */
const RULE = /^[ \t|]*:?-{2,}[-+|: \t]*$/;

const unquoted = (cell: string) => cell.trim().replace(/^(["'])(.*)\1$/, "$2");

const SEPARATORS = [",", ";", "\t", "|"];
const CELL = new Map(
  SEPARATORS.map((separator) => [
    separator,
    new RegExp(`(?<=^|[${separator}])(?: *"(?:[^"]|"")*"[^${separator}]*|[^${separator}]*)`, "g"),
  ]),
);

/** Cells of a row. Ignores separators in quotes. */
const cellsOf = (line: string, separator: string): string[] =>
  line.match(CELL.get(separator) ?? /.*/) ?? [];

/** Masks rows with a separator: CSV, tables of psql and Markdown. */
function maskSeparated(lines: string[], mask: string, rules: TableRules): void {
  for (let at = 0; at < lines.length; at++) {
    const head = lines[at] ?? "";
    if (head.length > 2000 || !HINT.test(head)) continue;
    for (const separator of SEPARATORS) {
      const names = cellsOf(head, separator).map(unquoted);
      if (names.length < 2 || names.some((name) => name !== "" && !HEADER_CELL.test(name)))
        continue;
      const columns = names.flatMap((name, index) => (rules.meansSecret(name) ? [index] : []));
      if (columns.length === 0) continue;
      for (let row = at + 1; row < lines.length; row++) {
        const line = lines[row] ?? "";
        if (RULE.test(line)) continue;
        const found = cellsOf(line, separator);
        if (found.length !== names.length) break;
        for (const column of columns) {
          const cell = found[column] ?? "";
          const value = unquoted(cell);
          const counts = ALWAYS.test(names[column] ?? "") || isLong(value) || isRandom(value);
          if (value !== "" && counts && rules.masks(value)) {
            found[column] = cell.replace(cell.trim(), () => mask);
          }
        }
        lines[row] = found.join(separator);
      }
      break;
    }
  }
}

/** The line after a table, which is the next empty one. */
function tableEnd(lines: readonly string[], start: number): number {
  let end = start;
  while (end < lines.length && /\S/.test(lines[end] ?? "")) end++;
  return end;
}

/** Masks names and values in lines, as Vault prints them. */
function maskNamed(line: string, mask: string, rules: TableRules): string {
  const [, name = "", value = ""] = /^\s*(\S+)\s+(\S.*)$/.exec(line) ?? [];
  const counts = value !== "" && rules.meansSecret(name) && rules.masks(value);
  return counts ? line.slice(0, line.length - value.length) + mask : line;
}

/** First characters of columns with secrets, from the dashes below the head or the gaps in it. */
function secretColumns(head: string, next: string, rules: TableRules): number[] {
  if (head.length > 2000 || !HINT.test(head) || !/\S\s{2,}\S/.test(head)) return [];
  const ruled = /^-{2,}(?: +-{2,})+ *$/.test(next);
  const columns = [...(ruled ? next : head).matchAll(ruled ? /-+/g : /\S+(?: \S+)*/g)].map(
    ({ 0: cell, index }) => ({ index, name: head.slice(index, index + cell.length).trim() }),
  );
  return columns.every(({ name }) => HEADER_CELL.test(name))
    ? columns.filter(({ name }) => rules.meansSecret(name)).map(({ index }) => index)
    : [];
}

/** Masks the value that starts at a column, unless it may be an object's name. */
function maskAt(line: string, start: number, mask: string): string {
  const value = /^\S+/.exec(line.slice(start))?.[0] ?? "";
  return /^[0-9a-f]{16,}$/i.test(value) || isRandom(value) || isLong(value)
    ? line.slice(0, start) + mask + line.slice(start + value.length)
    : line;
}

/** Masks columns that are aligned by blanks, as kubectl, tctl and Vault print them. */
function maskAligned(lines: string[], mask: string, rules: TableRules): void {
  for (let at = 0; at < lines.length; at++) {
    const head = lines[at] ?? "";
    const named = /^\s*Key\s+Value\s*$/.test(head);
    // From the last one: a mask has another length than what it hides.
    const columns = named ? [] : secretColumns(head, lines[at + 1] ?? "", rules).reverse();
    if (!named && columns.length === 0) continue;
    const end = tableEnd(lines, at + 1);
    for (let row = at + 1; row < end; row++) {
      const line = lines[row] ?? "";
      lines[row] = named
        ? maskNamed(line, mask, rules)
        : columns.reduce((result, start) => maskAt(result, start, mask), line);
    }
    at = end;
  }
}

/** A text with `mask` in place of the secrets that its tables hold. */
export function maskTables(text: string, mask: string, rules: TableRules): string {
  if (!text.includes("\n") || !HINT.test(text)) return text;
  const lines = text.split("\n");
  maskSeparated(lines, mask, rules);
  maskAligned(lines, mask, rules);
  return lines.join("\n");
}
