import { isRandom, namesSecret } from "../../settings/secret-shapes";
import { remembered } from "./remembered";
import { maskManifest } from "./secret-manifests";
import { maskTables } from "./secret-tables";
import { maskTold, PROSE } from "./told-secrets";

/**
 * Finds secrets in a text by the names next to them, in the syntax of people, shells and file formats.
 * settings/secret-shapes.ts knows the names and shapes of secrets.
 */

/** A text that is no secret: a placeholder, a template, an address, the mask, `-` for standard input. */
export const REFERENCE =
  /@@[\w.-]+\/[\w.-]+@@|^\{\{.*\}\}$|^\$|^(secret|file|vault):|^\[secret\]?$|^\([a-z -]+$|^<|^\/(?:var|etc|run|home|tmp|opt|usr|mnt|srv|root|vault)\/[\w./-]+$|^-[`'":.)]*$|^[{[]?$/;
const SCHEME = /^(bearer|basic|token|digest|apikey|negotiate)\s+/i;

/** A value without quotes and scheme. */
export const bare = (value: string) => value.replace(/^\\*["']|\\*["']$/g, "").replace(SCHEME, "");

/** True for a value that is neither a reference to a secret nor a word of a sentence. */
export function masks(value: string): boolean {
  // A mapping or a list has its own names and values.
  return !/^[{[]/.test(value) && !REFERENCE.test(bare(value)) && !PROSE.test(bare(value));
}

/** Includes names without separators, such as PGPASSWORD, and names for the value of a secret. */
export const meansSecret = remembered(
  (name: string): boolean =>
    namesSecret(name.replace(/[-_.]?value$/i, "").replaceAll(" ", "_")) ||
    /(password|passphrase|token|(store|key)pass)s?$|(^|[a-z])pw$|authtok$|code[-_]?verifier$/i.test(
      name,
    ) ||
    // What carries a login of SAML, and AWS Secrets Manager's values
    /saml(response|art)$|signaturevalue$|secret[-_]?(string|binary)$/i.test(name),
);

const QUOTED = String.raw`"(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*'|\`[^\`\n]*\``;
const VALUE = String.raw`(?:Some|Just|Optional|String|Secret|SecretString)\((?:${QUOTED})\)|\\+"(?:[^"\\\n]|\\[^"])*\\+"|[@bruf]{0,2}(?:${QUOTED})|[^\s",;&})\]<]+`;
const WITH_SCHEME = String.raw`(?:(?:bearer|basic|token|digest|apikey|negotiate)[ \t]+)?(?:${VALUE})`;
/** Text between a sign and a value: blanks, a line continuation, an anchor or a tag of YAML. */
const GAP = String.raw`[ \t\u00a0]*(?:\\\n[ \t]*)?(?:[&!][\w!./-]*[ \t]+){0,2}`;
const SIGN = String.raw`(?::=|[-=]>|\u2192|(?<!:)[:\uff1a](?!:|\/\/)|=)`;
/** The start of a word, also after a colour or a percent-encoded character. */
const START = String.raw`(?:(?<![A-Za-z\d])|(?<=\u001b\[\d{0,3}m)|(?<=%[\da-f]{2}))`;
const NAME = String.raw`(?<name>[A-Za-z_][\w.-]{0,80})`;

/** Syntax of a name and its value. The value is read only if the name means a secret. */
interface Form {
  head: RegExp;
  value: RegExp | ((groups: Record<string, string | undefined>) => RegExp);
}

const form = (
  head: string,
  value: string | ((groups: Record<string, string | undefined>) => string),
): Form => ({
  head: new RegExp(head, "gi"),
  value:
    typeof value === "string"
      ? new RegExp(value, "iy")
      : (groups) => new RegExp(value(groups), "iy"),
});

const EITHER_QUOTE = String.raw`\\*["']?`;
const NAMED = String.raw`(?:[\w.~/-]{0,200}\/)?(?<name>[\w.-]{1,80})`;
const IS = String.raw`${EITHER_QUOTE}\s*[:=]\s*`;

/** Ways to write a name and its value in JSON, YAML, HCL, XML, HTTP and shells. */
const FORMS: readonly Form[] = [
  // A block of YAML below its name, or a document in a text
  form(
    String.raw`(?<=^|\n)(?<indent>[ \t-]*)["']?${NAME}["']?:[ \t]*[|>][-+\d]*[ \t]*\n`,
    ({ indent = "" }) => String.raw`(?<value>(?:${indent}[ \t]+[^\n]*(?:\n|$))+)`,
  ),
  form(
    String.raw`${START}${NAME}\s*=\s*<<[-~]?(?<tag>\w{1,40})\n`,
    ({ tag = "" }) => String.raw`(?<value>[^]{0,20000}?)(?=\n[ \t]*${tag})`,
  ),
  // Values on their own lines
  form(
    String.raw`(?<=^|\n)[ \t-]*${NAME}:[ \t]*\n`,
    String.raw`(?<value>(?:[ \t]+(?:- )?[^\s:]+(?:\n|$))+)`,
  ),
  // `Name: value` and `name=value`, also quoted or escaped as in JSON, also with the new value of a diff
  form(
    String.raw`${START}${NAME}\\*["'\`]?\s*${SIGN}${GAP}`,
    String.raw`(?<value>${WITH_SCHEME})(?<next>[ \t]*[-=]>[ \t]*(?:${VALUE}))?`,
  ),
  // A list after its name
  form(
    String.raw`${START}${NAME}${IS}\[`,
    String.raw`(?<value>\s*(?:(?:${QUOTED})\s*,?\s*)+)(?=\])`,
  ),
  // The same in percent encoding
  form(
    String.raw`${START}${NAME}(?:%2[27])?%3[ad](?:%20)?(?:%2[27])?`,
    String.raw`(?<value>(?:[^\s%&"'<>]|%(?!2[276c]|7d|3b)[\da-f]{2})+)`,
  ),
  // `--name value`, also as two entries of a list
  form(
    String.raw`(?<=^|[\s"'])--?(?<name>[A-Za-z][\w-]{0,80})(?:[ \t]+|\\*["']\s*,\s*(?=\\*["']))`,
    String.raw`(?<value>${QUOTED}|[^\s-][^\s]*)`,
  ),
  // `ENV NAME value`, `set -x NAME value`, `set-header NAME value`
  form(
    String.raw`\b(?:env|setenv|set(?:-header)?(?:[ \t]+-\w+)?)[ \t]+${NAME}[ \t]+`,
    String.raw`(?<value>${QUOTED}|\S+)`,
  ),
  // `"name":` and its value on the next line
  form(String.raw`["']${NAME}["'][ \t]*:[ \t]*\n\s*`, `(?<value>${QUOTED})`),
  // `define("NAME", "VALUE")`
  form(
    String.raw`\(\s*["'](?<name>[\w.-]{0,80}(?:passw|pwd|passphrase|[_.-](?:token|secret|key|auth))[\w.-]{0,40})["']\s*,\s*`,
    `(?<value>${QUOTED})`,
  ),
  // `name: NAME, value: VALUE`, in JSON, YAML and XML; a patch has a path
  form(
    String.raw`\b(?:name|key|path)${IS}${EITHER_QUOTE}${NAMED}${EITHER_QUOTE}\s*,?\s*${EITHER_QUOTE}value${IS}`,
    `(?<value>${VALUE})`,
  ),
  // `<name>value</name>`
  form(
    String.raw`<(?:[\w-]{1,40}:)?${NAME}(?:\s[^<>]{0,500})?>(?:<!\[CDATA\[)?`,
    String.raw`(?<value>[^<\]]+)(?=(?:\]\]>)?<\/)`,
  ),
  // `<tag name="NAME">value`, `<key>NAME</key><string>value`
  form(
    String.raw`<[\w:-]{1,40}\s(?:[^<>]{0,300}\s)?(?:name|key|id)=["']?${NAME}["']?[^<>]{0,300}>(?:<!\[CDATA\[)?`,
    String.raw`(?<value>[^<\]]+)(?=(?:\]\]>)?<\/)`,
  ),
  form(
    String.raw`<(?:name|key)>\s*${NAME}\s*<\/(?:name|key)>\s*<(?:value|string|data)>`,
    String.raw`(?<value>[^<]+)`,
  ),
  // A form field of multipart data
  form(
    String.raw`form-data;[^\n]{0,200}?\bname="?(?<name>[\w.-]{1,80})"?[^\n]{0,200}\n(?:[^\n:]{1,80}:[^\n]{0,400}\n){0,5}\n`,
    String.raw`(?<value>[^\n]+)`,
  ),
];

/** A value before its name. */
const REVERSED = new RegExp(
  String.raw`\b(value${IS})(${VALUE})(?=\s*,?\s*${EITHER_QUOTE}(?:name|key)${IS}${EITHER_QUOTE}${NAMED})`,
  "gi",
);

function maskForm(text: string, { head, value: wanted }: Form, mask: string): string {
  let result = "";
  let from = 0;
  head.lastIndex = 0;
  for (let found = head.exec(text); found !== null; found = head.exec(text)) {
    const { name = "" } = found.groups ?? {};
    const tokenName = /^token_?name$/i.test(name);
    if (!tokenName && !meansSecret(name)) continue;
    const start = head.lastIndex;
    const pattern = typeof wanted === "function" ? wanted(found.groups ?? {}) : wanted;
    pattern.lastIndex = start;
    const { value = "", next = "" } = pattern.exec(text)?.groups ?? {};
    // The type of a resource, as `randomPassword:RandomPassword`
    const [first = ""] = name;
    if (/[a-z][A-Z]/.test(name) && value.startsWith(first.toUpperCase() + name.slice(1))) continue;
    if (value === "" || (tokenName ? !isRandom(bare(value)) : !masks(value.trim()))) continue;
    const after = value.endsWith("\n") ? "\n" : "";
    result += `${text.slice(from, start)}${mask}${next.replace(/([-=]>[ \t]*).*/s, `$1${mask}`)}${after}`;
    from = start + value.length + next.length;
    head.lastIndex = from;
  }
  return result + text.slice(from);
}

const TAG = /<[A-Za-z](?:[^<>"']|"[^"]{0,1000}"|'[^']{0,1000}'){1,2000}>/g;

/** Masks a tag of HTML or XML whose attributes mark its value as a secret. */
function maskTag(tag: string, mask: string): string {
  const name = /\s(?:name|id|key)\s*=\s*["']?([\w.:-]+)/i.exec(tag)?.[1] ?? "";
  if (!/\stype\s*=\s*["']?password/i.test(tag) && !meansSecret(name)) return tag;
  return tag.replace(
    /(\svalue\s*=\s*)("[^"]*"|'[^']*'|[^\s>"']+)/gi,
    (whole, before: string, value: string) => (masks(value) ? `${before}"${mask}"` : whole),
  );
}

/** Replaces each value by `mask` if its name or its sentence means a secret. */
export function maskPairs(text: string, mask: string): string {
  const paired = FORMS.reduce(
    (result, one) => maskForm(result, one, mask),
    maskManifest(text, mask),
  );
  const both = paired.replace(REVERSED, (whole, before: string, value: string, name: string) =>
    meansSecret(name) && masks(value) ? `${before}${mask}` : whole,
  );
  const tagged = both.replace(TAG, (tag) => maskTag(tag, mask));
  const tables = maskTables(tagged, mask, { meansSecret, masks });
  return maskTold(tables, mask, (value) => !REFERENCE.test(bare(value)));
}
