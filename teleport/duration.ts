/**
 * Go durations, which Teleport, Kubernetes and Vault read, and durations for people.
 * Source: time.ParseDuration of Go.
 */

const MILLISECONDS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** A positive Go duration: `90s`, `1h30m`, `0.5h`. */
export const GO_DURATION = /^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/;

/** Milliseconds of a Go duration. Undefined for any other text. */
export function goMilliseconds(text: string): number | undefined {
  if (!GO_DURATION.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)([a-zµ]+)/g);
  return [...parts].reduce(
    (sum, [, n, unit = ""]) => sum + Number(n) * (MILLISECONDS[unit] ?? 0),
    0,
  );
}

/** Milliseconds as text for people: `12 s`, `3 min 5 s`, `2 h 10 min`. */
export function durationText(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
