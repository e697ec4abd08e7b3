import { randomBytes } from "node:crypto";
import * as zlib from "node:zlib";

/** A value that nobody else has, and where it was found outside the place it belongs to. */
export interface Canary {
  /** What it stands for, such as `join token`. */
  name: string;
  value: string;
}

/** A text in which no canary may be. */
export interface Place {
  name: string;
  text: string;
}

/** A new value without any shape by which a secret is known, in letters and digits. */
export const newValue = (): string =>
  `q${randomBytes(24)
    .toString("base64url")
    .replace(/[^a-z0-9]/gi, "x")}`;

/** What base64 of any text shows of a value in it: its place decides which of three. */
function base64Parts(value: string): string[] {
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]).toString("base64");
    // The first and the last characters hold bits of the neighbours.
    return text.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + value.length) * 4) / 3));
  });
}

/** Every way a value may stand in a text: plain, and in base64 of both alphabets. */
export function forms(value: string): string[] {
  const encoded = base64Parts(value).flatMap((part) => [
    part,
    part.replaceAll("+", "-").replaceAll("/", "_"),
  ]);
  return [...new Set([value, encodeURIComponent(value), ...encoded])];
}

/** The record of a Helm release, from its Secret's key `release`: base64 twice, and gzip. */
export function helmRecord(data: string): string {
  const packed = Buffer.from(Buffer.from(data, "base64").toString(), "base64");
  return zlib.gunzipSync(packed).toString();
}

/** Where canaries are, as `NAME in PLACE`. */
export function leaks(canaries: readonly Canary[], places: readonly Place[]): string[] {
  return canaries.flatMap(({ name, value }) => {
    const wanted = forms(value);
    return places
      .filter(({ text }) => wanted.some((form) => text.includes(form)))
      .map((place) => `${name} in ${place.name}`);
  });
}
