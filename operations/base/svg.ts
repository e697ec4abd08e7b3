/** Text for SVG: nothing in it is markup, and no control character remains. */
export function escapeText(text: string): string {
  return text
    .replace(/\p{Cc}/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** An element; attributes are escaped, children are markup already. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly string[]
): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escapeText(String(value))}"`)
    .join("");
  return children.length === 0
    ? `<${name}${written}/>`
    : `<${name}${written}>${children.join("")}</${name}>`;
}

/** A line of text; `look` is a class of the style sheet. */
export function line(x: number, y: number, look: string, text: string): string {
  return element("text", { x, y, class: look }, escapeText(text));
}

/** Width of a text in pixels at a font size; generous, as the font is the reader's. */
export function textWidth(text: string, size: number): number {
  return text.length * size * 0.56;
}

/** A text in lines of at most that many pixels, broken between words. */
export function wrap(text: string, width: number, size: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(`${last} ${word}`, size) <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}

/** A text cut to that many letters. */
export function cut(text: string, letters: number): string {
  return text.length <= letters ? text : `${text.slice(0, letters - 1)}…`;
}

/** Looks for light and dark surroundings; no script, nothing is loaded. */
export const STYLE = `
text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #1f2933; }
.title { font-size: 20px; font-weight: 600; }
.heading { font-size: 12px; font-weight: 600; letter-spacing: .04em; fill: #64748b; }
.strong { font-weight: 600; }
.small { font-size: 12px; }
.muted { fill: #64748b; }
.alarm { fill: #b91c1c; }
.paper { fill: #ffffff; }
.stripe { fill: #f5f7fa; }
.rule { stroke: #e2e8f0; }
.guarded { fill: #0f766e; stroke: #0f766e; }
.open { fill: #d97706; stroke: #d97706; }
.master { fill: #b91c1c; stroke: #b91c1c; }
.maybe { stroke: #64748b; }
.ring, .hollow, .maybe { fill: none; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .heading, .muted { fill: #93a1b3; }
  .alarm { fill: #fca5a5; }
  .paper { fill: #0f1720; }
  .stripe { fill: #16202c; }
  .rule { stroke: #243040; }
  .guarded { fill: #2dd4bf; stroke: #2dd4bf; }
  .open { fill: #fbbf24; stroke: #fbbf24; }
  .master { fill: #f87171; stroke: #f87171; }
  .maybe { stroke: #93a1b3; }
  .ring, .hollow, .maybe { fill: none; }
}`;
