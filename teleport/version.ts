/**
 * Version of Teleport's charts, and with it of Teleport, that a stack has when its settings name none.
 * To change it: edit this line, then `npm run generate` and `UPDATE_GOLDEN=1` (CONTRIBUTING.md).
 */
export const CHART_VERSION = "18.3.0";

/** Major version whose charts, CRDs and rules this program knows. */
export const TELEPORT_MAJOR = CHART_VERSION.split(".")[0];
