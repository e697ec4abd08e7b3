import type { GroupBinding, KubernetesResource, ResourceRef } from "./input";

/** How one role opens a Kubernetes cluster. */
export interface KubernetesRule {
  role: string;
  users: string[];
  groups: string[];
  resources: KubernetesResource[];
}

/** As whom a Kubernetes cluster is reached, and what is allowed there. */
export interface KubernetesAccess {
  /** Kubernetes users; none means the person's Teleport name. */
  users: string[];
  groups: string[];
  /** Users and groups that depend on the identity provider. */
  unknown: string[];
  /** What each role allows; a request needs one rule that covers it, and gets its groups. */
  rules: KubernetesRule[];
  /** What is denied whichever role allows it. */
  denied: KubernetesResource[];
  /** What the groups are bound to on the Kubernetes side. */
  bindings: GroupBinding[];
  /** Groups to which nothing in the settings is bound. */
  unbound: string[];
}

/** How one role opens a database. */
export interface DatabaseRule {
  role: string;
  /** Database users; `*` is any. */
  users: string[];
  names: string[];
  /** Roles of a user that Teleport creates for the session. */
  createdWithRoles?: string[];
}

/** As whom a database is reached. */
export interface DatabaseAccess {
  rules: DatabaseRule[];
  /** Users and names that depend on the identity provider. */
  unknown: string[];
}

/** That somebody reaches something. */
export interface Grant {
  resource: ResourceRef;
  /** "undecided" where it depends on what settings do not show; `why` says on what. */
  verdict: "allowed" | "undecided";
  why: string[];
  /** At once, or after an access request was approved. */
  how: "standing" | "request";
  /** Roles that give it. */
  roles: string[];
  /** Whether each session asks for a second factor, whichever role opens it. */
  mfa: boolean;
  kubernetes?: KubernetesAccess;
  database?: DatabaseAccess;
}
