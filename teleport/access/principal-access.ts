import type { Grant } from "./grant";
import type { PrincipalKind } from "./input";

/** A principal's rule about Teleport's own resources. */
export interface TeleportRule {
  role: string;
  resources: string[];
  verbs: string[];
  where?: string;
}

/** A principal and what they reach. */
export interface PrincipalAccess {
  kind: PrincipalKind;
  name: string;
  roles: string[];
  /** Roles that they hold or may request, but that the settings do not declare. */
  unknownRoles: string[];
  /** Roles that they may request. */
  requestable: string[];
  grants: Grant[];
  teleport: TeleportRule[];
  notes: string[];
}
