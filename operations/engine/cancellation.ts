import { setTimeout as sleep } from "node:timers/promises";
import type { ExitName } from "../base/exit-codes";

/** Why a command was told to stop. */
export type StopReason = Extract<ExitName, "CANCELLED" | "DEADLINE">;

/** How long the engine may take to end its running steps once a deadline has passed. */
const GRACE_MILLISECONDS = 60_000;

/**
 * The two ways to stop: `graceful` lets running steps end and the state be written, `forced` ends
 * everything at once.
 */
export class Cancellation {
  private readonly gracefully = new AbortController();
  private readonly forcibly = new AbortController();
  private timers: NodeJS.Timeout[] = [];
  private stopReason: StopReason | undefined;

  readonly graceful: AbortSignal = this.gracefully.signal;
  readonly forced: AbortSignal = this.forcibly.signal;

  /** Why it was stopped; undefined while it was not. */
  get reason(): StopReason | undefined {
    return this.stopReason;
  }

  /** Asks to stop; asked a second time by a person or a pipeline, ends everything at once. */
  stop(reason: StopReason): void {
    if (this.stopReason === undefined) {
      this.stopReason = reason;
      this.gracefully.abort();
    } else if (reason === "CANCELLED") {
      this.forcibly.abort();
    }
  }

  /** Stops after this time, and by force when that does not help in a minute. */
  setDeadline(milliseconds: number): void {
    const late = () => {
      this.stop("DEADLINE");
      this.timers.push(setTimeout(() => this.forcibly.abort(), GRACE_MILLISECONDS));
    };
    this.timers.push(setTimeout(late, milliseconds));
  }

  /** Stops on SIGINT and SIGTERM; returns what takes that back, with every timer. */
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

  /** Waits, but no longer than until it is asked to stop. */
  async sleep(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.graceful }).catch((error: unknown) => {
      if (!this.graceful.aborted) throw error;
    });
  }
}
