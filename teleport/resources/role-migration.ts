import type { RoleVersion } from "./kinds";

/** What the last update that succeeded left of a role. */
export interface DeployedRole {
  version: RoleVersion;
  /**
   * The object is surely marked so that its deletion leaves the role in Teleport; the mark is taken
   * away only by an update that comes after this was false.
   */
  keep: boolean;
}

/** What one update does about the object of a role. */
export interface RoleStep {
  /** Version, and so kind, of the object. */
  version: RoleVersion;
  /** Mark the object. */
  keep: boolean;
  /** Leave the spec unchanged: the settings' is written for another version. */
  holdSpec: boolean;
  /** The role after the update has succeeded. */
  leaves: DeployedRole;
  /** What is left for the next update to do. */
  next?: string;
}

/**
 * Each version of a role is a kind of its own, and the operator deletes the role in Teleport together
 * with its object. So a role changes its version in three updates, none of which deletes it: mark
 * the old object to be kept; delete it and create the new one, marked as well, so that going back
 * is safe too; take the mark away. Any of them may fail and be repeated, or be followed by another
 * wish. `keep` is the settings' own.
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
    return { ...marked, next: `stays ${wanted}: run one more update to take its mark away.` };
  }
  if (previous.keep) {
    const next = `${move}: this update exchanges the objects; run one more to finish.`;
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
