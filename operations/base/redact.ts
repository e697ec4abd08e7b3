import { HIDDEN, isSecret, scrub } from "../../settings/secret-shapes";
import { unicodeEscape } from "../../settings/unseen-characters";
import { masks, maskPairs, meansSecret, REFERENCE } from "./secret-pairs";
import { escapeMarkup } from "./svg";
import { terminalText } from "./terminal-text";
import { isMapping, type Mapping } from "../../teleport/values";

/**
 * Takes secrets out of whatever leaves the program: reports, plans, JSON, failures, logs, pictures.
 * What a secret looks like is known in settings/secret-shapes.ts alone.
 */

/** Stands where a secret value was. */
export const SECRET = "[secret]";

/** Stands where an engine does not know a value yet. */
export const UNKNOWN = "(known when deployed)";

/** The engine's mark for such a value, in inputs that it prints. */
const ENGINE_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** Wraps a secret in a state: `{ "<key>": "<signature>", "ciphertext"|"plaintext": … }`. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
/** What `<signature>` is for a secret. */
export const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const DATA = new Set(["data", "stringData"]);

/** What base64 of any text shows of a value in it: its place decides which of three. */
function base64Parts(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    // The first and the last characters hold bits of the neighbours.
    return text.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + bytes.length) * 4) / 3));
  });
}

/** Values of environment variables that hold secrets, as they are and as they are encoded. */
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
        // What stays of escapes and entities; redactText reads the others.
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

/** Those of this process; they do not change while it runs. */
let own: string[] | undefined;
const ownSecrets = () => (own ??= environmentSecrets(process.env));

/** A text without the secrets of this process's environment; nothing else is changed in it. */
export const redactKnown = (text: string, known: readonly string[] = ownSecrets()): string =>
  known.reduce((result, secret) => result.replaceAll(secret, SECRET), text);

/** Names of objects, numbers, paths: too short and too plain for a secret. */
const PLAIN = /^[a-z0-9./-]{0,24}$/;

const BASE64 = /[A-Za-z0-9+/]{16,}={0,2}/g;

/** True for bytes that hold a secret by its shape, a known one, or base64 that does. */
function hides(bytes: Buffer, known: readonly string[], depth = 2): boolean {
  const plain = bytes.toString("utf8");
  if (!/^[\x20-\x7e\s]+$/.test(plain)) return false;
  if (isSecret(plain) || known.some((secret) => plain.includes(secret))) return true;
  return (
    depth > 1 &&
    (plain.match(BASE64) ?? []).some((part) => hides(Buffer.from(part, "base64"), known, depth - 1))
  );
}

/** Characters of no width, and colours inside a word: they would part a secret. */
const PARTING = /[\u200b-\u200d\u2060\ufeff\u00ad]|(?<=\w)\u001b\[\d*m(?=\w)/g;

/** Where colours stand beside the sign between a name and its value. */
const COLOURS = /(?<=["'\w])\u001b\[\d*m(?=["']?\s{0,8}[:=])|(?<=[:=]\s{0,8}["']?)\u001b\[\d*m/g;

/** Characters that JSON or HTML writes as numbers; none that has a meaning in HTML. */
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

/** True for a word in percent encoding, once or twice, that holds a known secret. */
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

/** A text that a known secret parts by colours, without these. */
function together(text: string, known: readonly string[]): string {
  const plain = text.replace(/\u001b\[\d*m/g, "");
  return known.some((secret) => plain.includes(secret) && !text.includes(secret)) ? plain : text;
}

/** User info of an address: any with a password, and a lone one unless it is a plain name. */
const USER_INFO =
  /\b([a-z][a-z0-9+.-]{0,20}:\/\/)(?:[^/?#\s@:"']{0,200}:(?!\d+[/?#])[^\s"'<>]{0,2000}|(?![a-z][a-z._-]{0,20}@)[^/?#\s@:"']{1,2000})@/gi;

const PEM =
  /-----? ?BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)? ?-----?[^]*?(?:-----? ?END [^-\n]*-----?|$)/g;

/**
 * A text without its secrets: known ones (of the environment) in plain and base64, whatever has the
 * shape of one, and values after a name that means one. Control sequences go, the rest of the text stays.
 */
export function redactText(text: string, known: readonly string[] = ownSecrets()): string {
  // What would be taken out later must not part a secret now.
  const seen = terminalText(text.replaceAll("\u0000", " "))
    .replace(PARTING, "")
    .replace(COLOURS, "")
    .replace(NUMBERED, unescaped);
  const listed = redactKnown(together(seen, known), known).replace(WORD, (word) =>
    percentHides(word, known) ? SECRET : word,
  );
  if (PLAIN.test(listed)) return listed;
  const paired = maskPairs(listed.replace(PEM, SECRET).replace(USER_INFO, `$1${SECRET}@`), SECRET);
  return scrub(
    paired
      .replace(HEX, (word) => (hides(Buffer.from(word, "hex"), known) ? SECRET : word))
      .replace(BASE64, (word) => (hides(Buffer.from(word, "base64"), known) ? SECRET : word)),
  ).replaceAll(HIDDEN, SECRET);
}

/** A text that is a value by itself: as a whole a secret, or a text that may hold some. */
function redactValue(text: string): string {
  if (text === ENGINE_UNKNOWN) return UNKNOWN;
  // A header as the charts' values have it: one line, its name first.
  const [, name = "", value = ""] = /^([\w-]+): (.*)$/.exec(text) ?? [];
  if (meansSecret(name) && masks(value)) return `${name}: ${SECRET}`;
  if (value !== "" && REFERENCE.test(value)) return text;
  return !text.includes("\n") && isSecret(text) && !/\s/.test(text) ? SECRET : redactText(text);
}

/** A value under a name that means a secret; undefined if it holds none. */
function named(name: unknown, value: unknown): unknown {
  if (typeof name !== "string" || !meansSecret(name)) return undefined;
  if (typeof value === "string") return masks(value) ? SECRET : undefined;
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) return undefined;
  return value.map((item) => (masks(item) ? SECRET : item));
}

/**
 * True for a provision token that is the name of one: every method but `token` proves who somebody is
 * by other means (Teleport's join methods reference).
 */
function isTokenName(
  key: string,
  { joinMethod, join_method: method = joinMethod }: Mapping,
): boolean {
  return /^token(_?name)?$/i.test(key) && typeof method === "string" && method !== "token";
}

/** A list, where an argument such as `--token` names the next one. */
const redactList = (list: readonly unknown[]): unknown[] =>
  list.map((item, index) => {
    const before: unknown = list[index - 1];
    const flag = typeof before === "string" ? /^--?([A-Za-z][\w-]*)$/.exec(before)?.[1] : undefined;
    return named(flag, item) ?? redact(item);
  });

/**
 * A value without secrets: those that Pulumi marks, those below a key or beside a `name` that means
 * one, those that look like one.
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

/** Inputs of a resource without secrets; a Kubernetes Secret shows the names of its keys only. */
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
