import { setTimeout as sleep } from "node:timers/promises";
import type { ExitName } from "../base/exit-codes";

/** Reason for stopping a command. */
export type StopReason = Extract<ExitName, "CANCELLED" | "DEADLINE">;

/** Time for the engine to end its running steps after a deadline, in milliseconds. */
const GRACE_MILLISECONDS = 60_000;

/**
 * Two signals to stop: after `graceful` the engine ends its running steps and writes the state;
 * `forced` ends everything at once.
 */
export class Cancellation {
  private readonly gracefully = new AbortController();
  private readonly forcibly = new AbortController();
  private timers: NodeJS.Timeout[] = [];
  private stopReason: StopReason | undefined;

  readonly graceful: AbortSignal = this.gracefully.signal;
  readonly forced: AbortSignal = this.forcibly.signal;

  /** Why it was stopped. Undefined if it was not. */
  get reason(): StopReason | undefined {
    return this.stopReason;
  }

  /** Stops. The second CANCELLED, from a person or a pipeline, ends everything at once. */
  stop(reason: StopReason): void {
    if (this.stopReason === undefined) {
      this.stopReason = reason;
      this.gracefully.abort();
    } else if (reason === "CANCELLED") {
      this.forcibly.abort();
    }
  }

  /** Stops after this time, and by force one minute later. */
  setDeadline(milliseconds: number): void {
    const late = () => {
      this.stop("DEADLINE");
      this.timers.push(setTimeout(() => this.forcibly.abort(), GRACE_MILLISECONDS));
    };
    this.timers.push(setTimeout(late, milliseconds));
  }

  /** Stops on SIGINT and SIGTERM. The returned function removes the handlers and every timer. */
  listen(onStop: (forced: boolean) => void): () => void {
    const receive = () => {
      this.stop("CANCELLED");
      onStop(this.forced.aborted);
    };
    process.on("SIGINT", receive).on("SIGTERM", receive);
    return () => {
      process.off("SIGINT", receive).off("SIGTERM", receive);
      this.timers.forEach((timer) => clearTimeout(timer));
    };
  }

  /** Waits, at most until it is stopped. */
  async sleep(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.graceful }).catch((error: unknown) => {
      if (!this.graceful.aborted) throw error;
    });
  }
}
