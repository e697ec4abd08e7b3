/** Runs work as soon as its turn comes. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

/** At most `count` works at a time, in the order in which they were given. */
export function turns(count: number): Turns {
  let free = count;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
