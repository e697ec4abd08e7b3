import * as semver from "semver";

/**
 * Version of Teleport's charts, and with it of Teleport, that a stack has when its settings name none.
 * To change it: edit this line, then `npm run generate` and `UPDATE_GOLDEN=1` (CONTRIBUTING.md).
 */
export const CHART_VERSION = "18.3.0";

/** Major version whose charts, CRDs and rules this program knows. */
export const TELEPORT_MAJOR = CHART_VERSION.split(".")[0];

/**
 * Whether an update goes from one major version of Teleport to another. Teleport migrates its database
 * then, and refuses to start on it as the older version ("Unsupported downgrade path"). False where
 * nothing is known to run.
 */
export const crossesMajor = (deployed: string | undefined, wanted: string): boolean =>
  deployed !== undefined && semver.major(deployed) !== semver.major(wanted);
