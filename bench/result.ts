/** A measurement, for the table, the JSON and the chart. */
export interface Row {
  what: string;
  /** Seconds, MiB, or the ratio of two runs of one round. */
  unit: "s" | "CPU s" | "MiB" | "×";
  /** Number of measurements. */
  runs: number;
  min: number;
  median: number;
  max: number;
  /** Goal: the value is at most this. Default: no goal. */
  goal?: number;
}

const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b);

/** The middle of the values. NaN without any. */
export const medianOf = (values: readonly number[]): number =>
  ascending(values)[Math.floor(values.length / 2)] ?? NaN;

/** A row for several runs. Throws if there is none. */
export function row(
  what: string,
  unit: Row["unit"],
  values: readonly number[],
  goal?: number,
): Row {
  const sorted = ascending(values);
  const [min, max, median] = [sorted[0], sorted.at(-1), medianOf(values)];
  if (min === undefined || max === undefined) throw new Error(`${what} was never measured`);
  return { what, unit, runs: values.length, min, median, max, goal };
}

/**
 * Growth of the cost from the size before the largest to the largest, divided by the growth of the size. At most 1
 * is linear. The cost of the smallest size counts as the fixed cost of every run.
 */
export function linear(what: string, sizes: readonly number[], medians: readonly number[]): Row {
  const [size, previous] = [sizes.at(-1) ?? NaN, sizes.at(-2) ?? NaN];
  const [first = NaN] = medians;
  const [last, before] = [medians.at(-1) ?? NaN, medians.at(-2) ?? NaN];
  const growth = (last - first) / (before - first) / (size / previous);
  return row(`${what}: ${size} against ${previous}, by size`, "×", [growth], 1.2);
}

const number = (value: number) => value.toFixed(value < 100 ? 2 : 0).padStart(8);

/** One line of the table. */
export function line({ what, unit, runs, min, median, max, goal }: Row): string {
  const wanted = goal === undefined ? "" : `  ≤ ${goal} ${median <= goal ? "met" : "MISSED"}`;
  const numbers = [min, median, max].map(number).join("");
  return `  ${what.padEnd(58)}${unit.padStart(6)}${String(runs).padStart(5)}${numbers}${wanted}`;
}
