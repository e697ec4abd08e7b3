import type { Specs } from "./resources/shape";
import { irsa, joinSecret, vaultJoinSecret } from "./names";

/** How an agent joins. Source: Teleport's join-methods reference. */
export type Join =
  | {
      method: "kubernetes";
      /** Name of the token. */
      token?: string;
      type: "in_cluster" | "static_jwks" | "oidc";
      /** With `static_jwks`: public keys of the agent's cluster, as JSON. */
      jwks?: string;
      /** With `oidc`: issuer of the agent's cluster, an https URL. */
      issuer?: string;
    }
  | {
      method: "iam";
      token?: string;
      /** Role of the pods, put on their service account. */
      roleArn?: string;
      allow: { account: string; arn?: string }[];
    }
  | { method: "token"; path: string; key: string };

/** A service of an agent, as in the chart value `roles`. */
export type Service = "kube" | "app" | "db" | "discovery";

/** Teleport system role of each service. Source: `spec.roles` of provision tokens. */
const SYSTEM_ROLES: Record<Service, string> = {
  kube: "Kube",
  app: "App",
  db: "Db",
  discovery: "Discovery",
};

/** Key of the join Secret. Source: chart value `joinTokenSecret` of `teleport-kube-agent`. */
export const JOIN_KEY = "auth-token";

/**
 * Name of an agent's provision token. It differs by method, so a change of method creates the new
 * token, moves the agent, and then removes the old token.
 */
export function tokenName(release: string, join: Delegated): string {
  return join.token ?? (join.method === "kubernetes" ? release : `${release}-${join.method}`);
}

/** The pods that join, and their services. */
export interface Identity {
  namespace: string;
  serviceAccount: string;
  services: readonly Service[];
}

/** The identity of a role's sessions, as `sts:GetCallerIdentity` reports it. */
function assumedRole(roleArn: string): { aws_account: string; aws_arn: string } {
  const [, partition = "", , , account = "", resource = ""] = roleArn.split(":");
  // The ARN of a session has no role path.
  const role = resource.split("/").pop() ?? "";
  return {
    aws_account: account,
    aws_arn: `arn:${partition}:sts::${account}:assumed-role/${role}/*`,
  };
}

/** A join method with a provision token. With the method `token` the secret is itself the token. */
export type Delegated = Exclude<Join, { method: "token" }>;

/** The part of a token's spec that says who may join. Source: CRD `teleportprovisiontokens`. */
function policy(join: Delegated, serviceAccounts: readonly string[]) {
  if (join.method === "iam") {
    const allow = join.allow.map(({ account, arn }) => ({
      aws_account: account,
      aws_arn: arn,
    }));
    return {
      join_method: "iam",
      allow: join.roleArn === undefined ? allow : [assumedRole(join.roleArn), ...allow],
    };
  }
  return {
    join_method: "kubernetes",
    kubernetes: {
      type: join.type,
      allow: serviceAccounts.map((service_account) => ({ service_account })),
      ...(join.type === "static_jwks" ? { static_jwks: { jwks: join.jwks ?? "" } } : {}),
      ...(join.type === "oidc" ? { oidc: { issuer: join.issuer ?? "" } } : {}),
    },
  };
}

/** Provision token with which only these pods can join, and only with these services. */
export function joinToken(
  join: Delegated,
  { namespace, serviceAccount, services }: Identity,
): Specs["TeleportProvisionToken"] {
  const roles = services.map((service) => SYSTEM_ROLES[service]);
  return { roles, ...policy(join, [`${namespace}:${serviceAccount}`]) };
}

/** Provision token with which a bot joins from these service accounts (`namespace:name`). */
export function botToken(
  join: Delegated,
  bot: string,
  serviceAccounts: readonly string[],
): Specs["TeleportProvisionToken"] {
  return { roles: ["Bot"], bot_name: bot, ...policy(join, serviceAccounts) };
}

/** Annotations of the joining pods' service account. */
export function accountAnnotations(join: Join): Record<string, string> {
  return join.method === "iam" ? irsa(join.roleArn) : {};
}

/** Values of chart `teleport-kube-agent` that must agree with {@link joinToken}. */
export function joinValues(
  join: Join,
  release: string,
  clusterName: string,
  secretName = vaultJoinSecret(release),
) {
  if (join.method === "token") {
    // The Secret comes from Vault. The chart's own Secret would put the value into Helm's records.
    return {
      joinParams: { method: "token", tokenName: "" },
      joinTokenSecret: { create: false, name: secretName },
    };
  }
  return {
    joinParams: { method: join.method, tokenName: tokenName(release, join) },
    joinTokenSecret: { name: joinSecret(release) },
    // Audience of the service-account token that the chart then mounts.
    ...(join.method === "kubernetes" ? { teleportClusterName: clusterName } : {}),
  };
}
