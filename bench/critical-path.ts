/** A resource that an update made, from the engine's output. */
export interface Made {
  urn: string;
  /** Seconds since the update began. */
  began: number;
  ended: number;
  /** URNs of the resources that it waits for. */
  dependencies: readonly string[];
}

/** A step of the longest chain of resources that wait for each other. */
export interface Step extends Made {
  /** The dependency that was finished last. Undefined for the first step. */
  waitedFor?: string;
}

/**
 * The chain of resources that determined the duration of an update: from the last finished resource back
 * through the dependencies that each waited for.
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
