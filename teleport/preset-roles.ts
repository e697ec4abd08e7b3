/**
 * Roles that Teleport itself creates. The operator refuses to manage them, and users may hold them
 * without a declaration. Source: Preset… and System…RoleName in constants.go of Teleport 18.
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

/** Presets that exist only with an Enterprise licence. */
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

/** Whether a role is a preset of any edition. */
export const isPresetRole = (name: string): boolean =>
  PRESET_ROLES.includes(name) || ENTERPRISE_PRESET_ROLES.includes(name);
