import type { LabelSelector, Labels } from "./labels";
import type { Traits } from "./traits";

/** Kinds of resources in the model. */
export const RESOURCE_KINDS = ["app", "kubernetes", "database"] as const;
export type ResourceKind = (typeof RESOURCE_KINDS)[number];

/** Display names of the kinds, singular and plural. */
export const KIND_TEXT: Record<ResourceKind, [one: string, several: string]> = {
  app: ["app", "apps"],
  kubernetes: ["Kubernetes cluster", "Kubernetes clusters"],
  database: ["database", "databases"],
};

/** Name of a resource, written `app/grafana`. */
export interface ResourceRef {
  kind: ResourceKind;
  name: string;
}

/** An app, a Kubernetes cluster or a database that an agent serves. */
export interface Resource extends ResourceRef {
  labels: Labels;
}

/** Kinds of principals: a named user, or everybody whom a connector maps in the same way. */
export const PRINCIPAL_KINDS = [
  "user",
  "github-team",
  "oidc-claim",
  "saml-attribute",
  "access-list",
  "access-list-owner",
  "bot",
  "role",
] as const;
export type PrincipalKind = (typeof PRINCIPAL_KINDS)[number];

/** Somebody who holds roles. The model considers only these roles and traits. */
export interface Principal {
  kind: PrincipalKind;
  name: string;
  roles: string[];
  traits: Traits;
  /** Why it is uncertain that anybody gets these roles; absent or empty if it is certain. */
  uncertain?: readonly string[];
  /** What the model does not take into account, in words. */
  notes: string[];
}

/** A rule of `kubernetes_resources`. */
export interface KubernetesResource {
  kind: string;
  apiGroup: string;
  namespace: string;
  name: string;
  verbs: string[];
}

/** The parts of a role's `allow` or `deny` that decide access. */
export interface Conditions {
  labels: Record<ResourceKind, LabelSelector>;
  kubernetesGroups: string[];
  kubernetesUsers: string[];
  kubernetesResources: KubernetesResource[];
  dbUsers: string[];
  dbNames: string[];
  dbRoles: string[];
  /** Roles that may be requested: names and patterns. */
  requestRoles: string[];
  /** Roles whose resources may be requested one by one. */
  searchAsRoles: string[];
  /** Rules about Teleport's own resources. */
  rules: { resources: string[]; verbs: string[]; where?: string }[];
}

/** A role with its version's defaults applied; templates are not expanded yet. */
export interface Role {
  name: string;
  version: "v5" | "v6" | "v7" | "v8";
  allow: Conditions;
  deny: Conditions;
  /** `options.require_session_mfa` asks for a second factor at each session. */
  mfa: boolean;
  /** `options.create_db_user_mode` makes the database user at each session. */
  createDbUser: boolean;
}

/** A RoleBinding or ClusterRoleBinding of the plane: group to ClusterRole or Role. */
export interface GroupBinding {
  group: string;
  kind: "ClusterRole" | "Role";
  role: string;
  /** Where it holds; absent means the whole cluster. */
  namespace?: string;
}

/** The input of the access model. */
export interface AccessInput {
  roles: ReadonlyMap<string, Role>;
  principals: Principal[];
  resources: Resource[];
  bindings: GroupBinding[];
  /** Groups to which something outside the settings binds. */
  boundElsewhere: string[];
  /** True if the settings declare no roles. A resource that nobody reaches is then no finding. */
  rolesElsewhere: boolean;
  /** What the whole model does not take into account, in words. */
  notes: string[];
}

/** `kind/name`, as `--who` and `--what` take it. */
export function refText({ kind, name }: { kind: string; name: string }): string {
  return `${kind}/${name}`;
}
