import type { RoleVersion } from "./kinds";

/** The state of a role after the last successful update. */
export interface DeployedRole {
  version: RoleVersion;
  /**
   * The object has the mark that keeps the role in Teleport when the object is deleted. Only an update
   * after this became false removes the mark.
   */
  keep: boolean;
}

/** What one update does with the object of a role. */
export interface RoleStep {
  /** Version, and so kind, of the object. */
  version: RoleVersion;
  /** Mark the object. */
  keep: boolean;
  /** Leave the spec unchanged, because the one in the settings is for another version. */
  holdSpec: boolean;
  /** The role after a successful update. */
  leaves: DeployedRole;
  /** What the next update has to do. */
  next?: string;
}

/**
 * The next step towards a role's version. Each version is a kind of its own, and the operator deletes the role in
 * Teleport with its object. So a change of version takes three updates: 1. Mark the old object to be kept. 2. Delete
 * it and create the new one, also marked, so that going back is safe. 3. Remove the mark. Any update may fail and be
 * repeated, or `wanted` may change. `keep` is the setting.
 */
export function roleStep(
  wanted: RoleVersion,
  keep: boolean,
  previous: DeployedRole | undefined,
): RoleStep {
  const marked = {
    version: wanted,
    keep: true,
    holdSpec: false,
    leaves: { version: wanted, keep },
  };
  if (previous === undefined || (previous.version === wanted && (keep || !previous.keep))) {
    return { ...marked, keep };
  }
  const move = `moves from ${previous.version} to ${wanted}`;
  if (previous.version === wanted) {
    return { ...marked, next: `stays ${wanted}: run one more update to remove its mark.` };
  }
  if (previous.keep) {
    const next = `${move}: this update replaces the object; run one more to finish.`;
    return { ...marked, ...(keep ? {} : { next }) };
  }
  return {
    version: previous.version,
    keep: true,
    holdSpec: true,
    leaves: { version: previous.version, keep: true },
    next: `${move}: this update marks the ${previous.version} object to be kept; run two more.`,
  };
}
