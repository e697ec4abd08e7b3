/** Escapes a text for SVG and HTML. */
export function escapeMarkup(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** Also removes control characters. */
export const escapeText = (text: string): string => escapeMarkup(text.replace(/\p{Cc}/gu, " "));

/** An element. Escapes attributes; children must be markup. */
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

/** A line of text that starts at a point. `look` is a CSS class. */
export function textElement(x: number, y: number, look: string, text: string): string {
  return element("text", { x: rounded(x), y: rounded(y), class: look }, escapeText(text));
}

/** A coordinate with one decimal. */
export const rounded = (value: number): number => Math.round(value * 10) / 10;

/** Width of a text in pixels at a font size. Estimates high, because the reader's font may be wide. */
export function textWidth(text: string, size: number): number {
  return text.split(/(?:)/u).reduce((sum, letter) => {
    if (/[iljtf.,:;'|!()[\]/ ]/.test(letter)) return sum + 0.36 * size;
    if (/[mwMW@%]/.test(letter)) return sum + 0.92 * size;
    if (/[A-Z]/.test(letter)) return sum + 0.7 * size;
    return sum + 0.58 * size;
  }, 0);
}

/** Wraps a text into lines of at most this many pixels. */
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

/** Cuts a text to this many letters. */
export function cut(text: string, letters: number): string {
  return text.length <= letters ? text : `${text.slice(0, letters - 1)}…`;
}
