/** A resource that an update made, by what the engine printed while it did. */
export interface Made {
  urn: string;
  /** Seconds since the update began. */
  began: number;
  ended: number;
  /** URNs that it waits for. */
  dependencies: readonly string[];
}

/** A step of the longest chain of waiting. */
export interface Step extends Made {
  /** The one of its dependencies that was done last; undefined for the first step. */
  waitedFor?: string;
}

/**
 * The chain of resources that an update took as long for: from the one that was done last back over what
 * each had waited for.
 */
export function criticalPath(made: readonly Made[]): Step[] {
  const byUrn = new Map(made.map((one) => [one.urn, one]));
  const latest = (list: readonly Made[]) =>
    list.reduce<Made | undefined>(
      (last, one) => (last && last.ended >= one.ended ? last : one),
      undefined,
    );
  const path: Step[] = [];
  for (let step = latest(made); step !== undefined;) {
    const waited = latest(step.dependencies.flatMap((urn) => byUrn.get(urn) ?? []));
    path.unshift({ ...step, waitedFor: waited?.urn });
    step = waited;
  }
  return path;
}
