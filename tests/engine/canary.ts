import { randomBytes } from "node:crypto";
import * as zlib from "node:zlib";

/** A unique value that stands for a secret. */
export interface Canary {
  /** The secret that it stands for, such as `join token`. */
  name: string;
  value: string;
}

/** A text that must not contain a canary. */
export interface Place {
  name: string;
  text: string;
}

/** A random value of letters and digits, without a form that redaction recognizes. */
export const newValue = (): string =>
  `q${randomBytes(24)
    .toString("base64url")
    .replace(/[^a-z0-9]/gi, "x")}`;

/** The three base64 forms that a value can have in an encoded text, by its offset. */
function base64Parts(value: string): string[] {
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]).toString("base64");
    // The first and the last characters also hold bits of the neighbours.
    return text.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + value.length) * 4) / 3));
  });
}

/** All forms of a value in a text: plain, URL-encoded, and base64 in both alphabets. */
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

/** The places that contain canaries, as `NAME in PLACE`. */
export function leaks(canaries: readonly Canary[], places: readonly Place[]): string[] {
  return canaries.flatMap(({ name, value }) => {
    const wanted = forms(value);
    return places
      .filter(({ text }) => wanted.some((form) => text.includes(form)))
      .map((place) => `${name} in ${place.name}`);
  });
}
