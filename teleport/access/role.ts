import { isEmpty, type LabelSelector } from "./labels";
import type { Conditions, KubernetesResource, Role } from "./input";
import { withDefaults } from "./kubernetes-resources";
import { mapping, mappings, type Mapping } from "../values";

/** A role as in settings and in Teleport's API: a version and a spec in snake_case. */
export interface RoleSource {
  version: string;
  spec: unknown;
}

/** A scalar as text, empty for anything else. */
const text = (value: unknown): string =>
  ["string", "number", "boolean"].includes(typeof value) ? String(value) : "";

/** A list of texts. A single value counts as a list of one. */
export function list(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map(text);
}

/** A map of lists, such as labels and traits. */
export function lists(value: unknown): Record<string, string[]> {
  return Object.fromEntries(Object.entries(mapping(value)).map(([key, item]) => [key, list(item)]));
}

function selector(conditions: Mapping, field: string): LabelSelector {
  const expression = text(conditions[`${field}_expression`]).trim();
  return { labels: lists(conditions[field]), expression };
}

function kubernetesResources(value: unknown): KubernetesResource[] {
  return mappings(value).map((rule) => ({
    kind: text(rule.kind),
    apiGroup: text(rule.api_group),
    namespace: text(rule.namespace),
    name: text(rule.name),
    verbs: list(rule.verbs),
  }));
}

function conditions(source: Mapping): Conditions {
  const request = mapping(source.request);
  return {
    labels: {
      app: selector(source, "app_labels"),
      kubernetes: selector(source, "kubernetes_labels"),
      database: selector(source, "db_labels"),
    },
    kubernetesGroups: list(source.kubernetes_groups),
    kubernetesUsers: list(source.kubernetes_users),
    kubernetesResources: kubernetesResources(source.kubernetes_resources),
    dbUsers: list(source.db_users),
    dbNames: list(source.db_names),
    dbRoles: list(source.db_roles),
    requestRoles: list(request.roles),
    searchAsRoles: list(request.search_as_roles),
    rules: mappings(source.rules).map((rule) => ({
      resources: list(rule.resources),
      verbs: list(rule.verbs),
      where: text(rule.where) || undefined,
    })),
  };
}

/** Values of an option that mean "off"; Teleport takes text, numbers and booleans. */
const OFF = new Set(["", "false", "no", "off", "0"]);

const VERSIONS = ["v5", "v6", "v7", "v8"] as const;

/**
 * Reads a role and applies the defaults of its version.
 * Source: Teleport's roles reference; the CRDs `teleportroles` and `teleportrolesv6` to `v8`.
 */
export function readRole(name: string, source: RoleSource): Role {
  const version = VERSIONS.find((known) => known === source.version) ?? "v8";
  const spec = mapping(source.spec);
  const options = mapping(spec.options);
  const allow = conditions(mapping(spec.allow));
  const deny = conditions(mapping(spec.deny));
  return {
    name,
    version,
    allow: {
      ...allow,
      kubernetesResources: isEmpty(allow.labels.kubernetes)
        ? []
        : withDefaults(version, allow.kubernetesResources),
    },
    deny,
    mfa: !OFF.has(text(options.require_session_mfa).toLowerCase()),
    createDbUser:
      !OFF.has(text(options.create_db_user_mode).toLowerCase()) ||
      (options.create_db_user_mode === undefined && text(options.create_db_user) === "true"),
  };
}
