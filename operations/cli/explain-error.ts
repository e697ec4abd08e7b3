import { sourceStack } from "../base/source-stack";
import { CommandError, EXIT, type ExitName } from "../base/exit-codes";
import { redactText } from "../base/redact";
import { plain } from "../engine/engine-errors";
import { serverFault } from "../base/server-faults";

/** Exit code and message of an error, without secrets. */
export function explainError(error: unknown): { reason: ExitName; code: number; message: string } {
  const { reason, code, message } = meaningOf(error);
  return { reason, code, message: redactText(message) };
}

function meaningOf(error: unknown): { reason: ExitName; code: number; message: string } {
  if (error instanceof CommandError) {
    return { reason: error.reason, code: error.exitCode, message: error.message };
  }
  const { stack, message } = error instanceof Error ? error : new Error(String(error));
  // The program's errors for settings that it refuses, recognized without loading the SDK. The second is how the SDK
  // spells it.
  if (error instanceof Error && ("__pulumiRunError" in error || "__pulumResourceError" in error)) {
    return { reason: "SETTINGS", code: EXIT.SETTINGS, message: plain(message) };
  }
  const fault = serverFault(error);
  if (fault !== undefined) {
    return { reason: "ENVIRONMENT", code: EXIT.ENVIRONMENT, message: fault };
  }
  return { reason: "UNEXPECTED", code: EXIT.UNEXPECTED, message: sourceStack(stack ?? message) };
}
