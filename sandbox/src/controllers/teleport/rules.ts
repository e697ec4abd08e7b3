/** What Teleport refuses when a resource is created, updated or deleted. */
import { kubernetesRuleFault } from "./kubernetes-rules.ts";
import type { TeleportKind } from "./kinds.ts";
import type { Cluster } from "./store.ts";

type Spec = Record<string, unknown>;

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const strings = (value: unknown): string[] => list(value).map(String);
const object = (value: unknown): Spec =>
  typeof value === "object" && value !== null ? (value as Spec) : {};

const TOKEN_ROLES = new Set(
  [
    "App",
    "Auth",
    "Bot",
    "Db",
    "Discovery",
    "Kube",
    "MDM",
    "Node",
    "Okta",
    "Proxy",
    "Relay",
    "Signup",
    "Trusted_cluster",
    "WindowsDesktop",
    "Windows_desktop",
  ].map((role) => role.toLowerCase()),
);
const JOIN_METHODS = new Set([
  "token",
  "azure",
  "azure_devops",
  "bitbucket",
  "bound_keypair",
  "circleci",
  "ec2",
  "env0",
  "gcp",
  "github",
  "gitlab",
  "iam",
  "kubernetes",
  "oracle",
  "spacelift",
  "terraform_cloud",
  "tpm",
]);

type Check = (spec: Spec, name: string, cluster: Cluster, kind: TeleportKind) => string | undefined;

const roleExists = (cluster: Cluster, role: string): boolean =>
  role.includes("{{") || cluster.role?.[role] !== undefined;

const user: Check = (spec, _name, cluster) => {
  const missing = strings(spec.roles).find((role) => !cluster.role?.[role]);
  return missing === undefined ? undefined : `role ${missing} is not found`;
};

const role: Check = (spec, _name, _cluster, kind) => {
  for (const side of ["allow", "deny"]) {
    const rules = object(spec[side]).kubernetes_resources;
    const fault = kubernetesRuleFault(kind.resourceVersion ?? "v7", rules);
    if (fault) return fault;
  }
  return undefined;
};

const token: Check = (spec) => {
  const roles = strings(spec.roles);
  if (roles.length === 0) return "provisioning token is missing roles";
  const unknown = roles.find((name) => !TOKEN_ROLES.has(name.toLowerCase()));
  if (unknown) return `role ${unknown} is not registered`;
  const bot = roles.some((name) => name.toLowerCase() === "bot");
  if (bot && !spec.bot_name) return 'token with role "Bot" must set bot_name';
  if (!bot && spec.bot_name) return 'can only set bot_name on token with role "Bot"';
  const method = typeof spec.join_method === "string" ? spec.join_method : "token";
  if (!JOIN_METHODS.has(method)) return `unknown join method ${JSON.stringify(method)}`;
  return method === "kubernetes" ? kubernetesJoin(object(spec.kubernetes)) : undefined;
};

function kubernetesJoin(spec: Spec): string | undefined {
  const allow = list(spec.allow).map(object);
  if (allow.length === 0) return "allow: at least one rule must be set";
  const type = typeof spec.type === "string" && spec.type ? spec.type : "in_cluster";
  if (!["in_cluster", "static_jwks", "oidc"].includes(type)) {
    return `type: unsupported type ${JSON.stringify(type)}`;
  }
  if (type === "static_jwks" && !object(spec.static_jwks).jwks) {
    return "static_jwks.jwks: must be set when type is static_jwks";
  }
  for (const [at, rule] of allow.entries()) {
    const account = typeof rule.service_account === "string" ? rule.service_account : "";
    if (!/^[^:]+:[^:]+$/.test(account)) {
      return `allow[${String(at)}].service_account: expected "namespace:name", got ${JSON.stringify(account)}`;
    }
  }
  return undefined;
}

const app: Check = (spec, name) => {
  if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name)) {
    return `application name ${JSON.stringify(name)} must be a valid DNS subdomain`;
  }
  const address = typeof spec.public_addr === "string" ? spec.public_addr : "";
  if (!spec.uri && !spec.cloud && !spec.mcp) return `app ${name} URI is empty`;
  if (/^[a-z]+:\/\//.test(address)) {
    return `app "${name}" public_addr "${address}" can not be a URL; give a host name`;
  }
  if (/:\d+$/.test(address)) return `app "${name}" public_addr "${address}" can not contain a port`;
  return undefined;
};

const database: Check = (spec, name) => {
  if (!spec.protocol) return `database "${name}" protocol is empty`;
  if (!spec.uri) return `database "${name}" URI is empty`;
  return undefined;
};

const github: Check = (spec) => {
  if (!spec.client_id) return "missing client_id";
  return list(spec.teams_to_roles).length === 0
    ? "team_to_logins or teams_to_roles mapping is invalid, no mappings defined."
    : undefined;
};

/** OIDC and SAML: roles in mappings must exist, unless they are templates. */
const mapped =
  (field: string): Check =>
  (spec, _name, cluster) => {
    const roles = list(spec[field]).flatMap((entry) => strings(object(entry).roles));
    const missing = roles.find((name) => !roleExists(cluster, name));
    return missing ? `role "${missing}" specified in ${field} not found` : undefined;
  };

const singleton =
  (wanted: string): Check =>
  (_spec, name) =>
    name === wanted ? undefined : `name must be ${wanted}, got ${name}`;

const CHECKS: Record<string, Check> = {
  user,
  role,
  token,
  app,
  db: database,
  github,
  oidc: mapped("claims_to_roles"),
  saml: mapped("attributes_to_roles"),
  autoupdate_config: singleton("autoupdate-config"),
  autoupdate_version: singleton("autoupdate-version"),
  workload_identity: (spec) => {
    const id = object(spec.spiffe).id;
    if (typeof id !== "string" || !id) return "spec.spiffe.id: is required";
    return id.startsWith("/") ? undefined : "spec.spiffe.id: must start with a /";
  },
  node: (spec) => {
    if (!spec.hostname) return "hostname must be set";
    return spec.addr ? undefined : "addr must be set";
  },
};

/** Why Teleport would refuse this resource. Undefined if it would not. */
export function refusal(
  kind: TeleportKind,
  name: string,
  spec: Spec,
  cluster: Cluster,
): string | undefined {
  return CHECKS[kind.collection]?.(spec, name, cluster, kind);
}

/** Why Teleport would refuse to delete it, such as a role that somebody holds. Undefined if it would not. */
export function deleteRefusal(
  collection: string,
  name: string,
  cluster: Cluster,
): string | undefined {
  if (collection !== "role") return undefined;
  const held = Object.values(cluster.user ?? {}).some(({ spec }) =>
    strings(spec.roles).includes(name),
  );
  // Only the log of the auth service says who holds it.
  return held
    ? "failed to delete a role that is still in use by a user, check the system server logs for more details"
    : undefined;
}
