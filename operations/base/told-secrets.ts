/**
 * Finds secrets that a sentence or a command tells: `password is X`, `redis-cli -a X`. The names of what they tell
 * are words of the sentence, or nothing but the place of an argument.
 */

/** Whose word before the value may belong to other things: only a value of mixed characters counts. */
const SAID: readonly RegExp[] = [
  /\b(?:password|passphrase|token|secret)\b[^.,;:\n]{0,40}?\s(?:is|was|->|=>)\s+(?<value>"[^"\n]+"|'[^'\n]+'|[^\s"',;]+)/gi,
  /\b(?:password|passphrase|token|secret|credentials?)\s+(?<value>"[^"\n]+"|'[^'\n]+'|[^\s"',;]+)/gi,
  // Rows of a table
  /(?<=^|\n|\|)[ \t]*(?:[\w.-]{0,40}[_.-])?(?:password|passphrase|token|secret)[ \t]*(?:\||[ \t]{2,})[ \t]*(?<value>[^\s|]+)(?=[ \t]*(?:\||\n|$))/gi,
  // `name:password@host` without a scheme; what follows the @ of an image is no host
  /(?<![\w./-])[\w.-]{1,80}:(?<value>[^\s@:/]{6,200})@(?!sha\d)[\w.-]+/gi,
];

/** A value with lower case, upper case and digits: none of the names of Kubernetes, AWS or Vault. */
const isMixed = (value: string): boolean => {
  const plain = value.replace(/^["']|["'.!?)]+$/g, "");
  return (
    plain.length >= 8 &&
    [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(plain)) &&
    !/[/]|\.\w/.test(plain)
  );
};

/** Longer ones without capitals, which names of resources seldom are. */
const isLong = (value: string): boolean => {
  const plain = value.replace(/^["']|["'.!?)]+$/g, "");
  return plain.length >= 8 && /\d/.test(plain) && /[A-Za-z]/.test(plain) && !/[/.]/.test(plain);
};

/** Where the place alone says that a secret follows. */
const PLACED: readonly RegExp[] = [
  /\b(?:unseal|recovery) key(?: \d+)?:\s*(?<value>\S+)/gi,
  /\bmachine\s+\S+\s+login\s+\S+\s+password\s+(?<value>\S+)/gi,
  // SQL
  /\b(?:password|identified[ \t]+by)[ \t]+(?<value>'[^'\n]*'|"[^"\n]*")/gi,
  // Files of passwords, Oracle's addresses
  /^[^\s:]+:(?:\d+|\*):[^\s:]+:[^\s:]+:(?<value>\S+)$/gm,
  /\bjdbc:oracle:\w+:[^\s/@]+\/(?<value>[^\s@]+)@/gi,
  // curl; two numbers are those of a user and a group
  /(?<=^|\s)(?:-u|--(?:proxy-)?user)[ =]?["']?[^\s:"']+:(?!\d+(?:\s|$))(?<value>[^\s"']+)/gi,
  // Commands whose short flags take a password
  /\b(?:sshpass|mysql\w*|mariadb\w*|(?:docker|podman|nerdctl|helm registry|oras|crane|skopeo)[ \t]+login)\b[^\n|;&]{0,200}?[ \t]-p[ \t=]?(?<value>'[^'\n]+'|"[^"\n]+"|[^\s"']+)/g,
  /\bldap\w+\b[^\n|;&]{0,200}?[ \t]-w[ \t]+(?<value>'[^'\n]+'|"[^"\n]+"|[^\s"']+)/g,
  /\bredis-cli\b[^\n|;&]{0,200}?[ \t]-a[ \t]+(?<value>'[^'\n]+'|"[^"\n]+"|[^\s"']+)/g,
  /\bhtpasswd[ \t]+-\w*b\w*[ \t]+\S+[ \t]+\S+[ \t]+(?<value>\S+)/g,
  /\btokens add\b[^\n|;&]{0,200}?--value[ =](?<value>\S+)/g,
  /\bconfig set\b[^\n|;&]{0,200}?--secret[ \t]+(?:--\S+[ \t]+)*\S+[ \t]+(?<value>'[^'\n]+'|"[^"\n]+"|[^\s"'-]\S*)/g,
  // Whose short names say nothing elsewhere
  /[?&#](?:key|code|pass|pw|pin|otp|ticket|assertion|jwt|sid)=(?<value>[^&\s#"'<>]+)/gi,
  /\btoken_?name\\*["']?\s*[:=]\s*(?<value>\\*["']?[0-9a-f]{16,}\b)/gi,
];

/** A text with `mask` in place of the secrets that sentences and commands tell; `counts` sorts out references. */
export function maskTold(text: string, mask: string, counts: (value: string) => boolean): string {
  const masked = (
    patterns: readonly RegExp[],
    tells: (value: string, index: number) => boolean,
    start: string,
  ) =>
    patterns.reduce(
      (result, pattern, index) =>
        result.replace(pattern, (...args) => {
          const [whole] = args as [string];
          const { value } = args.at(-1) as { value: string };
          if (!counts(value) || !tells(value, index)) return whole;
          const at = whole.lastIndexOf(value);
          return `${whole.slice(0, at)}${mask}${whole.slice(at + value.length)}`;
        }),
      start,
    );
  // "is" and "was" say more than a word beside another.
  const said = masked(SAID, (value, index) => (index === 0 ? isLong(value) : isMixed(value)), text);
  return masked(PLACED, () => true, said);
}
