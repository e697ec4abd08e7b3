import Table from "cli-table3";
import { count } from "../base/count";
import {
  changeText,
  grantDetails,
  refText,
  type AccessChange,
  type AccessModel,
  type Grant,
} from "../../teleport/access";

const HEAD = ["who", "reaches", "as whom, and what there", "MFA", "through role"];

/** Share of the width for each column. */
const SHARES = [0.22, 0.24, 0.33, 0.06, 0.15];

function widths(columns: number): number[] {
  const inner = Math.max(80, Math.min(columns, 160)) - HEAD.length - 1;
  const rounded = SHARES.map((share) => Math.max(6, Math.floor(share * inner)));
  return rounded;
}

/** Parts of a word that fit into a cell, broken after slashes if possible. */
function pieces(word: string, width: number): string[] {
  if (word.length <= width) return [word];
  const found: string[] = [];
  for (const part of word.split(/(?<=\/)/)) {
    const last = found.at(-1);
    if (last !== undefined && last.length + part.length <= width) {
      found[found.length - 1] = last + part;
    } else {
      found.push(...(part.match(new RegExp(`.{1,${width}}`, "gu")) ?? []));
    }
  }
  return found;
}

/** A cell's text with long words broken, because the table would cut them. */
function fit(text: string, width: number): string {
  const line = (words: string) =>
    words
      .split(" ")
      .flatMap((word) => pieces(word, width - 2))
      .join(" ");
  return text.split("\n").map(line).join("\n");
}

function condition({ how, verdict, why }: Grant): string[] {
  return [
    ...(how === "request" ? ["on request"] : []),
    ...(verdict === "undecided" ? [`undecided: depends on ${why.join(", ")}`] : []),
  ];
}

/** Rows of one principal. Apps with the same access share a row. */
function rows(grants: readonly Grant[]): string[][] {
  const apps = new Map<string, { names: string[]; grant: Grant }>();
  const others: string[][] = [];
  for (const grant of grants) {
    const { resource, mfa, roles } = grant;
    if (resource.kind !== "app") {
      const details = [...condition(grant), ...grantDetails(grant)];
      others.push([refText(resource), details.join("\n"), mfa ? "yes" : "no", roles.join(", ")]);
      continue;
    }
    const id = JSON.stringify([condition(grant), mfa, roles]);
    const same = apps.get(id);
    if (same === undefined) apps.set(id, { names: [resource.name], grant });
    else same.names.push(resource.name);
  }
  return [
    ...[...apps.values()].map(({ names, grant }) => [
      `${names.length === 1 ? "app" : `${names.length} apps`}: ${names.join(", ")}`,
      condition(grant).join("\n"),
      grant.mfa ? "yes" : "no",
      grant.roles.join(", "),
    ]),
    ...others,
  ];
}

/** Text below a heading, one line each. Empty without lines. */
function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", `${heading}:`, ...lines.map((line) => `  - ${line}`)];
}

/** The model as tables for a terminal of this width. */
export function accessText(stack: string, model: AccessModel, columns = 120): string {
  const colWidths = widths(columns);
  const table = new Table({
    head: HEAD,
    colWidths,
    wordWrap: true,
    wrapOnWordBoundary: true,
    style: { head: [], border: [] },
  });
  for (const principal of model.principals) {
    const held = principal.roles.length === 0 ? "no role" : `holds ${principal.roles.join(", ")}`;
    const who = [refText(principal), ...(principal.kind === "role" ? [] : [held])].join("\n");
    const reaching = rows(principal.grants).map((row) =>
      row.map((text, index) => fit(text, colWidths[index + 1] ?? 80)),
    );
    const [first = ["nothing", "", "", ""], ...more] = reaching;
    const content = fit(who, colWidths[0] ?? 80);
    table.push([{ content, rowSpan: Math.max(1, reaching.length) }, ...first]);
    for (const row of more) table.push(row);
  }
  const notes = [
    ...model.notes,
    ...model.principals.flatMap((one) => one.notes.map((note) => `${refText(one)}: ${note}`)),
  ];
  return [
    `Stack ${stack}: who can reach what (${count(model.principals.length, "principal")}, ` +
      `${count(model.resources.length, "resource")})`,
    "",
    model.principals.length === 0 ? "Nobody." : table.toString(),
    ...section(
      "To look at, the most dangerous first",
      model.findings.map(({ text }) => text),
    ),
    ...section("To know", notes),
  ].join("\n");
}

const SIGN = { added: "+", removed: "-", changed: "~" };

/** Changes for a terminal, one per line. `!` marks dangers. */
export function changesText(before: string, after: string, changes: readonly AccessChange[]) {
  if (changes.length === 0) return `From ${before} to ${after} nobody's access changes.`;
  const dangerous = changes.filter(({ dangers }) => dangers.length > 0).length;
  return [
    `From ${before} to ${after}: ${count(changes.length, "change")}, ` +
      `${dangerous} to look at (marked !), the most dangerous first`,
    "",
    ...changes.map(
      (change) =>
        `${change.dangers.length > 0 ? "!" : " "} ${SIGN[change.type]} ${changeText(change)}`,
    ),
  ].join("\n");
}
