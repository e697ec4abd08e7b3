import * as eks from "@pulumi/aws/eks";
import * as iam from "@pulumi/aws/iam";
import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import {
  AUTH_SERVICE_ACCOUNT,
  partitionOfRegion,
  recorderPolicy,
  recorderTrust,
  type S3Address,
  tlsOnlyPolicy,
  type Trust,
} from "../teleport/recordings";

/** Arguments of {@link RecordingsBucket}. */
export interface RecordingsBucketArgs {
  address: S3Address;
  /** Region of the bucket. */
  region: string;
  /** Namespace of the auth pods. */
  namespace: string;
  trust: Trust;
  /** Days after which S3 deletes a recording. Default: S3 keeps it. */
  retentionDays?: number;
  /** Pulumi refuses to delete bucket and role while set. */
  protect: boolean;
}

/**
 * Bucket of session recordings (versioned, encrypted, TLS only, not public), and the IAM role that lets
 * the auth pods write and read it. The bucket stays in AWS with its settings when it leaves the program:
 * AWS deletes no bucket that holds recordings, and they need protection as long as they exist.
 */
export class RecordingsBucket extends pulumi.ComponentResource {
  /** ARN of the role, known once the bucket is ready and the role may use it. */
  public readonly roleArn: pulumi.Output<string>;

  constructor(name: string, args: RecordingsBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("access-plane:components:RecordingsBucket", name, args, opts);
    const { address, namespace, trust, protect } = args;
    const parent = { parent: this };
    const stays = { parent: this, retainOnDelete: true };
    const partition = partitionOfRegion(args.region);

    const { bucket } = new s3.Bucket(name, { bucket: address.bucket }, { ...stays, protect });
    const closed = new s3.BucketPublicAccessBlock(
      name,
      {
        bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      stays,
    );
    const versioning = new s3.BucketVersioning(
      name,
      { bucket, versioningConfiguration: { status: "Enabled" } },
      stays,
    );
    const encryption = new s3.BucketServerSideEncryptionConfiguration(
      name,
      {
        bucket,
        rules: [
          {
            bucketKeyEnabled: true,
            applyServerSideEncryptionByDefault: {
              sseAlgorithm: "aws:kms",
              kmsMasterKeyId: address.kmsKey,
            },
          },
        ],
      },
      stays,
    );
    const policy = new s3.BucketPolicy(
      name,
      { bucket: closed.bucket, policy: tlsOnlyPolicy(address, partition) },
      stays,
    );
    new s3.BucketLifecycleConfiguration(
      name,
      { bucket: versioning.bucket, rules: lifecycle(args.retentionDays) },
      stays,
    );

    const role = new iam.Role(
      name,
      {
        namePrefix: "teleport-recordings-",
        description: "Teleport's auth pods write and read session recordings.",
        assumeRolePolicy: recorderTrust(trust, namespace),
      },
      { parent: this, protect },
    );
    const rights = new iam.RolePolicy(
      name,
      { role: role.name, name: "recordings", policy: recorderPolicy(address, partition) },
      parent,
    );
    const given =
      "eksCluster" in trust
        ? new eks.PodIdentityAssociation(
            name,
            {
              clusterName: trust.eksCluster,
              namespace,
              serviceAccount: AUTH_SERVICE_ACCOUNT,
              roleArn: role.arn,
            },
            parent,
          ).id
        : "";

    this.roleArn = pulumi
      .all([role.arn, rights.id, policy.id, encryption.id, versioning.id, given])
      .apply(([arn]) => arn);
    this.registerOutputs({ roleArn: this.roleArn });
  }
}

/** Teleport reads the oldest version of a recording, so S3 keeps an overwritten version as long as a current one. */
function lifecycle(days: number | undefined) {
  const abandoned = {
    id: "abandoned-uploads",
    status: "Enabled",
    filter: {},
    abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
  };
  if (days === undefined) return [abandoned];
  return [
    abandoned,
    {
      id: "retention",
      status: "Enabled",
      filter: {},
      expiration: { days },
      noncurrentVersionExpiration: { noncurrentDays: days },
    },
  ];
}
