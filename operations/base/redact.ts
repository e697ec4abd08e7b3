import { HIDDEN, isSecret, namesSecret, scrub } from "../../settings/secret-shapes";
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

/** A text in place of a secret: a placeholder, a template, an address of the secret, the mask. */
const REFERENCE =
  /@@[\w.-]+\/[\w.-]+@@|^\{\{.*\}\}$|^\$|^(secret|file|vault):|^\[secret\]$|^\(known|^<|^$/;
const SCHEME = /^(bearer|basic|token|digest|apikey|negotiate)\s+/i;

/** A line `Name: value` or `name=value`, also quoted as in JSON; group 3 is the value. */
const PAIR =
  /(["']?)\b([A-Za-z][\w.-]*)\1\s*(?::(?!\/\/)|=)[ \t]*((?:(?:bearer|basic|token|digest|apikey|negotiate)[ \t]+)?(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s",;&})\]]+))/gi;

/** Words that follow such a name in prose and are no values. */
const PROSE =
  /^(the|a|an|is|was|are|not|no|of|for|in|to|and|or|from|must|may|missing|required|invalid|wrong|expired|unknown|denied|failed|cannot|has|with|create|make|name|write|choose|set|add|copy|put|give|see|run|check|true|false|null|none|undefined|\d{1,5})$/i;

const masks = (value: string): boolean => {
  const bare = value.replace(/^["']|["']$/g, "").replace(SCHEME, "");
  return !REFERENCE.test(bare) && !PROSE.test(bare);
};

/** Also variables without separators between words, such as PGPASSWORD. */
const meansSecret = (name: string): boolean =>
  namesSecret(name) || /(password|passphrase|token)$/i.test(name);

/** Values of environment variables that hold secrets, as they are and as they are encoded. */
export function environmentSecrets(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env)
    .filter(
      ([name, value = ""]) => meansSecret(name) && value.length >= 8 && !value.startsWith("/"),
    )
    .flatMap(([, value = ""]) => {
      const base64 = Buffer.from(value).toString("base64");
      return [value, base64, base64.replace(/=+$/, ""), encodeURIComponent(value)];
    })
    .sort((a, b) => b.length - a.length);
}

/** Those of this process; they do not change while it runs. */
let own: string[] | undefined;
const ownSecrets = () => (own ??= environmentSecrets(process.env));

/** A text without the secrets of this process's environment; nothing else is changed in it. */
export const redactKnown = (text: string, known: readonly string[] = ownSecrets()): string =>
  known.reduce((result, secret) => result.replaceAll(secret, SECRET), text);

/** Names of objects, numbers, paths: too short and too plain for a secret. */
const PLAIN = /^[a-z0-9./-]{0,24}$/;

/** True for base64 that holds a secret by its shape. */
function hidesSecret(word: string): boolean {
  const plain = Buffer.from(word, "base64").toString("utf8");
  return /^[\x20-\x7e\s]+$/.test(plain) && isSecret(plain);
}

/**
 * A text without its secrets: known ones (of the environment) in plain and base64, whatever has the
 * shape of one, and values after a name that means one. Control sequences go, the rest of the text stays.
 */
export function redactText(text: string, known: readonly string[] = ownSecrets()): string {
  // What would be taken out later must not part a secret now.
  const listed = redactKnown(terminalText(text), known);
  if (PLAIN.test(listed)) return listed;
  return scrub(
    listed
      .replace(/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^]*?(-----END \1-----|$)/g, SECRET)
      .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^/?#\s@:]*:[^/?#\s]*@/gi, `$1${SECRET}@`)
      .replace(PAIR, (whole, _quote: string, name: string, value: string) =>
        meansSecret(name) && masks(value)
          ? `${whole.slice(0, whole.length - value.length)}${SECRET}`
          : whole,
      )
      .replace(/[A-Za-z0-9+/]{16,}={0,2}/g, (word) => (hidesSecret(word) ? SECRET : word)),
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

/** A value under a name that means a secret. */
const named = (name: unknown, value: unknown): unknown =>
  typeof name === "string" && typeof value === "string" && meansSecret(name) && masks(value)
    ? SECRET
    : undefined;

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

/**
 * A value without secrets: those that Pulumi marks, those below a key or beside a `name` that means
 * one, those that look like one.
 */
export function redact(value: unknown): unknown {
  if (typeof value === "string") return redactValue(value);
  if (Array.isArray(value)) return value.map(redact);
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
