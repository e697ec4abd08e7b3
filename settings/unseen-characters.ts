/**
 * Characters that people do not see: marks of direction, and separators of lines and paragraphs. They change what a
 * text seems to say. For the brackets of a regular expression.
 */
export const UNSEEN = String.raw`\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069`;
