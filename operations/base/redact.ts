import { HIDDEN, isSecret, scrub } from "../../settings/secret-shapes";
import { unicodeEscape } from "../../settings/unseen-characters";
import { remembered } from "./remembered";
import { masks, maskPairs, meansSecret, REFERENCE } from "./secret-pairs";
import { escapeMarkup } from "./svg";
import { terminalText } from "./terminal-text";
import { isMapping, type Mapping } from "../../teleport/values";

/**
 * Removes secrets from all output: reports, plans, JSON, errors, logs, pictures. Only settings/secret-
 * shapes.ts knows how secrets look.
 */

/** Replaces a secret value. */
export const SECRET = "[secret]";

/** Replaces a value that the engine does not know yet. */
export const UNKNOWN = "(known when deployed)";

/** The engine's placeholder for an unknown value. */
const ENGINE_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** Key that marks a secret in a state: `{ "<key>": "<signature>", "ciphertext"|"plaintext": … }`. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
/** Value of that key for a secret. */
export const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const DATA = new Set(["data", "stringData"]);

/** Parts of base64 texts that contain a value at any offset. There are three offsets. */
function base64Parts(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    // The first and the last characters contain bits of the neighbours.
    return text.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + bytes.length) * 4) / 3));
  });
}

/** Values of environment variables with secrets, in all encodings. */
export function environmentSecrets(env: NodeJS.ProcessEnv): string[] {
  const found = Object.entries(env)
    .filter(
      ([name, value = ""]) => meansSecret(name) && value.length >= 8 && !value.startsWith("/"),
    )
    .flatMap(([, value = ""]) => {
      const base64 = Buffer.from(value).toString("base64");
      const parts = [base64, base64.replace(/=+$/, ""), ...base64Parts(value)];
      return [
        value,
        JSON.stringify(value).slice(1, -1),
        // For escapes and entities that redactText does not decode.
        value.replace(/[^\w=:+/.~@$%-]/g, unicodeEscape),
        escapeMarkup(value),
        encodeURIComponent(value),
        encodeURIComponent(value).replaceAll("%20", "+"),
        Buffer.from(value).toString("hex"),
        Buffer.from(value).toString("hex").toUpperCase(),
        ...parts,
        ...parts.map((part) => part.replaceAll("+", "-").replaceAll("/", "_")),
      ];
    });
  return [...new Set(found)].sort((a, b) => b.length - a.length);
}

/** Secrets of this process's environment, which does not change. */
let own: string[] | undefined;
const ownSecrets = () => (own ??= environmentSecrets(process.env));

/** Removes only the secrets of this process's environment from a text. */
export const redactKnown = (text: string, known: readonly string[] = ownSecrets()): string =>
  known.reduce((result, secret) => result.replaceAll(secret, SECRET), text);

/** Names, numbers and paths that are too short and simple for secrets. */
const PLAIN = /^[a-z0-9./-]{0,24}$/;

const BASE64 = /[A-Za-z0-9+/]{16,}={0,2}/g;

/** Text in UTF-16, whose every other byte is zero: little or big endian. */
const WIDE = /(?:[\x01-\x7f]\0){6,}|(?:\0[\x01-\x7f]){6,}/g;

const narrow = (text: string) => text.replace(WIDE, (wide) => wide.replaceAll("\0", ""));

/** True for bytes that contain a secret by its shape, a known secret, or base64 of one. */
function hides(bytes: Buffer, known: readonly string[], depth = 2): boolean {
  const plain = narrow(bytes.toString("utf8"));
  if (!/^[\x20-\x7e\s]+$/.test(plain)) return false;
  if (
    isSecret(plain) ||
    maskPairs(plain, SECRET) !== plain ||
    known.some((secret) => plain.includes(secret))
  )
    return true;
  return (
    depth > 1 &&
    (plain.match(BASE64) ?? []).some((part) => hides(Buffer.from(part, "base64"), known, depth - 1))
  );
}

/** Characters without width, and colours inside a word. They would split a secret. */
const PARTING = /[\u200b-\u200d\u2060\ufeff\u00ad]|(?<=\w)\u001b\[\d*m(?=\w)/g;

/** Colours next to the sign between a name and its value. */
const COLOURS = /(?<=["'\w])\u001b\[\d*m(?=["']?\s{0,8}[:=])|(?<=[:=]\s{0,8}["']?)\u001b\[\d*m/g;

/** Escaped characters of JSON or HTML, except those with a meaning in HTML. */
const NUMBERED = /\\+u00([2-7][\da-f])|\\x([2-7][\da-f])|&#(?:x([2-7][\da-f])|(\d{2,3}));/gi;

function unescaped(whole: string, ...codes: (string | undefined)[]): string {
  const [unicode, hex, html, decimal] = codes;
  const code =
    decimal === undefined ? Number.parseInt(unicode ?? hex ?? html ?? "", 16) : Number(decimal);
  const sign = String.fromCharCode(code);
  return /[\w=:+/.~@$%-]/.test(sign) ? sign : whole;
}

const WORD = /[^\s"'<>]+/g;
const HEX = /\b(?:[\da-f]{2}){12,}\b/gi;

/** True for a percent-encoded word (once or twice) that contains a known secret. */
function percentHides(word: string, known: readonly string[]): boolean {
  if (!/%[\da-f]{2}/i.test(word)) return false;
  let plain = word;
  for (let times = 0; times < 2; times++) {
    try {
      plain = decodeURIComponent(plain);
    } catch {
      return false;
    }
    if (known.some((secret) => plain.includes(secret))) return true;
  }
  return false;
}

/** Removes colours from a text if they split a known secret. */
function together(text: string, known: readonly string[]): string {
  const plain = text.replace(/\u001b\[\d*m/g, "");
  return known.some((secret) => plain.includes(secret) && !text.includes(secret)) ? plain : text;
}

/** User info in a URL: with a password, or alone if it is not a plain name. */
const USER_INFO =
  /\b([a-z][a-z0-9+.-]{0,20}:\/\/)(?:[^/?#\s@:"']{0,200}:(?!\d+[/?#])[^\s"'<>]{0,2000}|(?![a-z][a-z._-]{0,20}@)[^/?#\s@:"']{1,2000})@/gi;

const PEM =
  /-----? ?BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)? ?-----?[^]*?(?:-----? ?END [^-\n]*-----?|$)/g;

/** Name of a resource before a sentence, as in `VaultStaticSecret database-credentials: waiting for it`. */
const TITLE =
  /((?:\b(?:[A-Z][a-z\d]+){2,}|\bSecret) (?:[\w.-]{1,80}\/)?[\w.]{1,80}-[\w.-]{1,80})(?=: [A-Za-z]+,? [a-z])/g;
/** A kind, as in `--allow token:agent-token`. */
const ALLOWED = /(--allow[ =][a-z-]{1,40})(?=:)/g;
/** A failure to get a secret, which is followed by its reason, as in `failed to create limited child token: EOF`. */
const NOT_GOT =
  /(\b(?:failed to|cannot|could not|unable to|error) (?:creat|renew|obtain|request|fetch|look)(?:e|ing)?(?: ?up)? (?:[\w-]{1,20} ){0,4}(?:token|secret|password|credentials))(?=: )/gi;
/** Parts a name that is no secret's from its colon. */
const APART = "\ue000";

/**
 * Removes secrets from a text: known ones (of the environment) in all encodings, texts with the shape of a
 * secret, and values after a name that means one. Also removes control sequences.
 */
export function redactText(text: string, known: readonly string[] = ownSecrets()): string {
  // Remove characters that would split a secret first.
  const seen = terminalText(narrow(text).replaceAll("\u0000", " "))
    .replace(PARTING, "")
    .replace(COLOURS, "")
    .replace(NUMBERED, unescaped);
  const marked = seen
    .replaceAll(APART, "")
    .replace(TITLE, `$1${APART}`)
    .replace(NOT_GOT, `$1${APART}`)
    .replace(ALLOWED, `$1${APART}`);
  const listed = redactKnown(together(marked, known), known).replace(WORD, (word) =>
    percentHides(word, known) ? SECRET : word,
  );
  if (PLAIN.test(listed)) return listed;
  const paired = maskPairs(listed.replace(PEM, SECRET).replace(USER_INFO, `$1${SECRET}@`), SECRET);
  return scrub(
    paired
      .replace(HEX, (word) => (hides(Buffer.from(word, "hex"), known) ? SECRET : word))
      .replace(BASE64, (word) => (hides(Buffer.from(word, "base64"), known) ? SECRET : word)),
  )
    .replaceAll(HIDDEN, SECRET)
    .replaceAll(APART, "");
}

/** Redacts a whole value, which may be a secret or contain some. */
const redactValue = remembered((text: string): string => {
  if (text === ENGINE_UNKNOWN) return UNKNOWN;
  // A header in the charts' values: one line, with its name first.
  const [, name = "", value = ""] = /^([\w-]+): (.*)$/.exec(text) ?? [];
  if (meansSecret(name) && masks(value)) return `${name}: ${SECRET}`;
  if (value !== "" && REFERENCE.test(value)) return text;
  return !/\s/.test(text) && isSecret(text) ? SECRET : redactText(text);
});

/** Redacts a value under a name that means a secret. Undefined if it contains none. */
function named(name: unknown, value: unknown): unknown {
  if (typeof name !== "string" || !meansSecret(name)) return undefined;
  if (typeof value === "string") return masks(value) ? SECRET : undefined;
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) return undefined;
  return value.map((item) => (masks(item) ? SECRET : item));
}

/**
 * True for a provision token whose name is no secret: every join method but `token` uses another proof
 * (Teleport's join methods reference).
 */
function isTokenName(
  key: string,
  { joinMethod, join_method: method = joinMethod }: Mapping,
): boolean {
  return /^token(_?name)?$/i.test(key) && typeof method === "string" && method !== "token";
}

/** Redacts a list, in which an argument such as `--token` names the next item. */
const redactList = (list: readonly unknown[]): unknown[] =>
  list.map((item, index) => {
    const before: unknown = list[index - 1];
    const flag = typeof before === "string" ? /^--?([A-Za-z][\w-]*)$/.exec(before)?.[1] : undefined;
    return named(flag, item) ?? redact(item);
  });

/**
 * Removes secrets from a value: those that Pulumi marks, those below a key or next to a `name` that means
 * one, and texts with the shape of one.
 */
export function redact(value: unknown): unknown {
  if (typeof value === "string") return redactValue(value);
  if (Array.isArray(value)) return redactList(value);
  if (!isMapping(value)) return value;
  if (value[SIGNATURE] === SECRET_SIGNATURE) return SECRET;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      (isTokenName(key, value) ? item : named(key, item)) ??
        (key === "value" ? named(value["name"] ?? value["key"], item) : undefined) ??
        redact(item),
    ]),
  );
}

/** Inputs of a resource without secrets. A Kubernetes Secret shows only its keys. */
export function redactInputs(type: string, inputs: unknown): Mapping | undefined {
  if (!isMapping(inputs)) return undefined;
  const plain = redact(inputs) as Mapping;
  if (type !== "kubernetes:core/v1:Secret" && type !== "vault:kv/secretV2:SecretV2") return plain;
  return Object.fromEntries(
    Object.entries(plain).map(([key, value]) => {
      if (key === "dataJson") return [key, SECRET];
      if (!DATA.has(key)) return [key, value];
      return [
        key,
        isMapping(value)
          ? Object.fromEntries(Object.keys(value).map((name) => [name, SECRET]))
          : SECRET,
      ];
    }),
  );
}
