export type Version = readonly [major: number, minor: number, patch: number];

/** Supported versions of a part, from `atLeast` up to but not `below`. */
export interface Range {
  atLeast: string;
  below?: string;
}

/** The first version number in a program's output, or undefined. "v1.36" reads as 1.36.0. */
export function parseVersion(text: string): Version | undefined {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] : undefined;
}

export function compareVersions(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

export function inRange(version: Version, range: Range): boolean {
  return (
    compareVersions(version, bound(range.atLeast)) >= 0 &&
    (range.below === undefined || compareVersions(version, bound(range.below)) < 0)
  );
}

/** One end of a range: "4" means 4.0.0. */
function bound(text: string): Version {
  const [major = 0, minor = 0, patch = 0] = text.split(".").map(Number);
  return [major, minor, patch];
}

export function formatRange(range: Range): string {
  return `${range.atLeast} or later` + (range.below ? `, before ${range.below}` : "");
}
