import { z } from "zod";
import { off, roleArn } from "./fields";

const made = z
  .strictObject({
    oidcProviderArn: z
      .string()
      .regex(
        /^arn:[\w-]+:iam::\d{12}:oidc-provider\/\S+$/,
        "must be the ARN of the EKS cluster's OIDC provider",
      )
      .optional()
      .describe("OIDC provider of the EKS cluster; the role is then given by IRSA."),
    eksCluster: z
      .string()
      .regex(/^[0-9A-Za-z][\w-]{0,99}$/, "must be the name of an EKS cluster")
      .optional()
      .describe("Name of the EKS cluster; the role is then given by Pod Identity."),
    retentionDays: z
      .number()
      .int()
      .min(1)
      .max(36500)
      .optional()
      .describe("Days after which S3 deletes a recording. Default: never."),
  })
  .describe(
    "The program makes the bucket of `sessionRecordings` (versioned, encrypted, TLS only, not public) and the role " +
      "of the auth pods, by exactly one of `oidcProviderArn` and `eksCluster`. Default: both exist.",
  );

export const sessionRecordings = z
  .string()
  .regex(/^(s3|gs|azblob):\/\/[^\s/?]+\S*$/, "must be an s3://, gs:// or azblob:// address")
  .optional()
  .describe(
    "Where session recordings live, such as s3://BUCKET?region=REGION. Default: the auth pod's disk, only with 1 auth replica.",
  );

export const sessionRecording = z
  .enum(["node", "node-sync", "proxy", "proxy-sync", "off"])
  .optional()
  .describe(
    "Where sessions are recorded: at the node or the proxy, with -sync sent as they happen. Default: Teleport's own, node.",
  );

export const recordings = z
  .strictObject({
    roleArn: roleArn
      .optional()
      .describe("Role of the auth pods (IRSA), put on their service account. Default: none."),
    podIdentity: off(
      "An existing association of EKS Pod Identity gives service account `teleport` its role.",
    ),
    bucket: made.optional(),
  })
  .prefault({})
  .describe("How the auth pods may use the bucket of `sessionRecordings` in S3.");
