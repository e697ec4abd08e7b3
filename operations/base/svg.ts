/** Text for SVG and HTML: nothing in it is markup. */
export function escapeMarkup(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** The same without control characters. */
export const escapeText = (text: string): string => escapeMarkup(text.replace(/\p{Cc}/gu, " "));

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

/** A line of text whose base line starts at a point; `look` is a class of the style sheet. */
export function textElement(x: number, y: number, look: string, text: string): string {
  return element("text", { x: rounded(x), y: rounded(y), class: look }, escapeText(text));
}

/** A coordinate with one decimal. */
export const rounded = (value: number): number => Math.round(value * 10) / 10;

/** Width of a text in pixels at a font size. The font is the reader's, so it is rather too wide. */
export function textWidth(text: string, size: number): number {
  return text.split(/(?:)/u).reduce((sum, letter) => {
    if (/[iljtf.,:;'|!()[\]/ ]/.test(letter)) return sum + 0.36 * size;
    if (/[mwMW@%]/.test(letter)) return sum + 0.92 * size;
    if (/[A-Z]/.test(letter)) return sum + 0.7 * size;
    return sum + 0.58 * size;
  }, 0);
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
