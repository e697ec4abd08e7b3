import * as semver from "semver";

/**
 * Whether an update goes from one major version of Teleport to another. Teleport migrates its database
 * then, and refuses to start on it as the older version ("Unsupported downgrade path"). False where
 * nothing is known to run.
 */
export const crossesMajor = (deployed: string | undefined, wanted: string): boolean =>
  deployed !== undefined && semver.major(deployed) !== semver.major(wanted);
