import type { Conditions, GroupBinding, KubernetesResource, Principal, ResourceRef } from "./input";

/** Access to a Kubernetes cluster through one role. */
export interface KubernetesRule {
  role: string;
  users: string[];
  groups: string[];
  resources: KubernetesResource[];
}

/** Access to a Kubernetes cluster: users, groups, and what they may do. */
export interface KubernetesAccess {
  /** Kubernetes users; none means the person's Teleport name. */
  users: string[];
  groups: string[];
  /** Users and groups that depend on the identity provider. */
  unknown: string[];
  /** What each role allows. A request needs one rule that covers it, and carries that rule's groups. */
  rules: KubernetesRule[];
  /** What deny rules forbid, even if a role allows it. */
  denied: KubernetesResource[];
  /** Kubernetes roles that the groups are bound to. */
  bindings: GroupBinding[];
  /** Groups to which nothing in the settings is bound. */
  unbound: string[];
}

/** Access to a database through one role. */
export interface DatabaseRule {
  role: string;
  /** Database users; `*` is any. */
  users: string[];
  names: string[];
  /** Roles of a user that Teleport creates for the session. */
  createdWithRoles?: string[];
}

/** Access to a database. */
export interface DatabaseAccess {
  rules: DatabaseRule[];
  /** Users and names that depend on the identity provider. */
  unknown: string[];
}

/** Access of a principal to a resource. */
export interface Grant {
  resource: ResourceRef;
  /** "undecided" if it depends on something that the settings do not show; `why` says on what. */
  verdict: "allowed" | "undecided";
  why: string[];
  /** Always, or after an approved access request. */
  how: "standing" | "request";
  /** Roles that give it. */
  roles: string[];
  /** Whether every session asks for a second factor, through any of the roles. */
  mfa: boolean;
  kubernetes?: KubernetesAccess;
  database?: DatabaseAccess;
}

/** A principal's rule about Teleport's own resources. */
export type TeleportRule = Conditions["rules"][number] & { role: string };

/** A principal and what they reach. */
export interface PrincipalAccess extends Pick<Principal, "kind" | "name" | "roles" | "notes"> {
  /** Roles that they hold or may request, but that the settings do not declare. */
  unknownRoles: string[];
  /** Roles that they may request. */
  requestable: string[];
  grants: Grant[];
  teleport: TeleportRule[];
}
