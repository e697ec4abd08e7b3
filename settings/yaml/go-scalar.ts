/**
 * What a YAML scalar means to Pulumi: gopkg.in/yaml.v3 (v3.0.1, resolve.go) as the engine uses it,
 * with a time written as Go's `time.Time.String` does.
 */

/** A decoded scalar. Integers that JavaScript cannot hold exactly are a bigint. */
export type Scalar = string | number | bigint | boolean | null;

/** A scalar that its tag does not allow, such as `!!int abc`. */
export class WrongTag extends Error {}

const PREFIX = "tag:yaml.org,2002:";
const RESOLVABLE = ["", "!!bool", "!!int", "!!float", "!!null", "!!timestamp"];

const WORDS: readonly [words: string[], tag: string, value: Scalar][] = [
  [["true", "True", "TRUE"], "!!bool", true],
  [["false", "False", "FALSE"], "!!bool", false],
  [["", "~", "null", "Null", "NULL"], "!!null", null],
  [[".nan", ".NaN", ".NAN"], "!!float", NaN],
  [[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"], "!!float", Infinity],
  [["-.inf", "-.Inf", "-.INF"], "!!float", -Infinity],
];

/** The tag in its short form, such as `!!int`; empty for none. */
export function shortTag(tag: string | undefined): string {
  if (tag === undefined || tag === "!") return "";
  return tag.startsWith(PREFIX) ? `!!${tag.slice(PREFIX.length)}` : tag;
}

const exact = (value: bigint): number | bigint =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;

/** Go's ParseInt(text, 0, 64) and ParseUint: base by prefix, a leading zero means octal. */
function integer(text: string): number | bigint | undefined {
  const [, sign = "", digits = ""] = /^([+-]?)(.+)$/s.exec(text) ?? [];
  const octal = /^0[oO]?([0-7]+)$/.exec(digits)?.[1];
  if (!/^(0|[1-9]\d*|0[xX][0-9a-fA-F]+|0[bB][01]+)$/.test(digits) && octal === undefined) {
    return undefined;
  }
  const size = BigInt(octal === undefined ? digits : `0o${octal}`);
  const value = sign === "-" ? -size : size;
  const most = sign === "" ? 2n ** 64n : 2n ** 63n;
  return value < most && value >= -(2n ** 63n) ? exact(value) : undefined;
}

/** Go's ParseFloat; undefined for a number beyond a float64. */
function float(text: string): number | undefined {
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

const TIME =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[tT](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)|( )(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?)?$/;

/** A timestamp as Go prints it: `2024-01-01 00:00:00 +0000 UTC`. */
function timestamp(text: string): string | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [, year = "", month = "", day = ""] = match;
  const spaced = match[9] !== undefined;
  const [hour = "0", minute = "0", second = "0", fraction = ""] = spaced
    ? match.slice(10, 14)
    : match.slice(4, 8);
  const zone = match[8] ?? "Z";
  const days = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate();
  const [zoneHours = 0, zoneMinutes = 0] = zone === "Z" ? [] : zone.slice(1).split(":").map(Number);
  const fits =
    Number(month) >= 1 &&
    Number(month) <= 12 &&
    Number(day) >= 1 &&
    Number(day) <= days &&
    Number(hour) <= 23 &&
    Number(minute) <= 59 &&
    Number(second) <= 59 &&
    zoneHours <= 24 &&
    zoneMinutes < 60;
  if (!fits) return undefined;
  const two = (part: string) => part.padStart(2, "0");
  const nanoseconds = fraction.slice(0, 9).replace(/0+$/, "");
  const time = [hour, minute, second].map((part) => two(part)).join(":");
  const offset = zoneHours + zoneMinutes === 0 ? "+0000" : zone.replace(":", "");
  return (
    `${year}-${two(month)}-${two(day)} ${time}${nanoseconds === "" ? "" : `.${nanoseconds}`} ` +
    `${offset} ${offset === "+0000" ? "UTC" : offset}`
  );
}

function number(text: string): [tag: string, value: Scalar] | undefined {
  const plain = text.replaceAll("_", "");
  const whole = integer(plain);
  if (whole !== undefined) return ["!!int", whole];
  if (!/^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(plain)) return undefined;
  const value = float(plain);
  return value === undefined ? undefined : ["!!float", value];
}

/** Tag and value of a plain scalar. */
function resolved(tag: string, text: string): [tag: string, value: Scalar] {
  const word = WORDS.find(([words]) => words.includes(text));
  if (word !== undefined) return [word[1], word[2]];
  if (text.startsWith(".")) {
    // Go takes an underscore between two digits.
    const fits = /^\.\d+(_\d+)*([eE][-+]?\d+(_\d+)*)?$/.test(text);
    const value = fits ? float(text.replaceAll("_", "")) : undefined;
    if (value !== undefined) return ["!!float", value];
  } else if (/^[-+\d]/.test(text)) {
    const time = tag === "" || tag === "!!timestamp" ? timestamp(text) : undefined;
    if (time !== undefined) return ["!!timestamp", time];
    const found = number(text);
    if (found !== undefined) return found;
  }
  return ["!!str", text];
}

/**
 * Value of a scalar, its tag in the short form. A quoted text without a tag is text. Throws
 * WrongTag for a value that does not have the type of its tag.
 */
export function goScalar(tag: string, text: string, quoted: boolean): Scalar {
  if (tag === "!!binary") return Buffer.from(text, "base64").toString("utf8");
  if ((tag === "" && quoted) || !RESOLVABLE.includes(tag)) return text;
  const [found, value] = resolved(tag, text);
  if (tag === "" || tag === found || (tag === "!!float" && found === "!!int")) return value;
  throw new WrongTag(`does not hold the type of its tag ${tag}`);
}
