import {
  grantDetails,
  KIND_TEXT,
  refText,
  RESOURCE_KINDS,
  type AccessModel,
  type Danger,
  type Grant,
  type PrincipalAccess,
} from "../../teleport/access";
import { drawMark, LEGEND, markOf, adminOnRequest } from "./marks";
import { accessMethods, MOST_ROWS, rowsOf, type Row } from "./picture-data";
import { count } from "../base/count";
import { cut, element, escapeText, textElement, textWidth, wrap } from "../base/svg";
import { STYLE } from "./style";

const MARGIN = 28;
const COLUMN = 34;
const ROW = 26;
const SIZE = 13;
const MOST_FINDINGS = 12;
const LABEL = 300;

const SHORT_KINDS: Record<string, string> = {
  "github-team": "team",
  "oidc-claim": "claim",
  "saml-attribute": "attribute",
  "access-list": "list",
  "access-list-owner": "owner of",
};

const LOOKS: Partial<Record<Danger, string>> = {
  masters: "master",
  "administers-teleport": "master",
  wildcard: "open",
  "no-mfa": "open",
};

function cellTitle(principal: PrincipalAccess, grants: readonly Grant[]): string {
  return grants
    .map((grant) =>
      [
        `${refText(principal)} → ${refText(grant.resource)}`,
        `${grant.how === "request" ? "on request, " : ""}through role ${grant.roles.join(", ")}`,
        grant.mfa ? "with MFA" : "without MFA",
        ...grant.why.map((reason) => `depends on ${reason}`),
        ...grantDetails(grant),
      ].join("\n"),
    )
    .join("\n\n");
}

/** A title may have several lines. Other text is escaped on one line. */
function titled(title: string, markup: string): string {
  const lines = title.split("\n").map(escapeText).join("\n");
  return `<g><title>${lines}</title>${markup}</g>`;
}

/** Collects markup from top to bottom. */
class Page {
  readonly parts: string[] = [];
  y = MARGIN;

  constructor(readonly width: number) {}

  text(look: string, text: string, x = MARGIN, size = SIZE): void {
    for (const part of wrap(text, this.width - x - MARGIN, size)) {
      this.y += size + 6;
      this.parts.push(textElement(x, this.y, look, part));
    }
  }
}

function drawHeader(page: Page, model: AccessModel, left: number, height: number): void {
  const bottom = page.y + height;
  model.principals.forEach((principal, index) => {
    const x = left + index * COLUMN + COLUMN / 2 + 4;
    const idle = principal.grants.length === 0;
    const kind = escapeText(`${SHORT_KINDS[principal.kind] ?? principal.kind} `);
    const text = element(
      "text",
      { transform: `translate(${x} ${bottom - 8}) rotate(-45)`, class: idle ? "muted" : "strong" },
      element("tspan", { class: "muted small", "font-weight": 400 }, kind),
      escapeText(cut(principal.name, 26)),
    );
    const roles = principal.roles.length === 0 ? "no role" : principal.roles.join(", ");
    const none = idle ? "\nreaches nothing here" : "";
    page.parts.push(titled(`${refText(principal)}\n${roles}${none}`, text));
  });
  page.y = bottom;
}

function drawRows(page: Page, model: AccessModel, rows: readonly Row[], left: number): void {
  const right = left + model.principals.length * COLUMN;
  for (const kind of RESOURCE_KINDS) {
    const ofKind = rows.filter((row) => row.kind === kind);
    if (ofKind.length === 0) continue;
    page.y += 14;
    page.text("heading", KIND_TEXT[kind][1].toUpperCase());
    page.y += 6;
    ofKind.forEach((row, index) => {
      const [first = ""] = row.names;
      const label =
        row.letter === undefined
          ? cut(first, 40)
          : `${row.letter}: ${row.names.length} ${KIND_TEXT[kind][1]}, as ${cut(first, 20)}`;
      if (index % 2 === 0) {
        const at = { x: MARGIN - 8, y: page.y, width: right - MARGIN + 16, height: ROW, rx: 4 };
        page.parts.push(element("rect", { ...at, class: "stripe" }));
      }
      const nobody = row.cells.every((grants) => grants.length === 0);
      const shown = nobody ? `${label} – nobody` : label;
      const text = textElement(MARGIN, page.y + 17.5, nobody ? "alarm" : "", shown);
      page.parts.push(titled(row.names.join(", "), text));
      row.cells.forEach((grants, column) => {
        const mark = markOf(grants);
        const principal = model.principals[column];
        if (mark === undefined || principal === undefined) return;
        const [x, y] = [left + column * COLUMN + COLUMN / 2, page.y + ROW / 2];
        const more = adminOnRequest(grants)
          ? element("path", {
              d: `M${x + 11} ${y - 11}l4 4l-4 4l-4 -4z`,
              class: "master paper",
              "stroke-width": 1.5,
            })
          : "";
        const marks = drawMark(mark, x, y) + more;
        page.parts.push(titled(cellTitle(principal, grants.slice(0, 3)), marks));
      });
      page.y += ROW;
    });
  }
}

function drawLegend(page: Page): void {
  page.y += 26;
  let x = MARGIN + 8;
  for (const [mark, meaning] of LEGEND) {
    const width = textWidth(meaning, 12) + 40;
    if (x + width > page.width - MARGIN) {
      x = MARGIN + 8;
      page.y += 24;
    }
    page.parts.push(
      drawMark(mark, x, page.y - 4),
      textElement(x + 16, page.y, "small muted", meaning),
    );
    x += width;
  }
  page.y += 8;
}

function drawLists(page: Page, model: AccessModel, rows: readonly Row[]): void {
  const groups = rows.filter(({ letter }) => letter !== undefined);
  if (groups.length > 0) {
    page.y += 18;
    page.text("heading", "REACHED THE SAME WAY");
    for (const { letter = "", names } of groups) {
      page.y += 4;
      page.text("small", `${letter}: ${names.join(", ")}`, MARGIN, 12);
    }
  }
  const entries = accessMethods(model);
  if (entries.length > 0) {
    page.y += 18;
    page.text("heading", "AS WHOM IN CLUSTERS AND DATABASES");
    for (const { what, how, who } of entries) {
      page.y += 4;
      page.text("strong", `${what} – ${who.join(", ")}`);
      page.text("small muted", how, MARGIN + 12, 12);
    }
  }
  const shown = model.findings.slice(0, MOST_FINDINGS);
  if (shown.length === 0) return;
  page.y += 18;
  page.text("heading", "TO LOOK AT, THE MOST DANGEROUS FIRST");
  page.y += 2;
  for (const { danger, text } of shown) {
    const look = LOOKS[danger] ?? "maybe";
    page.parts.push(
      element("circle", { cx: MARGIN + 4, cy: page.y + 14, r: 3, class: look, "stroke-width": 2 }),
    );
    page.text("small", text, MARGIN + 16, 12);
  }
  const rest = model.findings.length - shown.length;
  if (rest > 0) page.text("small muted", `and ${rest} more`, MARGIN + 16, 12);
}

/** The access matrix as an SVG document: principals in columns, resources in rows. */
export function accessPicture(stack: string, model: AccessModel): string {
  const names = model.resources.map(({ name }) => textWidth(cut(name, 40), SIZE));
  const collapsed = model.resources.length > MOST_ROWS;
  const label = collapsed ? LABEL : Math.min(LABEL, Math.max(140, ...names) + 60);
  const left = MARGIN + label;
  const headers = model.principals.map(({ kind, name }) =>
    textWidth(`${SHORT_KINDS[kind] ?? kind} ${cut(name, 26)}`, SIZE),
  );
  const height = Math.max(40, ...headers) * 0.72 + 18;
  const matrix = left + model.principals.length * COLUMN + height * 0.9 + MARGIN;
  const page = new Page(Math.ceil(Math.max(820, matrix)));

  page.text("title", `Who can reach what: ${stack}`, MARGIN, 20);
  const counts = `${count(model.principals.length, "principal")}, ${count(model.resources.length, "resource")}`;
  page.text("muted", `${counts}, from the settings alone`);
  drawLegend(page);
  drawHeader(page, model, left, height);
  const rows = rowsOf(model);
  drawRows(page, model, rows, left);
  drawLists(page, model, rows);

  const bottom = Math.ceil(page.y + MARGIN);
  const title = `Who can reach what in stack ${stack}`;
  return (
    element(
      "svg",
      {
        xmlns: "http://www.w3.org/2000/svg",
        viewBox: `0 0 ${page.width} ${bottom}`,
        width: page.width,
        height: bottom,
        role: "img",
        "aria-label": title,
      },
      element("title", {}, escapeText(title)),
      `<style>${STYLE}\n</style>`,
      element("rect", { width: page.width, height: bottom, class: "paper" }),
      ...page.parts,
    ) + "\n"
  );
}
