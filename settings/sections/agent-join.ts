import { z } from "zod";
import { dnsName, nonEmpty, off, secretKey, url, vaultPath } from "./fields";

/** How agents join. The provision token and the chart's values both use these settings. */

const tokenName = dnsName
  .optional()
  .describe(
    "Name of the provision token. Default: that of agent or bot, with -iam for that method.",
  );

const account = z.string().regex(/^\d{12}$/, "must be an AWS account's 12 digits, in quotes");

const kubernetes = z.strictObject({
  method: z.literal("kubernetes").describe("Kubernetes signs the pod's service-account token."),
  token: tokenName,
  type: z
    .enum(["in_cluster", "static_jwks", "oidc"])
    .default("in_cluster")
    .describe(
      "How Teleport checks the token: with its own cluster, with the other cluster's keys, or with keys from its issuer.",
    ),
  jwks: z
    .string()
    .optional()
    .describe(
      "With static_jwks: the output of `kubectl get --raw /openid/v1/jwks` in that cluster.",
    ),
  jwksFile: nonEmpty
    .optional()
    .describe("The same in a file in the stack file's folder, instead of `jwks`."),
  issuer: url("https", "an https URL")
    .regex(/^[^?#]*$/, "must have no query and no fragment")
    .optional()
    .describe("With oidc: issuer of that cluster's tokens, reachable by Teleport."),
});

const iam = z.strictObject({
  method: z.literal("iam").describe("AWS proves the pod's identity."),
  token: tokenName,
  roleArn: z
    .string()
    .regex(
      /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/,
      "must be one role's ARN, such as arn:aws:iam::123456789012:role/agent",
    )
    .optional()
    .describe(
      "Role of the pods (IRSA): set on the service account and allowed by the token. Default: the nodes' role, which needs `allow`.",
    ),
  allow: z
    .array(
      z.strictObject({
        account: account.describe("AWS account."),
        arn: z
          .string()
          .optional()
          .describe(
            "Identity in it, such as arn:aws:sts::ACCOUNT:assumed-role/ROLE/*; * and ? are wildcards. Default: the whole account, which needs `wide`.",
          ),
      }),
    )
    .prefault([])
    .describe("More identities that may join."),
  wide: off("Permit `allow` to admit a whole account or any of its roles."),
});

const token = z.strictObject({
  method: z.literal("token").describe("A secret in Vault."),
  path: vaultPath.describe("KV v2 path (below `vault.kvMount`) of the secret."),
  key: secretKey.default("auth-token").describe("Key of the secret there."),
});

const serviceAccounts = z
  .array(z.string().regex(/^[a-z0-9][-a-z0-9]*:[a-z0-9][-a-z0-9.]*$/, "must be NAMESPACE:NAME"))
  .min(1)
  .describe("Service accounts of its pods, as NAMESPACE:NAME.");

/** How a foreign bot joins. A bot's first join uses up a secret token, so there is no method `token`. */
export const botJoin = z
  .discriminatedUnion("method", [
    kubernetes.extend({ serviceAccounts }),
    iam.extend({ roleArn: iam.shape.roleArn.describe("Role of its pods. Default: see `allow`.") }),
  ])
  .describe("How the bot joins; also makes its provision token. Default: no token.");

/** How the event handler's bot joins. */
export const handlerJoin = z
  .discriminatedUnion("method", [
    z.strictObject({
      method: z.literal("kubernetes").describe("The plane's cluster signs its service account."),
    }),
    iam,
  ])
  .prefault({ method: "kubernetes" })
  .describe("How the handler's bot joins the cluster.");

export const join = z
  .discriminatedUnion("method", [kubernetes, iam, token])
  .prefault({ method: "kubernetes" })
  .describe("How its pods join the cluster.");
