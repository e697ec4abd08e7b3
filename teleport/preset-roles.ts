/**
 * Roles that Teleport 18 makes itself (constants.go, Preset… and System…RoleName). The operator
 * refuses to take them over, and users may hold them without declaring them.
 */

/** Presets of every edition. */
export const PRESET_ROLES: readonly string[] = [
  "access",
  "access-plugin",
  "auditor",
  "editor",
  "list-access-request-resources",
  "mcp-user",
  "terraform-provider",
  "wildcard-workload-identity-issuer",
];

/** Presets that exist with an Enterprise licence only. */
export const ENTERPRISE_PRESET_ROLES: readonly string[] = [
  "aws-ic-access",
  "device-admin",
  "device-enroll",
  "group-access",
  "okta-access",
  "okta-requester",
  "require-trusted-device",
  "requester",
  "reviewer",
];

/** True for a role that Teleport keeps to itself in any edition. */
export const isPresetRole = (name: string): boolean =>
  PRESET_ROLES.includes(name) || ENTERPRISE_PRESET_ROLES.includes(name);
