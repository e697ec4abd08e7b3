import { isEmpty, type LabelSelector } from "./labels";
import type { Conditions, KubernetesResource, ResourceKind, Role } from "./input";
import { withDefaults } from "./kubernetes-resources";

/** A role as settings and Teleport's API write it: a version and a spec in snake_case. */
export interface RoleSource {
  version: string;
  spec: unknown;
}

type Raw = Readonly<Record<string, unknown>>;

function record(value: unknown): Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Raw) : {};
}

function text(value: unknown): string {
  return typeof value === "string"
    ? value
    : typeof value === "number" || typeof value === "boolean"
      ? String(value)
      : "";
}

/** A list, or one value in place of a list. */
export function list(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map(text);
}

/** A map of lists, such as labels and traits. */
export function lists(value: unknown): Record<string, string[]> {
  return Object.fromEntries(Object.entries(record(value)).map(([key, item]) => [key, list(item)]));
}

function selector(conditions: Raw, field: string): LabelSelector {
  const expression = text(conditions[`${field}_expression`]).trim();
  return {
    labels: lists(conditions[field]),
    ...(expression === "" ? {} : { expression }),
  };
}

function records(value: unknown): Raw[] {
  return Array.isArray(value) ? value.map(record) : [];
}

function kubernetesResources(value: unknown): KubernetesResource[] {
  return records(value).map((rule) => ({
    kind: text(rule.kind),
    apiGroup: text(rule.api_group),
    namespace: text(rule.namespace),
    name: text(rule.name),
    verbs: list(rule.verbs),
  }));
}

const LABEL_FIELDS: Record<ResourceKind, string> = {
  app: "app_labels",
  kubernetes: "kubernetes_labels",
  database: "db_labels",
};

function conditions(raw: Raw): Conditions {
  const request = record(raw.request);
  return {
    labels: {
      app: selector(raw, LABEL_FIELDS.app),
      kubernetes: selector(raw, LABEL_FIELDS.kubernetes),
      database: selector(raw, LABEL_FIELDS.database),
    },
    kubernetesGroups: list(raw.kubernetes_groups),
    kubernetesUsers: list(raw.kubernetes_users),
    kubernetesResources: kubernetesResources(raw.kubernetes_resources),
    dbUsers: list(raw.db_users),
    dbNames: list(raw.db_names),
    dbRoles: list(raw.db_roles),
    requestRoles: list(request.roles),
    searchAsRoles: list(request.search_as_roles),
    rules: records(raw.rules).map((rule) => ({
      resources: list(rule.resources),
      verbs: list(rule.verbs),
      ...(text(rule.where) === "" ? {} : { where: text(rule.where) }),
    })),
  };
}

/** Values of an option that mean "off"; Teleport takes text, numbers and booleans. */
const OFF = new Set(["", "false", "no", "off", "0"]);

const VERSIONS = ["v5", "v6", "v7", "v8"] as const;

/** Reads a role and applies the defaults of its version. */
export function readRole(name: string, source: RoleSource): Role {
  const version = VERSIONS.find((known) => known === source.version) ?? "v8";
  const spec = record(source.spec);
  const options = record(spec.options);
  const allow = conditions(record(spec.allow));
  const deny = conditions(record(spec.deny));
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
