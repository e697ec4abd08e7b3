import type { EngineEvent, Stack } from "@pulumi/pulumi/automation";
import { CommandError } from "../base/exit-codes";
import { redactText } from "../base/redact";
import type { Cancellation } from "./cancellation";
import { EngineError } from "./engine-command";
import { engineFailure, plain } from "./engine-errors";
import { StepCollector, type Step } from "./steps";

/** Operation of the engine; each has a preview. */
export type Operation = "up" | "refresh" | "destroy";

export interface OperationOptions {
  cancellation: Cancellation;
  /** Only preview it. */
  preview?: boolean;
  /** Refresh the state first. */
  refresh?: boolean;
  /** Message of the update in the backend's history. */
  message?: string;
  /** Another file than `Pulumi.<stack>.yaml`. */
  configFile?: string;
  onEvent?: (event: EngineEvent) => void;
  /**
   * Why a step is refused; undefined if it is allowed. Called when a step begins, with all steps that have
   * begun until then. The first refused step interrupts the engine, which then starts no other step.
   */
  refuse?: (step: Step, begun: readonly Step[]) => string | undefined;
}

/** Result of an operation. */
export interface Outcome {
  steps: Step[];
  warnings: string[];
}

function start(
  stack: Stack,
  operation: Operation,
  options: OperationOptions & { onEvent: Sink; signal: AbortSignal },
) {
  const { preview = false, refresh, message, configFile, signal, onEvent } = options;
  const common = {
    color: "never" as const,
    signal,
    onEvent,
    message: preview ? undefined : message,
    configFile,
    refresh: operation === "refresh" ? undefined : refresh,
  };
  if (operation === "up") return preview ? stack.preview(common) : stack.up(common);
  if (operation === "refresh")
    return preview ? stack.previewRefresh(common) : stack.refresh(common);
  return preview ? stack.previewDestroy(common) : stack.destroy(common);
}

type Sink = (event: EngineEvent) => void;

/**
 * The signal that interrupts the engine, held back until its first event. Before that, the engine holds the
 * stack's lock but does not handle signals: it would die and leave the lock behind.
 */
class Interrupt {
  private readonly controller = new AbortController();
  private begun = false;

  constructor(private readonly asked: AbortSignal) {
    asked.addEventListener("abort", this.pass);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Interrupts now. */
  stop(): void {
    this.controller.abort();
  }

  /** The engine has started and handles signals. */
  begin(): void {
    this.begun = true;
    this.pass();
  }

  release(): void {
    this.asked.removeEventListener("abort", this.pass);
  }

  private readonly pass = () => {
    if (this.begun && this.asked.aborted) this.controller.abort();
  };
}

/** State after a cancelled operation, for the message. */
function whatWasLeft(
  stack: string,
  operation: Operation,
  { preview, forced }: { preview: boolean; forced: boolean },
): string {
  if (preview) return "the preview was ended; nothing was changed";
  if (forced) {
    return (
      "the engine was ended at once: its lock stays, and its state does not tell what became of the " +
      `running steps; bin/access-plane recover --stack ${stack} --yes finds out`
    );
  }
  return operation === "refresh"
    ? "what had been read was written into the state; run it again to read the rest"
    : "the running steps were ended and the state was written; run it again to go on";
}

/**
 * True for a failed read of Vault that the provider repeats from the events of an object, also from old ones. When
 * the operation ends well, the secrets operator has read it since, or its object is gone.
 */
const isPassed = ({ urn = "", message }: NonNullable<EngineEvent["diagnosticEvent"]>): boolean =>
  urn.includes("secrets.hashicorp.com/") && plain(message).startsWith("VaultClientError: ");

/** Runs one operation of the engine on one stack. Throws `CommandError` or `LockHeld`. */
export async function runOperation(
  stack: Stack,
  operation: Operation,
  options: OperationOptions,
): Promise<Outcome> {
  const collector = new StepCollector(operation === "refresh");
  const errors: string[] = [];
  const warnings: string[] = [];
  const refused: string[] = [];
  const running: string[] = [];
  const note = () => running.push(...collector.running.map((line) => redactText(line)));
  options.cancellation.graceful.addEventListener("abort", note);
  const interrupt = new Interrupt(options.cancellation.graceful);
  const refusal = () =>
    refused[0] === undefined ? undefined : new CommandError("PROTECTED", refused[0]);
  const onEvent: Sink = (event) => {
    interrupt.begin();
    const step = collector.add(event);
    const why = step === undefined ? undefined : options.refuse?.(step, collector.steps);
    if (why !== undefined) {
      refused.push(why);
      interrupt.stop();
    }
    const { diagnosticEvent: diagnostic } = event;
    if (diagnostic?.severity === "error") errors.push(diagnostic.message);
    if (diagnostic?.severity === "warning" && !isPassed(diagnostic)) {
      warnings.push(redactText(plain(diagnostic.message)));
    }
    options.onEvent?.(event);
  };
  try {
    await start(stack, operation, { ...options, onEvent, signal: interrupt.signal });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const failure = engineFailure(error.stderr, errors, error.killed);
    const { reason, forced } = options.cancellation;
    if (reason === undefined) throw refusal() ?? failure;
    const why = reason === "DEADLINE" ? "the deadline passed" : "cancelled";
    const then = whatWasLeft(stack.name, operation, {
      preview: options.preview === true,
      forced: forced.aborted,
    });
    const busy = running.map((line) => `\n  ${line}`).join("");
    const when = busy === "" ? "" : `\nIt was busy with:${busy}`;
    throw new CommandError(reason, `${why}: ${then}.${when}`, { cause: failure });
  } finally {
    options.cancellation.graceful.removeEventListener("abort", note);
    interrupt.release();
  }
  const late = refusal();
  if (late !== undefined) throw late;
  return { steps: collector.steps, warnings };
}
