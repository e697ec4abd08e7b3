/** What a step needs while it runs. */
export interface Need {
  /** What it keeps busy. */
  on: "cores" | "network";
  /** Memory at its peak. */
  memoryMiB: number;
}

/** Limits for all steps that run at one time. */
export interface Room {
  steps: Record<Need["on"], number>;
  memoryMiB: number;
}

const mostBuilds = 4;

/**
 * Limits for builds and downloads on a machine. Leaves 1,000 MiB for everything else. Allows one build for each core,
 * because a build uses one core for minutes at its end and in its largest packages.
 */
export function roomOn({ cores, freeMemoryMiB }: { cores: number; freeMemoryMiB: number }): Room {
  const builds = Math.min(Math.max(cores, 1), mostBuilds);
  return { steps: { cores: builds, network: 2 }, memoryMiB: freeMemoryMiB - 1000 };
}

interface Waiting {
  need: Need;
  begin: () => void;
}

/** Starts steps in their order, as many at one time as the limits allow, and always at least one. */
export class Gate {
  readonly #room: Room;
  readonly #running = new Set<Need>();
  #waiting: Waiting[] = [];
  constructor(room: Room) {
    this.#room = room;
  }

  /** Runs `action` as soon as there is room for it. */
  async pass<T>(need: Need, action: () => Promise<T>): Promise<T> {
    await new Promise<void>((begin) => {
      this.#waiting.push({ need, begin });
      this.#admit();
    });
    try {
      return await action();
    } finally {
      this.#running.delete(need);
      this.#admit();
    }
  }

  #admit(): void {
    const left: Waiting[] = [];
    for (const entry of this.#waiting) {
      // A step waits behind an earlier one with the same needs. Otherwise large steps would wait forever.
      const overtakes = left.some(({ need }) => need.on === entry.need.on);
      if (overtakes || !this.#fits(entry.need)) {
        left.push(entry);
        continue;
      }
      this.#running.add(entry.need);
      entry.begin();
    }
    this.#waiting = left;
  }

  #fits(need: Need): boolean {
    const running = [...this.#running];
    if (running.filter(({ on }) => on === need.on).length >= this.#room.steps[need.on])
      return false;
    if (need.memoryMiB === 0) return true;
    const taken = running.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0);
    return taken === 0 || taken + need.memoryMiB <= this.#room.memoryMiB;
  }
}
