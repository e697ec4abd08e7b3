/** Exit codes of all subcommands. docs/operations.md has the same table. */
export const EXIT = {
  OK: 0,
  UNEXPECTED: 1,
  USAGE: 2,
  SETTINGS: 3,
  PREFLIGHT: 4,
  PROTECTED: 5,
  LOCKED: 6,
  CHANGES: 7,
  FAILED: 8,
  DEADLINE: 9,
  VERIFY: 10,
  ENVIRONMENT: 11,
  RECOVERY: 12,
  CANCELLED: 130,
} as const;

export type ExitName = keyof typeof EXIT;

/** One line for each code, for help and documentation. */
export const EXIT_MEANING: Record<ExitName, string> = {
  OK: "done",
  UNEXPECTED: "unexpected failure; a fault of the program",
  USAGE: "wrong use of the command line, or a stack that does not exist",
  SETTINGS: "the stack's settings are not valid",
  PREFLIGHT: "a check before the deployment failed; nothing was touched",
  PROTECTED: "would replace or delete something protected; nothing was touched",
  LOCKED: "another update holds the stack's lock",
  CHANGES: "there are changes where none were expected",
  FAILED: "the engine failed: preview, update, refresh or destruction",
  DEADLINE: "the deadline passed; the update was cancelled",
  VERIFY: "verification failed",
  ENVIRONMENT: "the Pulumi CLI, the state backend, the kubeconfig or a server cannot be used",
  RECOVERY: "an earlier update was interrupted; what it left needs a decision",
  CANCELLED: "cancelled by a signal",
};

/** An expected failure, with a message for people and an exit code for scripts. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(
    readonly reason: ExitName,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "CommandError";
    this.exitCode = EXIT[reason];
  }
}
