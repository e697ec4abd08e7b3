import type { Grant } from "./grant";
import type { PrincipalKind } from "./input";

/** Rules about Teleport's own resources that somebody has. */
export interface TeleportRule {
  role: string;
  resources: string[];
  verbs: string[];
  where?: string;
}

/** Who somebody is and what they reach. */
export interface PrincipalAccess {
  kind: PrincipalKind;
  name: string;
  roles: string[];
  /** Roles held or to be requested that the settings do not declare. */
  unknownRoles: string[];
  /** Roles they may ask for. */
  requestable: string[];
  grants: Grant[];
  teleport: TeleportRule[];
  notes: string[];
}
