import { CommandError, type ExitName } from "../base/exit-codes";
import { redactText } from "../base/redact";
import { LockHeld, parseLock } from "./lock";

const STATE_AND_KEYS = "docs/operations.md, State and keys";

/** Messages of the CLI with their exit code, and a hint. */
const MEANINGS: readonly (readonly [RegExp, ExitName, string?])[] = [
  [
    /no stack named .* found/,
    "USAGE",
    `Make it with bin/access-plane init, and the same --stack and -C (${STATE_AND_KEYS}).`,
  ],
  [
    /cannot be deleted\s+because it is protected|currently marked for protection/,
    "PROTECTED",
    "Where that is meant, name it with --allow; access-plane preview shows how.",
  ],
  [
    /Server-Side Apply field conflict|Apply failed with \d+ conflict/,
    "FAILED",
    "Somebody else wrote these fields. PULUMI_K8S_ENABLE_PATCH_FORCE=true takes them back in one update with --refresh; " +
      "then update once more without it (docs/operations.md, When somebody changed the cluster).",
  ],
  [
    /failed to load checkpoint: .*(?:unexpected end of JSON input|invalid character|unexpected EOF)/,
    "ENVIRONMENT",
    "The stored state is cut off, as after a full disk. Put back its last whole copy " +
      "(docs/operations.md, After a full disk of the state).",
  ],
  [
    /failed to load checkpoint: EOF/,
    "ENVIRONMENT",
    "The state was read while another update saved it. Run the command again, and add ?metadata=skip to " +
      `PULUMI_BACKEND_URL (${STATE_AND_KEYS}).`,
  ],
  [
    /PULUMI_ACCESS_TOKEN|not logged in|invalid access token|problem logging in/i,
    "ENVIRONMENT",
    `No state backend is selected: set PULUMI_BACKEND_URL, or log in to Pulumi Cloud (${STATE_AND_KEYS}).`,
  ],
  [
    /incorrect passphrase|passphrase must be set|get encryption salt/i,
    "ENVIRONMENT",
    `Set PULUMI_CONFIG_PASSPHRASE to the passphrase of the stack (${STATE_AND_KEYS}).`,
  ],
  [
    /unknown secrets provider|secrets manager|no provider registered for/i,
    "ENVIRONMENT",
    `Check the key that encrypts the stack's secrets, and that you may use it (${STATE_AND_KEYS}).`,
  ],
  [
    /could not (open|list) bucket|unable to open bucket|read ".*meta\.yaml"|blob \(key "|unsupported.*backend/i,
    "ENVIRONMENT",
    `The state backend cannot be used: check PULUMI_BACKEND_URL, its region and your credentials (${STATE_AND_KEYS}).`,
  ],
];

/** Final lines of the engine that add nothing to the errors before them. */
const EMPTY_WORDS = /^(error: )?(update|preview|refresh|destroy|resource .*) failed\.?$/;

/** Log lines of the AWS SDK. */
const SDK_LOG = /^SDK \d{4}\/\d\d\/\d\d \S+ (?:DEBUG|WARN) .*\n?/gm;

/** What the SDK puts before an error of the program that reaches it inside a value. */
const SERIALIZING = /^(?:error serializing property "[^"]*": )+/;

/** A failed call of the program to the engine, which the SDK prints as an object with its stack. */
const CALL =
  /^Running program .* failed with an unhandled exception:\n.*Error: (?:\d+ [A-Z_]+: |(?=invocation of |failed to |resource ))([^]*?)\n +at [^]*$/;

/** Calls of the program that end because the engine has ended. */
const ENDED =
  /^(resource monitor|the monitor|engine) .*shut|Cancelled on client|No connection established|client connection is closing|Resource monitor is terminating/i;

/** A message without the engine's markup for terminals and the SDK's way through nested values. */
export const plain = (text: string): string =>
  text
    .replace(/<\{%.*?%\}>/g, "")
    .trim()
    .replace(CALL, "$1")
    .replace(SERIALIZING, "");

/**
 * The errors in the standard output of a failed command: in a JSON document, or in the list of diagnostics.
 * The command's standard error is empty then.
 */
export function printedErrors(stdout: string): string[] {
  const [, listed] = /^Diagnostics:\n([^]*?)\n(?=\S|$)/m.exec(stdout) ?? [];
  if (listed !== undefined) return [listed.replace(/^ {2}/gm, "").trim()];
  const start = stdout.indexOf("{");
  if (start === -1) return [];
  let printed: { diagnostics?: { severity: string; message: string }[] };
  try {
    printed = JSON.parse(stdout.slice(start)) as typeof printed;
  } catch {
    return []; // The command ended before it had printed all of it.
  }
  return (printed.diagnostics ?? [])
    .filter(({ severity }) => severity === "error")
    .map(({ message }) => message.replace(/^error: /, ""));
}

/**
 * The error of a failed command, with an exit code. `diagnostics` are the errors that the engine reported.
 * `killed` says that a signal ended the command, if it printed nothing. Texts that look like credentials are
 * removed.
 */
export function engineFailure(
  output: string,
  diagnostics: readonly string[],
  killed?: string,
): Error {
  const all = diagnostics.map(plain).filter((text) => text !== "" && !EMPTY_WORDS.test(text));
  // The reason is another error.
  const reasons = all.filter((text) => !ENDED.test(text));
  const said = reasons.length === 0 ? all : reasons;
  const text =
    [...new Set(said)].join("\n") ||
    plain(output.replace(SDK_LOG, "")) ||
    (killed ?? "the engine failed silently");
  const holders = parseLock(output) ?? parseLock(text);
  if (holders !== undefined) return new LockHeld(holders);
  const meaning = MEANINGS.find(([pattern]) => pattern.test(`${output}\n${text}`));
  const hint = meaning?.[2] === undefined ? "" : `\n${meaning[2]}`;
  return new CommandError(meaning?.[1] ?? "FAILED", `${redactText(text)}${hint}`);
}
