import { CommandError, type ExitName } from "../base/exit-codes";
import { redactText } from "../base/redact";
import { LockHeld, parseLock } from "./lock";

/** The CLI's messages that mean something to scripts. */
const MEANINGS: readonly (readonly [RegExp, ExitName, string?])[] = [
  [/no stack named .* found/, "USAGE", "Make it with: access-plane init --stack NAME"],
  [
    /cannot be deleted\s+because it is protected/,
    "PROTECTED",
    "Where that is meant, name it with --allow; access-plane preview shows how.",
  ],
  [/PULUMI_ACCESS_TOKEN|not logged in|invalid access token|problem logging in/i, "ENVIRONMENT"],
  [/incorrect passphrase|passphrase must be set|get encryption salt/i, "ENVIRONMENT"],
  [/unknown secrets provider|secrets manager|no provider registered for/i, "ENVIRONMENT"],
  [
    /could not (open|list) bucket|unable to open bucket|read ".*meta\.yaml"|blob \(key "|unsupported.*backend/i,
    "ENVIRONMENT",
  ],
];

/** The engine's last words, which add nothing to the errors before them. */
const EMPTY_WORDS = /^(error: )?(update|preview|refresh|destroy|resource .*) failed\.?$/;

/** What AWS's SDK writes of its own, beside the error. */
const SDK_LOG = /^SDK \d{4}\/\d\d\/\d\d \S+ (?:DEBUG|WARN) .*\n?/gm;

/** Markup that the engine puts into messages for terminals. */
export const plain = (text: string): string => text.replace(/<\{%.*?%\}>/g, "").trim();

/**
 * The errors among what a failed command of the CLI printed: of a JSON document, or of the list of
 * diagnostics for people. Its standard error is empty then.
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
    return []; // It was ended before it could print all of it.
  }
  return (printed.diagnostics ?? [])
    .filter(({ severity }) => severity === "error")
    .map(({ message }) => message.replace(/^error: /, ""));
}

/**
 * What a failed command of the CLI means: an error with an exit code. `diagnostics` are the errors
 * that the engine reported. Texts that look like credentials are taken out.
 */
export function engineFailure(output: string, diagnostics: readonly string[]): Error {
  const said = diagnostics.map(plain).filter((text) => text !== "" && !EMPTY_WORDS.test(text));
  const text =
    [...new Set(said)].join("\n") ||
    plain(output.replace(SDK_LOG, "")) ||
    "the engine failed silently";
  const holders = parseLock(output) ?? parseLock(text);
  if (holders !== undefined) return new LockHeld(holders);
  const meaning = MEANINGS.find(([pattern]) => pattern.test(`${output}\n${text}`));
  const hint = meaning?.[2] === undefined ? "" : `\n${meaning[2]}`;
  return new CommandError(meaning?.[1] ?? "FAILED", `${redactText(text)}${hint}`);
}
