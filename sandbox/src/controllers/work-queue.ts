/**
 * A queue of keys as in client-go. One worker at a time handles a key. After a failure the key comes again, after a
 * delay that doubles until a success.
 */

export interface Backoff {
  firstMs: number;
  maxMs: number;
}

/** Returns when to come back. Undefined: when something changes. */
export interface Again {
  afterMs: number;
}

// Longer timers overflow to "at once".
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class WorkQueue {
  private readonly handle: (key: string) => Promise<Again | undefined>;
  private readonly onError: (key: string, error: unknown, retryMs: number) => void;
  private readonly backoff: Backoff;
  private readonly workers: number;
  private readonly waiting = new Set<string>();
  private readonly running = new Set<string>();
  private readonly timers = new Map<string, { at: number; timer: NodeJS.Timeout }>();
  private readonly failures = new Map<string, number>();
  private stopped = false;
  private idle: (() => void) | undefined;

  constructor(
    handle: (key: string) => Promise<Again | undefined>,
    options: {
      backoff: Backoff;
      workers?: number;
      onError: (key: string, error: unknown, retryMs: number) => void;
    },
  ) {
    this.handle = handle;
    this.backoff = options.backoff;
    this.workers = options.workers ?? 4;
    this.onError = options.onError;
  }

  /** Queues a key now. A delayed run of it stays. */
  add(key: string): void {
    if (this.stopped) return;
    this.waiting.add(key);
    this.pump();
  }

  /** Queues a key for later; of two delayed runs the earlier one stays. */
  addAfter(key: string, delayMs: number): void {
    if (this.stopped) return;
    const delay = Math.min(Math.max(delayMs, 0), LONGEST_TIMER_MS);
    const at = Date.now() + delay;
    const planned = this.timers.get(key);
    if (planned && planned.at <= at) return;
    clearTimeout(planned?.timer);
    const timer = setTimeout(() => {
      this.timers.delete(key);
      this.add(key);
    }, delay);
    this.timers.set(key, { at, timer });
  }

  /** Accepts no more work, and waits until the running work ends. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const { timer } of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    this.waiting.clear();
    if (this.running.size === 0) return;
    await new Promise<void>((resolve) => {
      this.idle = resolve;
    });
  }

  private pump(): void {
    for (const key of this.waiting) {
      if (this.running.size >= this.workers) return;
      if (this.running.has(key)) continue;
      this.waiting.delete(key);
      this.running.add(key);
      void this.run(key);
    }
  }

  private async run(key: string): Promise<void> {
    try {
      const again = await this.handle(key);
      this.failures.delete(key);
      if (again) this.addAfter(key, again.afterMs);
    } catch (error) {
      const count = this.failures.get(key) ?? 0;
      this.failures.set(key, count + 1);
      const delay = Math.min(this.backoff.firstMs * 2 ** Math.min(count, 30), this.backoff.maxMs);
      if (!this.stopped) this.onError(key, error, delay);
      this.addAfter(key, delay);
    } finally {
      this.running.delete(key);
      if (this.stopped && this.running.size === 0) this.idle?.();
      else this.pump();
    }
  }
}
