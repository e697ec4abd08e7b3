/** What no output may hold; made of parts, so that no scanner takes this file for a leak. */
export const CANARY = ["canary", "7Hq2", "xW9p", "Lz4t"].join("-");
const HEX = "a1b2".repeat(8);
const UPPER = "IOSFODNN7QUERTZ1";
const marked = (...parts: string[]) => parts.join("");

/** Texts with a secret in them, in the ways that programs and people write them; the third is the secret. */
export const LEAKS: readonly [what: string, text: string, secret?: string][] = [
  // Tokens that carry their issuer's mark
  ["a JSON Web Token", `got ${marked("eyJ", "hbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.", CANARY)} here`],
  ["an AWS key id", `id ${marked("AKIA", UPPER)} used`, UPPER],
  ["a temporary AWS key id", `id ${marked("ASIA", UPPER)} used`, UPPER],
  ["GitHub's", marked("ghp_", HEX), HEX],
  ["GitHub's fine-grained", marked("github_pat_", HEX), HEX],
  ["GitLab's", marked("glpat-", CANARY)],
  ["GitLab's for jobs", marked("glcbt-64_", CANARY)],
  ["Slack's", marked("xoxb-", "123456789012-", CANARY)],
  ["Slack's webhook", marked("https://hooks.slack.com/", "services/T0000/B0000/", CANARY)],
  ["Vault's", marked("hvs.", CANARY)],
  ["Vault's for batches", marked("hvb.", CANARY)],
  ["a token between colours", `ghp_${HEX.slice(0, 12)}\u001b[0m${HEX.slice(12)}`, HEX.slice(12)],
  // Teleport's
  ["an invitation", `https://teleport.example.com/web/invite/${HEX}`, HEX],
  ["a reset of a password", `https://teleport.example.com:443/web/reset/${HEX}`, HEX],
  ["a join token's name", `token_name: ${HEX}\n  method: token`, HEX],
  ["an argument to join", `teleport start --token ${CANARY} --auth-server=x:443`],
  // Headers
  ["a short bearer", "Authorization: Bearer X9", "X9"],
  ["a bearer without digits", "refused bearer abcdefghijklmnopqrstuvwxyz", "abcdefghij"],
  ["a header of curl", `curl -H 'Authorization: Bearer ${CANARY}' https://x`],
  ["a header map of Go", `map[Authorization:[Bearer ${CANARY}] X:[1]]`],
  ["a header of AWS", `Authorization: AWS4-HMAC-SHA256 Credential=a/b, Signature=${CANARY}`],
  ["a digest", `Authorization: Digest username="a", response="${CANARY}"`],
  ["one of several cookies", `Cookie: theme=dark; sid=${CANARY}; x=1`],
  ["a cookie that is set", `Set-Cookie: __Host-session=${CANARY}; Path=/; Secure`],
  // Addresses
  ["a token as user info", `https://${CANARY}@git.example.com/x`],
  ["a password with a slash", `postgres://u:a/${CANARY}@db:5432/x`],
  ["a password with an at sign", `postgres://u:p@${CANARY}@db:5432/x`],
  ["a code", `/callback?code=${CANARY}&state=x`],
  ["a key", `https://maps.example.com/api?key=${CANARY}`],
  ["a signature", `https://x.example.com/?sv=1&sig=${CANARY}`],
  ["a fragment", `https://x.example.com/#id_token=${CANARY}`],
  // PEM
  ["a key of PGP", marked("-----BEGIN PGP PRIV", `ATE KEY BLOCK-----\n${CANARY}\n-----END PGP`)],
  ["a key of SSH2", marked("---- BEGIN SSH2 ENCRYPTED PRIV", `ATE KEY ----\n${CANARY}\n`)],
  ["a key in JSON", marked('{"k":"-----BEGIN PRIV', `ATE KEY-----\\n${CANARY}\\n-----END"}`)],
  // Arguments and variables
  ["a flag with a blank", `psql --db-password '${CANARY}' x`],
  ["a client's secret", `--client-secret ${CANARY}`],
  ["a user of curl", `curl -u admin:${CANARY} https://x`],
  ["a short variable", `export DB_PASS=${CANARY}`],
  ["npm's", `//registry.example.com/:_authToken=${CANARY}`],
  ["a doubled quote", `host=db password='it''s ${CANARY}' dbname=x`],
  ["a secret id", `secret_id=${CANARY}`],
  // Formats
  ["escaped JSON", `"{\\"password\\":\\"${CANARY}\\"}"`],
  ["a block of YAML", `auth:\n  password: |\n    ${CANARY}\nuser: a`],
  ["XML", `<password>${CANARY}</password>`],
  ["a name and its value in JSON", `{"name":"DB_PASSWORD","value":"${CANARY}"}`],
  ["a name and its value in YAML", `- name: DB_PASSWORD\n  value: ${CANARY}`],
  ["a JSON patch", `{"op":"replace","path":"/data/password","value":"${CANARY}"}`],
  ["the new value of a change", `~ password: "old" => "${CANARY}"`],
  ["a name parted by no width", `pass\u200bword=${CANARY}`],
  // Sentences
  ["a sentence", `the password for teleport is "${CANARY}"`],
  ["an arrow", `password -> ${CANARY}`],
  ["an unseal key", `Unseal Key 1: ${CANARY}`],
  ["a line of .netrc", `machine x login a password ${CANARY}`],
];
