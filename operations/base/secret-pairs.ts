import { isRandom, namesSecret } from "../../settings/secret-shapes";

/**
 * Finds secrets in a text by the names beside them, in the ways that people, shells and formats write a name and its
 * value. What a name of a secret is, and a secret's own shape, is known in settings/secret-shapes.ts.
 */

/** A text in place of a secret: a placeholder, a template, an address, the mask, `-` for standard input. */
export const REFERENCE =
  /@@[\w.-]+\/[\w.-]+@@|^\{\{.*\}\}$|^\$|^(secret|file|vault):|^\[secret\]?$|^\(known|^<|^-[`'":.)]*$|^[{[]?$/;
const SCHEME = /^(bearer|basic|token|digest|apikey|negotiate)\s+/i;

/** Words that follow such a name in prose and are no values. */
const PROSE =
  /^(the|a|an|there|this|that|it|each|every|secrets?|error|is|was|are|not|no|of|for|in|to|and|or|from|must|may|missing|required|invalid|wrong|expired|unknown|denied|failed|cannot|has|with|create|make|name|write|choose|set|add|copy|put|give|see|run|check|true|false|null|none|undefined|\d{1,5})$/i;

const bare = (value: string) => value.replace(/^\\*["']|\\*["']$/g, "").replace(SCHEME, "");

/** True for a value that is not a reference to a secret nor a word of a sentence. */
export function masks(value: string): boolean {
  return !REFERENCE.test(bare(value)) && !PROSE.test(bare(value));
}

/** Also variables without separators between words, such as PGPASSWORD. */
export const meansSecret = (name: string): boolean =>
  namesSecret(name) || /(password|passphrase|token)s?$/i.test(name);

const QUOTED = String.raw`"(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*'`;
const VALUE = String.raw`\\+"(?:[^"\\\n]|\\[^"])*\\+"|${QUOTED}|[^\s",;&})\]<]+`;
const WITH_SCHEME = String.raw`(?:(?:bearer|basic|token|digest|apikey|negotiate)[ \t]+)?(?:${VALUE})`;

/** What stands between a name and its value; the group of the value is named. */
const PAIRS: readonly RegExp[] = [
  // A block of YAML below its name
  String.raw`(?<=^|\n)(?<indent>[ \t-]*)(?<name>[A-Za-z_][\w.-]{0,80}):[ \t]*[|>][-+\d]*[ \t]*\n(?<value>(?:\k<indent>[ \t]+[^\n]*(?:\n|$))+)`,
  // `Name: value` and `name=value`, also quoted as in JSON, also escaped, also with the new value of a change
  String.raw`(\\*["']?)(?<![A-Za-z\d])(?<name>[A-Za-z_][\w.-]{0,80})\1\s*(?:[:：](?!\/\/)|=)[ \t]*(?<value>${WITH_SCHEME})(?<next>[ \t]*[-=]>[ \t]*(?:${VALUE}))?`,
  // `--name value`
  String.raw`(?<=^|[\s"'])--?(?<name>[A-Za-z][\w-]{0,80})[ \t]+(?<value>${QUOTED}|[^\s-][^\s]*)`,
  // `name: NAME, value: VALUE`, in JSON and YAML; a patch has a path
  String.raw`\b(?:name|key|path)\\*["']?\s*[:=]\s*\\*["']?(?:[\w.~/-]{0,200}\/)?(?<name>[\w.-]{1,80})\\*["']?\s*,?\s*\\*["']?value\\*["']?\s*[:=]\s*(?<value>${VALUE})`,
  // `<name>value</name>`
  String.raw`<(?<name>[A-Za-z][\w.-]{0,80})>(?<value>[^<]+)(?=<\/)`,
].map((pattern) => new RegExp(pattern, "gi"));

/** Sentences that tell a secret: `password is X`, `Unseal Key 1: X`. */
const TOLD: readonly RegExp[] = [
  /\b(?:password|passphrase|token|secret)\b[^.,;:\n]{0,40}?\s(?:is|was|->|=>)\s+(?<value>"[^"\n]+"|'[^'\n]+'|[^\s"',;]+)/gi,
  /\b(?:unseal|recovery) key(?: \d+)?:\s*(?<value>\S+)/gi,
  /\bmachine\s+\S+\s+login\s+\S+\s+password\s+(?<value>\S+)/gi,
  // curl
  /(?<=^|\s)(?:-u|--(?:proxy-)?user)[ =]?["']?[^\s:"']+:(?<value>[^\s"']+)/gi,
  // Whose short names say nothing elsewhere
  /[?&#](?:key|code|pass|pw|pin|otp|ticket|assertion|jwt|sid)=(?<value>[^&\s#"'<>]+)/gi,
  /\btoken_?name\\*["']?\s*[:=]\s*(?<value>\\*["']?[0-9a-f]{16,}\b)/gi,
];

/** A told value that is no word of the sentence. */
const tells = (value: string): boolean => {
  const plain = bare(value);
  return plain.length >= 8 && /\d/.test(plain) && /[A-Za-z]/.test(plain) && !/[/.]/.test(plain);
};

/** A text with `mask` in place of each value whose name, or whose sentence, means a secret. */
export function maskPairs(text: string, mask: string): string {
  const paired = PAIRS.reduce(
    (result, pattern) =>
      result.replace(pattern, (...args) => {
        const [whole] = args as [string];
        const groups = args.at(-1) as { name: string; value: string; next?: string };
        const { name, value, next = "" } = groups;
        const random = /^token_?name$/i.test(name) && isRandom(bare(value));
        if (!random && (!meansSecret(name) || !masks(value.trim()))) return whole;
        const before = whole.slice(0, whole.length - value.length - next.length);
        const after = value.endsWith("\n") ? "\n" : "";
        const changed = next.replace(/([-=]>[ \t]*).*/s, `$1${mask}`);
        return `${before}${mask}${changed}${after}`;
      }),
    text,
  );
  return TOLD.reduce(
    (result, pattern, index) =>
      result.replace(pattern, (...args) => {
        const [whole] = args as [string];
        const { value } = args.at(-1) as { value: string };
        if (index === 0 ? !tells(value) : REFERENCE.test(bare(value))) return whole;
        return `${whole.slice(0, whole.length - value.length)}${mask}`;
      }),
    paired,
  );
}
