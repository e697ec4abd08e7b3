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

/** A positive Go duration: `90s`, `1h30m`, `0.5h`. No literal, so that the bundle stays ASCII. */
export const GO_DURATION = new RegExp("^(\\d+(\\.\\d+)?(ns|us|µs|ms|s|m|h))+$");

/** Milliseconds of a Go duration. Undefined for any other text. */
export function goMilliseconds(text: string): number | undefined {
  if (!GO_DURATION.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)([a-z\u00b5]+)/g);
  return [...parts].reduce(
    (sum, [, n, unit = ""]) => sum + Number(n) * (MILLISECONDS[unit] ?? 0),
    0,
  );
}

/** Hours of units that Go does not have. */
const LONG_UNITS: Record<string, number> = { d: 24, w: 168, mo: 720, y: 8760 };

/**
 * The Go duration that a text of other forms means: `1d12h`, `2 weeks`, `30 min`, `never` (which is 0s in Teleport);
 * undefined where that is not clear.
 */
export function goDurationMeant(text: string): string | undefined {
  if (text === "never") return "0s";
  const plain = text
    .trim()
    .toLowerCase()
    .replace(/\s+/g, "")
    .replace(/(\d)(?:seconds?|secs?)/g, "$1s")
    .replace(/(\d)(?:minutes?|mins?)/g, "$1m")
    .replace(/(\d)(?:hours?|hrs?)/g, "$1h")
    .replace(/(\d)(?:days?)/g, "$1d")
    .replace(/(\d)(?:weeks?)/g, "$1w")
    .replace(/(\d)(?:months?)/g, "$1mo")
    .replace(/(\d)(?:years?)/g, "$1y")
    .replace(
      /(\d+(?:\.\d+)?)(mo|d|w|y)/g,
      (_, n: string, unit: string) => `${Number(n) * (LONG_UNITS[unit] ?? 0)}h`,
    );
  // Hours of days come before those that were written.
  const hours = [...plain.matchAll(/(\d+(?:\.\d+)?)h/g)].reduce((sum, [, n]) => sum + Number(n), 0);
  const joined = /h.*h/.test(plain) ? `${hours}h${plain.replace(/\d+(\.\d+)?h/g, "")}` : plain;
  return joined !== text && GO_DURATION.test(joined) ? joined : undefined;
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
