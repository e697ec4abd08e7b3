/**
 * Invisible characters, for a character class of a regular expression: marks of direction, and separators of lines
 * and paragraphs. They can change how a text reads.
 */
export const UNSEEN = String.raw`\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069`;

/** The escape of JSON for one character: `\\u` and four hexadecimal digits. */
export const unicodeEscape = (sign: string): string =>
  `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
