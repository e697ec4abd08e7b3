import { CLUSTER_RELEASE } from "./names";

/** Session recordings in S3: their address and the required rights in AWS. */

/** Service account of the auth pods. Source: chart `teleport-cluster` names it after the release. */
export const AUTH_SERVICE_ACCOUNT = CLUSTER_RELEASE;

/** An S3 bucket in `audit_sessions_uri`. Source: Teleport's storage-backends reference. */
export interface S3Address {
  bucket: string;
  /** Path in the bucket, without slashes at its ends. Empty: the bucket's root. */
  prefix: string;
  region?: string;
  /** KMS key for the recordings. Default: the account's own for S3. */
  kmsKey?: string;
}

/** The bucket of an address. Undefined for other stores, including those with their own `endpoint`. */
export function s3Address(address: string | undefined): S3Address | undefined {
  if (address?.startsWith("s3://") !== true || !URL.canParse(address)) return undefined;
  const { host, pathname, searchParams } = new URL(address);
  if (searchParams.has("endpoint")) return undefined;
  return {
    bucket: host,
    prefix: pathname.replace(/^\/+|\/+$/g, ""),
    region: searchParams.get("region") ?? undefined,
    kmsKey: searchParams.get("sse_kms_key") ?? undefined,
  };
}

/** ARNs of a bucket and of its recordings. */
export function s3Arns({ bucket, prefix }: S3Address, partition = "aws") {
  const arn = `arn:${partition}:s3:::${bucket}`;
  return { bucket: arn, objects: `${arn}/${prefix === "" ? "" : `${prefix}/`}*` };
}

/** Actions that the auth service needs for an existing bucket. Source: Teleport's S3 policy. */
export const S3_ACTIONS = {
  bucket: [
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListBucketVersions",
  ],
  objects: [
    "s3:AbortMultipartUpload",
    "s3:GetObject",
    "s3:GetObjectRetention",
    "s3:GetObjectVersion",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
  ],
  key: ["kms:Decrypt", "kms:GenerateDataKey"],
};

const document = (statements: object[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** Policy of the auth pods' role. It may write and read recordings, but not delete them. */
export function recorderPolicy(address: S3Address, partition: string): string {
  const { bucket, objects } = s3Arns(address, partition);
  const key = address.kmsKey?.startsWith("arn:") === true ? [address.kmsKey] : [];
  return document([
    { Effect: "Allow", Action: S3_ACTIONS.bucket, Resource: bucket },
    { Effect: "Allow", Action: S3_ACTIONS.objects, Resource: objects },
    ...key.map((arn) => ({ Effect: "Allow", Action: S3_ACTIONS.key, Resource: arn })),
  ]);
}

/** Policy of the bucket. It denies requests without TLS. */
export function tlsOnlyPolicy(address: S3Address, partition: string): string {
  const { bucket } = s3Arns(address, partition);
  return document([
    {
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [bucket, `${bucket}/*`],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ]);
}

/** Subject of the auth pods' tokens. Source: Amazon EKS user guide, IRSA. */
export const recorderSubject = (namespace: string): string =>
  `system:serviceaccount:${namespace}:${AUTH_SERVICE_ACCOUNT}`;

/** What identifies the auth pods' service account: an OIDC provider (IRSA), or a cluster (Pod Identity). */
export type Trust = { oidcProviderArn: string } | { eksCluster: string };

/** Trust policy of the auth pods' role. Source: Amazon EKS user guide, IRSA and Pod Identity. */
export function recorderTrust(trust: Trust, namespace: string): string {
  if ("eksCluster" in trust) {
    return document([
      {
        Effect: "Allow",
        Principal: { Service: "pods.eks.amazonaws.com" },
        Action: ["sts:AssumeRole", "sts:TagSession"],
      },
    ]);
  }
  const issuer = trust.oidcProviderArn.split(":oidc-provider/")[1] ?? "";
  return document([
    {
      Effect: "Allow",
      Principal: { Federated: trust.oidcProviderArn },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: {
        StringEquals: {
          [`${issuer}:sub`]: recorderSubject(namespace),
          [`${issuer}:aud`]: "sts.amazonaws.com",
        },
      },
    },
  ]);
}

/** Partition of an ARN, such as `aws` or `aws-cn`. */
export const partitionOf = (arn: string): string => arn.split(":")[1] ?? "aws";

/** Partition of a region. */
export function partitionOfRegion(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
