/**
 * Recognizes secrets by their shape and by the name of their place. Settings, redaction and reports all use
 * these functions.
 */

/** Replaces a secret in a text. */
export const HIDDEN = "[value not shown]";

/** Patterns of tokens with a known prefix, from the documents of their issuers. */
const TOKENS = [
  "-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\\s\\S]*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|$)",
  // GitHub, GitLab, Bitbucket, CircleCI, npm, PyPI, RubyGems, crates.io, Artifactory, Docker
  "gh[pousr]_\\w{8,}",
  "github_pat_\\w{8,}",
  "gl(?:pat|dt|rtr?|ptt|ft|soat|cbt|agent|imt|oas|ffct|wt)-[\\w-]{8,}",
  "ATBB[\\w=]{24,}",
  "CCIP(?:AT|RJ)_[\\w-]{20,}",
  "npm_[A-Za-z0-9]{20,}",
  "pypi-[\\w-]{20,}",
  "rubygems_[0-9a-f]{20,}",
  "cio[A-Za-z0-9]{32}(?![A-Za-z0-9])",
  "AKCp[A-Za-z0-9]{60,}",
  "dckr_[po]at_[\\w-]{8,}",
  // Vault, JSON Web Tokens, age
  "hv[sbr]\\.[\\w-]{8,}",
  "s\\.[A-Za-z0-9]{24}(?![A-Za-z0-9])",
  "eyJ[\\w-]{8,}(?:\\.[\\w-]+){0,2}",
  "AGE-SECRET-KEY-1\\w{8,}",
  // AWS, Google, Azure, Alibaba, DigitalOcean, Heroku, Netlify, Fly, Supabase, PlanetScale, Cloudflare
  "A(?:KI|SI)A[A-Z0-9]{12,}",
  "AIza[\\w-]{30,}",
  "ya29\\.[\\w-]{8,}",
  "GOCSPX-[\\w-]{8,}",
  "\\w{3}\\dQ~[\\w.~-]{31,34}",
  "LTAI[A-Za-z0-9]{12,}",
  "do[opr]_v1_[0-9a-f]{20,}",
  "HRKU-[\\w-]{30,}",
  "nfp_[A-Za-z0-9]{30,}",
  "fo1_[\\w-]{30,}",
  "fm[12][ar]?_[\\w+/=-]{30,}",
  "sb(?:p|_secret)_[\\w-]{20,}",
  "pscale_(?:tkn|pw|oauth)_[\\w.-]{20,}",
  "v1\\.0-[0-9a-f]{24}-[0-9a-f]{60,}",
  // Slack, Telegram, Discord
  "xox[a-z]-[\\w-]{8,}",
  "xapp-[\\w-]{8,}",
  "\\d{8,10}:AA[\\w-]{30,}",
  "[MNO][\\w-]{23,27}\\.[\\w-]{6,7}\\.[\\w-]{27,}",
  // Stripe, Razorpay, SendGrid, Mailgun, Mailchimp, Brevo, Twilio, EasyPost, Shopify, Square
  "[rsp]k_(?:live|test)_\\w{8,}",
  "whsec_\\w{16,}",
  "SG\\.[\\w-]{10,}\\.[\\w-]{10,}",
  "key-[0-9a-f]{32}",
  "[0-9a-f]{32}-us\\d{1,2}(?![\\w-])",
  "xkeysib-[0-9a-f]{40,}-\\w{10,}",
  "SK[0-9a-f]{32}(?![0-9a-z])",
  "EZ[AT]K[A-Za-z0-9]{50,}",
  "rzp_(?:live|test)_\\w{14,}",
  "shp(?:at|ca|pa|ss)_[0-9a-f]{20,}",
  "sq0[a-z]{3}-[\\w-]{20,}",
  // OpenAI, Anthropic, Hugging Face, Groq, xAI, Replicate, Perplexity, Databricks
  "sk-[A-Za-z0-9][\\w-]{18,}[A-Za-z0-9]",
  "(?:hf|gsk|r8)_[A-Za-z0-9]{20,}",
  "(?:xai|pplx)-[A-Za-z0-9]{30,}",
  "dapi[0-9a-f]{32}",
  // Grafana, New Relic, Sentry, PostHog, Doppler, Pulumi, HCP Terraform, Atlassian, Linear, Tailscale, Notion, Figma,
  // Postman, Prefect, HubSpot, 1Password
  "gl(?:sa|c)_[\\w+/=]{20,}",
  "NRAK-[A-Z0-9]{20,}",
  "sntry[su]_[\\w+/=-]{30,}",
  "ph[cx]_[A-Za-z0-9]{30,}",
  "dp\\.[a-z]{2,6}\\.\\w{20,}",
  "pul-[0-9a-f]{20,}",
  "\\w{14}\\.atlasv1\\.[\\w-]{20,}",
  "ATATT3[\\w=-]{20,}",
  "lin_(?:api|oauth)_\\w{20,}",
  "tskey-[\\w-]{8,}",
  "secret_[A-Za-z0-9]{43}(?!\\w)",
  "ntn_[A-Za-z0-9]{30,}",
  "fig[duo]_[\\w-]{30,}",
  "PMAK-[0-9a-f]{24}-[0-9a-f]{30,}",
  "pn[ub]_[A-Za-z0-9]{36}",
  "pat-(?:na|eu)\\d-[0-9a-f-]{36}",
  "ops_eyJ[\\w-]{20,}",
  "A3-[A-Z0-9]{6}(?:-[A-Z0-9]{5,6}){4,5}",
  // Private keys of OpenSSH (RFC 4648 of its mark), PKCS #1, #8, #12 and SEC 1, without their lines of PEM
  "b3BlbnNzaC1rZXktdj[\\w+/]{20,}={0,2}",
  "MII[A-Za-z0-9+/]{3}IBA[ADz][A-Za-z0-9+/]{20,}={0,2}",
  "(?:MHcCAQEEI|MIGHAgEAMB|MC4CAQAwBQYDK2V)[A-Za-z0-9+/]{20,}={0,2}",
  // Hashes of passwords, which can be guessed at leisure
  "\\$(?:[1567y]|2[abxy]?|apr1|argon2\\w*|scrypt|pbkdf2[\\w-]*)\\$[\\w./$=,+-]{20,}",
  "md5[0-9a-f]{32}(?![0-9a-f])",
  "SCRAM-SHA-(?:1|256|512)\\$\\d+:[\\w+/=]+\\$[\\w+/=:]+",
  "pbkdf2_sha\\d+\\$\\d+\\$[^\\s$]+\\$[\\w+/=]+",
  "\\{(?:S?SHA(?:256|384|512)?|S?MD5|CRYPT|ARGON2|PBKDF2[\\w-]*)\\}[\\w+/=.$,-]{8,}",
].join("|");

const TOKEN = new RegExp(`(?<![A-Za-z0-9])(?:${TOKENS})`, "g");

/** URLs with a secret in their path. */
const WEBHOOK =
  /(?:hooks\.slack\.com\/(?:services|workflows)|discord(?:app)?\.com\/api\/webhooks\/\d+|webhook\.office\.com\/webhookb2|\/web\/(?:invite|reset)|\/webapi\/scripts)\/([\w/@-]{16,})/g;

/** `user:password` before the host of a URL. */
const USER_INFO = /\b[a-z][a-z0-9+.-]{0,20}:\/\/([^/?#\s]*)@/gi;

/** `name=value` in a query, a connection string, an argument or an environment. */
const ASSIGNMENT = /(?:^|[\s?&;,#]|--?)([A-Za-z][\w.-]{0,80})=("[^"]*"|'[^']*'|[^\s&;,#"']+)/g;

/** `Name: value` of a header inside a text. Excludes failed requests in the format of Go: `Post "https://…": why`. */
const HEADER_LINE =
  /\b((?:proxy-)?authorization|[\w-]{0,80}(?:api-?key|token|secret)|cookie)\s*:\s*(?!(?:get|head|post|put|patch|delete|list) "https?:)(\S.*)/gi;

/** `password: value` in a sentence. A number with its unit, such as `16-char`, is a rule for passwords. */
const PAIR =
  /\b(?:pass(?:word|wd|phrase|code)?|pwd|passwort|kennwort)["']?\s*:\s*["']?(?!\d+[-.]?[a-z]*\b)(?=[^\s"']*\d)(?=[^\s"']*[A-Za-z])([^\s"']{6,})/gi;

const SCHEME = /^(bearer|basic|token|digest|apikey|splunk|ssws)\s+/i;

/** HTTP credentials inside a text. */
const SCHEMED = /\b(?:bearer|basic)\s+([\w+/=.~-]{12,})/gi;

/** `--name value` in one text; only a value that is no word of a sentence. */
const FLAG = /(?:^|\s)--?([A-Za-z][\w-]{0,80})[ \t]+["']?([^\s"'-][^\s"']*)/g;

/** `-u name:password` of curl, and `name:password@tcp(host)` of Go's drivers. */
const LOGIN =
  /(?:^|\s)(?:-u|--(?:proxy-)?user)[ =]?["']?[^\s:"']{1,200}:([^\s"']+)|(?<![\w.-])[\w.-]{1,80}:([^\s@:/]{1,200})@(?:tcp|unix)\(/g;

/** Parameters of signed URLs. */
const SIGNED = /^(sig|signature|x-(amz|goog)-(signature|credential|security-token))$/i;

const WORDS =
  /(^|[-_. ])(passwords?|passwd|passphrase|passcode|pass|pwd|secrets?|token|credentials?|apikey|authorization|cookie|auth|otp|pat|salt|psk|passwort|kennwort)$/;
const KEYS =
  /(api|access|auth|private|secret|signing|subscription|functions|master|account|encryption|session|client|unseal|recovery|pre[-_. ]?shared)[-_. ]?key([-_. ]data)?$|(secret[-_. ]id|client[-_. ]assertion)$/;

/**
 * True for the name of a header, a parameter, a variable or a label that means a credential, such as
 * `X-Api-Key`, `client_secret` and `dbPassword`.
 */
export function namesSecret(name: string): boolean {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase();
  return WORDS.test(words) || KEYS.test(words);
}

/** True for a text that refers to a secret or describes one. */
function isReference(value: string): boolean {
  const plain = value.replace(/^["']|["']$/g, "").trim();
  return (
    /^(\{\{.*\}\}|\$\{.*\}|\$\(.*\)|\$\w+|%\w+%|<[^>]*>|\*+|@@.*@@)$/.test(plain) ||
    // Standard input, at the end of a command or of the quotes around one
    /^-[`:.)]*$/.test(plain) ||
    /^(|true|false|yes|no|none|null|off|on|required|optional|enabled|disabled|unset)$/i.test(
      plain,
    ) ||
    /^(\.{0,2}\/|file:|secret:\/\/|vault:|env:|\$[({])/.test(plain)
  );
}

/** A value without its scheme, such as `Bearer`, and without templates. */
const bare = (value: string) =>
  value
    .replace(/\{\{.*?\}\}/g, "")
    .replace(SCHEME, "")
    .trim();

/**
 * All matches of a pattern. Each match has the sign, which most texts do not have; and `search` takes a tenth of the
 * time of `matchAll`.
 */
const matches = (text: string, pattern: RegExp, sign = ""): RegExpMatchArray[] =>
  !text.includes(sign) || text.search(pattern) < 0 ? [] : [...text.matchAll(pattern)];

const first = (found: readonly RegExpMatchArray[]) => found.map((match) => match[1] ?? "");

/** The parts of a text that are secrets by their shape or by the name written before them. */
export function secretsIn(text: string): string[] {
  const passwords = first(matches(text, USER_INFO, "@")).filter(
    (part) => /:./.test(part) && !isReference(part.slice(part.indexOf(":") + 1)),
  );
  const assigned = matches(text, ASSIGNMENT, "=")
    .filter(([, name = "", value = ""]) => {
      return (namesSecret(name) || SIGNED.test(name)) && !isReference(value) && bare(value) !== "";
    })
    .map(([, , value = ""]) => value);
  const flagged = matches(text, FLAG, "-")
    .filter(
      ([, name = "", value = ""]) => namesSecret(name) && /\d/.test(value) && !isReference(value),
    )
    .map(([, , value = ""]) => value);
  const logins = matches(text, LOGIN, ":")
    .map(([, curl, go]) => curl ?? go ?? "")
    // Numbers are those of a user and a group.
    .filter((value) => !isReference(value) && !/^\d+$/.test(value));
  const headers = matches(text, HEADER_LINE, ":")
    .filter(([, , value = ""]) => /\d/.test(bare(value)) && !isReference(bare(value)))
    .map(([, , value = ""]) => bare(value));
  const scheme = SCHEME.test(text) && /^\S*(\d\S*|\S{20,})$/.test(bare(text)) ? [bare(text)] : [];
  return [
    ...matches(text, TOKEN).map(([token]) => token),
    ...first(matches(text, WEBHOOK, "/")),
    ...first(matches(text, PAIR, ":")).filter((value) => !isReference(value)),
    ...first(matches(text, SCHEMED)).filter((value) => /\d/.test(value) || value.length >= 24),
    ...passwords,
    ...assigned,
    ...flagged,
    ...logins,
    ...headers,
    ...scheme,
  ].filter((secret) => secret !== "");
}

/** True for a text that holds a secret by its shape. */
export const isSecret = (text: string): boolean => secretsIn(text).length > 0;

/** A text with every secret in it replaced. */
export const scrub = (text: string): string => hide(text, secretsIn(text));

/** A text with the given secrets replaced, the longest first. */
export function hide(text: string, secrets: readonly string[]): string {
  return [...secrets]
    .sort((a, b) => b.length - a.length)
    .reduce((result, secret) => result.replaceAll(secret, HIDDEN), text);
}

/** Shorter secrets may also be words of a sentence. */
const SHORTEST_OWN = 12;

/**
 * A sentence with the given secrets replaced. Short ones are replaced only in quotes: otherwise the gaps in the
 * sentence would reveal a password such as "user".
 */
export function hideIn(sentence: string, secrets: readonly string[]): string {
  const [long, short] = [true, false].map((is) =>
    secrets.filter((secret) => secret.length >= SHORTEST_OWN === is),
  ) as [string[], string[]];
  return hide(sentence, long).replace(/"(?:[^"\\]|\\.)*"/g, (quoted) => hide(quoted, short));
}

/** The user info of a URL, with or without a password. Undefined without one. */
export function userInfo(address: string): string | undefined {
  return /^[a-z][a-z0-9+.-]*:\/\/([^/?#\s]+)@/i.exec(address)?.[1];
}

/** True for a credential in a header, by the name of the header or by its shape. */
export function isCredential(name: string, value: string): boolean {
  return isSecret(value) || (namesSecret(name) && bare(value) !== "" && !isReference(value));
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SHORTEST_RANDOM = 20;

/** True for a random word rather than a name: a key, or a token without a known prefix. */
export function isRandom(text: string): boolean {
  if (UUID.test(text)) return false;
  return text.split(/[^A-Za-z0-9+=]+/).some((word) => {
    if (word.length < SHORTEST_RANDOM) return false;
    const digits = word.replace(/\D/g, "").length;
    if (/^[0-9a-f]{32,}$/i.test(word) && digits >= 3 && new Set(word).size >= 8) return true;
    const runs = word.match(/[a-z]+|[A-Z]+|\d+|[+=]+/g) ?? [];
    const changes = runs.length - 1;
    return digits >= 3 && changes >= word.length / 3;
  });
}

/** `password X` in a sentence; a word without a digit is no secret. */
const TOLD =
  /\b(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|api[-_ ]?key|credentials?)\b\W{1,3}(?=\S*\d)\S{6,}/i;

/** True for a text that may be a secret, so a message must not show it, even if settings accept it. */
export function mayBeSecret(text: string): boolean {
  return (
    isSecret(text) ||
    SCHEME.test(text) ||
    /-----BEGIN/.test(text) ||
    TOLD.test(text) ||
    userInfo(text) !== undefined ||
    isRandom(text) ||
    // Base64 and hex of this length are keys, not names.
    /[A-Za-z0-9+/=_]{40,}/.test(text)
  );
}
