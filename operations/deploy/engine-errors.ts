import { CommandError, type ExitName } from "../cli/exit-codes";
import { scrub } from "../../settings/problem";
import { LockHeld, parseLock } from "./lock";

/** The CLI's messages that mean something to scripts. */
const MEANINGS: readonly (readonly [RegExp, ExitName, string?])[] = [
  [/no stack named .* found/, "USAGE", "Make it with: access-plane init --stack NAME"],
  [/cannot be deleted\s+because it is protected/, "PROTECTED"],
  [/PULUMI_ACCESS_TOKEN|not logged in|invalid access token|problem logging in/i, "ENVIRONMENT"],
  [/incorrect passphrase|passphrase must be set|get encryption salt/i, "ENVIRONMENT"],
  [/unknown secrets provider|secrets manager|no provider registered for/i, "ENVIRONMENT"],
  [
    /could not (open|list) bucket|unable to open bucket|read ".*meta\.yaml"|unsupported.*backend/i,
    "ENVIRONMENT",
  ],
];

/** The engine's last words, which add nothing to the errors before them. */
const EMPTY_WORDS = /^(error: )?(update|preview|refresh|destroy|resource .*) failed\.?$/;

/** Markup that the engine puts into messages for terminals. */
export const plain = (text: string): string => text.replace(/<\{%.*?%\}>/g, "").trim();

/**
 * What a failed command of the CLI means: an error with an exit code. `diagnostics` are the errors
 * that the engine reported. Texts that look like credentials are taken out.
 */
export function engineFailure(output: string, diagnostics: readonly string[]): Error {
  const said = diagnostics.map(plain).filter((text) => text !== "" && !EMPTY_WORDS.test(text));
  const text = [...new Set(said)].join("\n") || plain(output) || "the engine failed silently";
  const holders = parseLock(output) ?? parseLock(text);
  if (holders !== undefined) return new LockHeld(holders);
  const meaning = MEANINGS.find(([pattern]) => pattern.test(`${output}\n${text}`));
  const hint = meaning?.[2] === undefined ? "" : `\n${meaning[2]}`;
  return new CommandError(meaning?.[1] ?? "FAILED", `${scrub(text)}${hint}`);
}
