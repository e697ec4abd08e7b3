import type { ProvisionTokenSpec } from "./generated";
import { irsa, joinSecret, vaultJoinSecret } from "./names";

/** How an agent proves who it is. */
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

/** A kind of thing that an agent serves, as the chart and `teleport.yaml` call it. */
export type Service = "kube" | "app" | "db" | "discovery";

/** System role that each service joins with. */
const SYSTEM_ROLES: Record<Service, string> = {
  kube: "Kube",
  app: "App",
  db: "Db",
  discovery: "Discovery",
};

/** File of the join Secret that the chart mounts and `teleport.yaml` refers to. */
export const JOIN_KEY = "auth-token";

/**
 * Name of an agent's provision token. Each method has a name of its own, so that a change of method
 * makes the new token first, moves the agent, and removes the old token last.
 */
export function tokenName(release: string, join: Delegated): string {
  return join.token ?? (join.method === "kubernetes" ? release : `${release}-${join.method}`);
}

/** What an agent's pods present when they join. */
export interface Identity {
  namespace: string;
  serviceAccount: string;
  services: readonly Service[];
}

/** The assumed role as AWS reports it to whoever asks who a pod is. */
function assumedRole(roleArn: string): { aws_account: string; aws_arn: string } {
  const [, partition = "", , , account = "", resource = ""] = roleArn.split(":");
  // A role's path is no part of the sessions of it.
  const role = resource.split("/").pop() ?? "";
  return {
    aws_account: account,
    aws_arn: `arn:${partition}:sts::${account}:assumed-role/${role}/*`,
  };
}

/** A method of joining that has a provision token; a secret is one itself. */
export type Delegated = Exclude<Join, { method: "token" }>;

/** Whom a token lets in: the part of its spec that does not depend on who they are in Teleport. */
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

/** Provision token that lets exactly these pods join, with exactly these services. */
export function joinToken(
  join: Delegated,
  { namespace, serviceAccount, services }: Identity,
): ProvisionTokenSpec {
  const roles = services.map((service) => SYSTEM_ROLES[service]);
  return { roles, ...policy(join, [`${namespace}:${serviceAccount}`]) };
}

/** Provision token by which a bot joins, from these service accounts (`namespace:name`). */
export function botToken(
  join: Delegated,
  bot: string,
  serviceAccounts: readonly string[],
): ProvisionTokenSpec {
  return { roles: ["Bot"], bot_name: bot, ...policy(join, serviceAccounts) };
}

/** Annotations of the service account whose pods join. */
export function accountAnnotations(join: Join): Record<string, string> {
  return join.method === "iam" ? irsa(join.roleArn) : {};
}

/** The part of `teleport-kube-agent`'s values that must agree with {@link joinToken}. */
export function joinValues(
  join: Join,
  release: string,
  clusterName: string,
  secretName = vaultJoinSecret(release),
) {
  if (join.method === "token") {
    // The Secret comes from Vault; the chart would write its value into Helm's own records.
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
