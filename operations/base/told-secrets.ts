/**
 * Finds secrets in sentences and commands: `password is X`, `redis-cli -a X`. Their name is a word of the
 * sentence, or they are arguments at a certain place.
 */

/** A value without quotes and without the end of its sentence. */
const bare = (value: string) => value.replace(/^["']|["'.!?)]+$/g, "");

/** A value with lower case, upper case and digits. Names in Kubernetes, AWS and Vault do not have all three. */
const isMixed = (value: string): boolean => {
  const plain = bare(value);
  return (
    plain.length >= 8 &&
    [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(plain)) &&
    !/[/]|\.\w/.test(plain)
  );
};

/** A long value without capitals, which is seldom the name of a resource. */
const isLong = (value: string): boolean => {
  const plain = bare(value);
  return plain.length >= 8 && /\d/.test(plain) && /[A-Za-z]/.test(plain) && !/[/.]/.test(plain);
};

/**
 * Sentences. The word before the value may have another meaning, so the value must look like a secret. "is"
 * and "was" are clearer.
 */
const SAID: readonly (readonly [(value: string) => boolean, RegExp])[] = [
  [
    isLong,
    /\b(?:password|passphrase|token|secret)\b[^.,;:\n]{0,40}?\s(?:is|was|->|=>)\s+(?<value>"[^"\n]+"|'[^'\n]+'|[^\s"',;]+)/gi,
  ],
  [
    isMixed,
    /\b(?:password|passphrase|token|secret|credentials?)\s+(?<value>"[^"\n]+"|'[^'\n]+'|[^\s"',;]+)/gi,
  ],
  // Rows of a table
  [
    isMixed,
    /(?<=^|\n|\|)[ \t]*(?:[\w.-]{0,40}[_.-])?(?:password|passphrase|token|secret)[ \t]*(?:\||[ \t]{2,})[ \t]*(?<value>[^\s|]+)(?=[ \t]*(?:\||\n|$))/gi,
  ],
  // `name:password@host` without a scheme. After the @ of an image there is no host
  [isMixed, /(?<![\w./-])[\w.-]{1,80}:(?<value>[^\s@:/]{6,200})@(?!sha\d)[\w.-]+/gi],
];

/** Places that always contain a secret. */
const PLACED: readonly RegExp[] = [
  /\b(?:unseal|recovery) key(?: \d+)?:\s*(?<value>\S+)/gi,
  /\bmachine\s+\S+\s+login\s+\S+\s+password\s+(?<value>\S+)/gi,
  // SQL
  /\b(?:password|identified[ \t]+by)[ \t]+(?<value>'[^'\n]*'|"[^"\n]*")/gi,
  // Files of passwords, Oracle's addresses
  /^[^\s:]+:(?:\d+|\*):[^\s:]+:[^\s:]+:(?<value>\S+)$/gm,
  /\bjdbc:oracle:\w+:[^\s/@]+\/(?<value>[^\s@]+)@/gi,
  // Commands with a short flag for a password
  /\b(?:sshpass|mysql\w*|mariadb\w*|(?:docker|podman|nerdctl|helm registry|oras|crane|skopeo)[ \t]+login)\b[^\n|;&]{0,200}?[ \t]-p[ \t=]?(?<value>'[^'\n]+'|"[^"\n]+"|[^\s"']+)/g,
  /\bldap\w+\b[^\n|;&]{0,200}?[ \t]-w[ \t]+(?<value>'[^'\n]+'|"[^"\n]+"|[^\s"']+)/g,
  /\bredis-cli\b[^\n|;&]{0,200}?[ \t]-a[ \t]+(?<value>'[^'\n]+'|"[^"\n]+"|[^\s"']+)/g,
  /\bhtpasswd[ \t]+-\w*b\w*[ \t]+\S+[ \t]+\S+[ \t]+(?<value>\S+)/g,
  /\btokens add\b[^\n|;&]{0,200}?--value[ =](?<value>\S+)/g,
  /\bconfig set\b[^\n|;&]{0,200}?--secret[ \t]+(?:--\S+[ \t]+)*\S+[ \t]+(?<value>'[^'\n]+'|"[^"\n]+"|[^\s"'-]\S*)/g,
  // Parameters with short names that are unspecific elsewhere
  /[?&#](?:key|code|pass|pw|pin|otp|ticket|assertion|jwt|sid)=(?<value>[^&\s#"'<>]+)/gi,
  /\btoken_?name\\*["']?\s*[:=]\s*(?<value>\\*["']?[0-9a-f]{16,}\b)/gi,
];

/** Replaces secrets in sentences and commands by `mask`. `counts` excludes references. */
export function maskTold(text: string, mask: string, counts: (value: string) => boolean): string {
  const masked = (told: string, pattern: RegExp, tells: (value: string) => boolean) =>
    told.replace(pattern, (...args) => {
      const [whole] = args as [string];
      const { value } = args.at(-1) as { value: string };
      if (!counts(value) || !tells(value)) return whole;
      const at = whole.lastIndexOf(value);
      return `${whole.slice(0, at)}${mask}${whole.slice(at + value.length)}`;
    });
  const said = SAID.reduce((result, [tells, pattern]) => masked(result, pattern, tells), text);
  return PLACED.reduce((result, pattern) => masked(result, pattern, () => true), said);
}
