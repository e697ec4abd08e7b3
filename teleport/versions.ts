import * as semver from "semver";

/**
 * Default version of Teleport and its charts.
 * To change it: edit this line, then `npm run generate` and `UPDATE_GOLDEN=1` (CONTRIBUTING.md).
 */
export const CHART_VERSION = "18.3.0";

/** Supported major version of Teleport. */
export const TELEPORT_MAJOR = CHART_VERSION.split(".")[0];

/**
 * Whether an update changes the major version of Teleport. Teleport then migrates its database, and
 * the older version refuses to start on it ("Unsupported downgrade path"). False if no version is deployed.
 */
export const crossesMajor = (deployed: string | undefined, wanted: string): boolean =>
  deployed !== undefined && semver.major(deployed) !== semver.major(wanted);
