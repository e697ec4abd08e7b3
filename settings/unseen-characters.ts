/**
 * Invisible characters, for a character class of a regular expression: marks of direction, and separators of lines
 * and paragraphs. They can change how a text reads.
 */
export const UNSEEN = String.raw`\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069`;
