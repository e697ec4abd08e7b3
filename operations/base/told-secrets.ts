/**
 * Finds secrets in sentences and commands: `password is X`, `redis-cli -a X`. Their name is a word of the
 * sentence, or they are arguments at a certain place.
 */

/** Words that follow the name of a secret in prose and are no values. */
export const PROSE =
  /^(the|a|an|there|this|that|it|each|every|secrets?|error|is|was|are|not|no|of|for|in|to|and|or|from|must|may|missing|required|invalid|wrong|expired|unknown|denied|failed|cannot|has|with|create|make|name|write|choose|set|add|copy|put|give|see|run|check|post|get|delete|list|dial|read|context|unexpected|eof|true|false|null|none|undefined|\d{1,5})$/i;

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
export const isLong = (value: string): boolean => {
  const plain = bare(value);
  return plain.length >= 8 && /\d/.test(plain) && /[A-Za-z]/.test(plain) && !/[/.]/.test(plain);
};

const isNoWord = (value: string): boolean => !PROSE.test(bare(value));

/**
 * Sentences. The word before the value may have another meaning, so the value must look like a secret. "is"
 * and "was" are clearer.
 */
const SAID: readonly (readonly [(value: string) => boolean, RegExp])[] = [
  [
    isLong,
    /\b(?:password|passphrase|token|secret)\b[^.,;:\n]{0,40}?\s(?:(?:is|was|has been)(?:\s+(?:now|set to|changed to|reset to))?|->|=>)\s+(?<value>"[^"\n]+"|'[^'\n]+'|[^\s"',;]+)/gi,
  ],
  [
    isMixed,
    /\b(?:password|passphrase|token|secret|credentials?)\s+(?<value>"[^"\n]+"|'[^'\n]+'|[^\s"',;]+)/gi,
  ],
  // Two strings of a list, a line of PgBouncer's users, a code of OAuth
  [
    isLong,
    /\[\s*"[\w.-]{0,40}(?:password|passphrase|token|secret)"\s*,\s*"(?<value>[^"\n]+)"\s*\]/gi,
  ],
  [isMixed, /^"[\w.@-]+" "(?<value>[^"\n]+)"$/gm],
  [isMixed, /\bcode=(?<value>[^\s&"'<>]+)/gi],
  [isLong, /\bvault login[ \t]+(?<value>[^\s-]\S*)/g],
  // Redis, whose command is the whole line
  [
    isNoWord,
    /(?:^|[>\]] )"?AUTH"?[ \t]+(?!(?:PLAIN|LOGIN|NTLM|GSSAPI|EXTERNAL|CRAM-MD5|X?OAUTH\w*)\b)(?:"?[\w.@-]+"?[ \t]+)?(?![A-Z]+$)(?<value>"[^"\n]+"|'[^'\n]+'|[^\s"']+)[ \t]*$/gm,
  ],
  // Settings whose value follows a blank in the files of Redis and LDAP
  [
    isNoWord,
    /(?<=^|\n|\bset)[ \t]*(?:requirepass|masterauth|bindpw|rootpw|rootbindpw)[ \t]+(?<value>\S+)[ \t]*(?=\n|$)/gi,
  ],
  // JSON Web Keys
  [isMixed, /\\?"(?:d|p|q|dp|dq|qi|k)\\?"\s*:\s*\\?"(?<value>[\w-]{16,})/g],
  // Rows of a table
  [
    isMixed,
    /(?<=^|\n|\|)[ \t]*(?:[\w.-]{0,40}[_.-])?(?:passw(?:or)?d|pwd|passphrase|token|secret|api_?key)[ \t]*(?:\||[ \t]{2,})[ \t]*(?<value>[^\s|]+)(?=[ \t]*(?:\||\n|$))/gi,
  ],
  // `name:password@host` without a scheme. After the @ of an image there is no host
  [isMixed, /(?<![\w./-])[\w.-]{1,80}:(?<value>[^\s@:/]{6,200})@(?!sha\d)[\w.-]+/gi],
];

/** Places that always contain a secret. */
const PLACED: readonly RegExp[] = [
  /\b(?:unseal|recovery) key(?: \d+)?:\s*(?<value>\S+)/gi,
  /\bmachine\s+\S+\s+login\s+\S+\s+password\s+(?<value>\S+)/gi,
  /\bvault operator unseal[ \t]+(?<value>[A-Za-z0-9+/=]{20,})/g,
  /"(?:(?:unseal|recovery)_)?keys(?:_base64|_b64|_hex)?"\s*:\s*\[\s*(?<value>(?:"[A-Za-z0-9+/=]{28,}"\s*,?\s*)+)\]/g,
  /\bsecret_?id"?:?[ \t]+"?(?<value>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/gi,
  // SQL
  /\b(?:password|identified[ \t]+by)[ \t]+E?(?<value>'[^'\n]*'|"[^"\n]*")/gi,
  /\bpassword[ \t]+\$\w*\$(?<value>[^$\n]+)\$/gi,
  /\bset[ \t]+password\b[^\n=]{0,100}=[ \t]*(?<value>'[^'\n]*'|"[^"\n]*")/gi,
  // Redis
  /\bHELLO[ \t]+\d[ \t]+AUTH[ \t]+\S+[ \t]+(?<value>\S+)/g,
  /\bSETUSER[ \t](?:[^\n]{0,200}[ \t])?>(?<value>\S+)/gi,
  // SNMP
  /\b(?:snmp-server community|snmp\w+\b[^\n|;&]{0,200}?[ \t]-c)[ \t]+(?<value>\S+)/g,
  // SMTP, IMAP, FTP
  /\bAUTH[ \t]+(?:PLAIN|LOGIN|NTLM|CRAM-MD5|X?OAUTH\w*)[ \t]+(?<value>[A-Za-z0-9+/]{4,}={0,2})/g,
  /^[a-z]{1,4}\d+[ \t]+LOGIN[ \t]+\S+[ \t]+(?<value>\S+)/gim,
  /^USER[ \t]+\S+\n(?:\d{3}[^\n]*\n)?PASS[ \t]+(?<value>\S+)/gm,
  // SMB
  /(?<=^|\s)(?:-U|--user)[ \t=]?["']?[^\s%"']{1,100}%(?<value>[^\s"']+)/g,
  // Kubernetes: any key of a Secret; its token in a protocol of WebSocket
  /--from-literal(?<=\bcreate secret\b[^\n]{0,500})[= ]["']?[\w.-]+=(?<value>[^\s"']+)/g,
  /\bbearer\.authorization\.k8s\.io\.(?<value>[\w-]+)/g,
  // A parameter of AWS
  /\bput-parameter\b(?=[^\n]{0,400}\bSecureString\b)[^\n]{0,400}?--value[ =](?<value>'[^'\n]+'|"[^"\n]+"|\S+)/g,
  // What a command reads
  /\b(?:echo|printf)[ \t]+(?:-\w+[ \t]+)*(?<value>'[^'\n]+'|"[^"\n]+"|[^\s|'"]+)[ \t]*\|[ \t]*(?:sudo[ \t]+)?(?:chpasswd|sudo -S|passwd|smbpasswd|cryptsetup|gpg|vault login|pulumi config set --secret|[^\n|;&]{0,200}--password-stdin)/g,
  // cloud-init
  /\bchpasswd:[^]{0,100}?\blist:[^\n]*\n(?<value>(?:[ \t]+[^\n]+\n?)+)/g,
  // PuTTY's keys
  /\bPrivate-Lines:[ \t]*\d+\n(?<value>(?:[A-Za-z0-9+/=]{4,}\n?)+)/g,
  // Files of passwords, Oracle's addresses
  /^[^\s:]+:(?:\d+|\*):[^\s:]+:[^\s:]+:(?<value>\S+)$/gm,
  /\bjdbc:oracle:\w+:[^\s/@]+\/(?<value>[^\s@]+)@/gi,
  /\bcurl\b[^\n|;&]{0,300}?[ \t]-[A-Za-z]{1,8}u[ \t]*["']?[^\s:"']+:(?<value>[^\s"']+)/g,
  /\bcurl\b[^\n|;&]{0,500}?[ \t]-b[ \t]*["']?[^\s=;"']+=(?<value>[^\n"']+)/g,
  /\b(?:https?|xh|ab)[ \t]+(?:[^\n|;&]{0,200}?[ \t])?(?:-a|-A|--auth)[ \t=]+["']?[^\s:"']+:(?<value>[^\s"']+)/g,
  // Commands whose place or short flags take a password
  /\b(?:sqlplus|sqlldr|expdp|impdp)[ \t]+(?:-\w+[ \t]+)*["']?[\w$#.]+\/(?<value>[^\s@"']+)/gi,
  /\bpoetry config http-basic\.\S+[ \t]+\S+[ \t]+(?<value>\S+)/g,
  /\bopenssl\b[^\n|;&]{0,200}?[ \t]-[kK][ \t]+(?<value>\S+)/g,
  /\b(?:sqlcmd|bcp|isql|mosquitto_\w+)\b[^\n|;&]{0,200}?[ \t]-P[ \t]*(?<value>'[^'\n]+'|"[^"\n]+"|[^\s"']+)/g,
  /\b(?:sshpass|mysql\w*|mariadb\w*|mongo\w*|cqlsh|cypher-shell|user(?:add|mod)|(?:docker|podman|nerdctl|helm registry|oras|crane|skopeo)[ \t]+login)\b[^\n|;&]{0,200}?[ \t]-p[ \t=]?(?<value>'[^'\n]+'|"[^"\n]+"|[^\s"']+)/g,
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
