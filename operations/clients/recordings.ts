import { GetRoleCommand, IAMClient, SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";
import {
  GetBucketEncryptionCommand,
  GetBucketPolicyStatusCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { type AwsAccount, awsConfig } from "../base/aws-config";
import { Forbidden } from "./errors";

/** Properties of a bucket. */
export interface Bucket {
  region: string;
  versioned: boolean;
  /** Default encryption algorithm. Undefined if there is none. */
  encryption: string | undefined;
  /** True if the bucket's policy gives everybody access. */
  isPublic: boolean;
  /** True if the bucket blocks public policies and access lists. */
  closed: boolean;
}

/** An action that a role's policies deny. */
export interface Denied {
  action: string;
  resource: string;
}

interface AwsError extends Error {
  $metadata?: { httpStatusCode?: number };
}

/** The answer. Undefined if AWS returns one of these error codes. */
async function unless<T>(ask: () => Promise<T>, ...none: string[]): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const status = (error as AwsError).$metadata?.httpStatusCode;
    if (none.includes(error.name)) return undefined;
    if (status === 403 || status === 501) {
      throw new Forbidden(error.message === "" ? error.name : error.message);
    }
    throw error;
  }
}

/** What the checks need of S3 and IAM. Tests pass their own. */
export type RecordingsReader = Pick<LiveRecordings, keyof LiveRecordings>;

/** Reads AWS with the account and endpoint of a stack's settings. */
export class LiveRecordings {
  private readonly s3: S3Client;
  private readonly iam: IAMClient;

  /** `purpose` is part of the session name in CloudTrail. */
  constructor(account: AwsAccount, purpose: Parameters<typeof awsConfig>[1] = "verify") {
    const config = awsConfig(account, purpose);
    // A custom endpoint has no host name for each bucket.
    const elsewhere = account.endpoint ?? process.env["AWS_ENDPOINT_URL"];
    this.s3 = new S3Client({
      ...config,
      followRegionRedirects: true,
      forcePathStyle: elsewhere !== undefined,
    });
    this.iam = new IAMClient(config);
  }

  /** Undefined if there is no bucket with this name. Throws {@link Forbidden} if the caller may not read it. */
  async bucket(name: string): Promise<Bucket | undefined> {
    const of = { Bucket: name };
    const head = await unless(
      () => this.s3.send(new HeadBucketCommand(of)),
      "NotFound",
      "NoSuchBucket",
    );
    if (head === undefined) return undefined;
    const [versioning, encryption, status, block] = await Promise.all([
      unless(() => this.s3.send(new GetBucketVersioningCommand(of))),
      unless(
        () => this.s3.send(new GetBucketEncryptionCommand(of)),
        "ServerSideEncryptionConfigurationNotFoundError",
      ),
      unless(() => this.s3.send(new GetBucketPolicyStatusCommand(of)), "NoSuchBucketPolicy"),
      unless(
        () => this.s3.send(new GetPublicAccessBlockCommand(of)),
        "NoSuchPublicAccessBlockConfiguration",
      ),
    ]);
    const [rule] = encryption?.ServerSideEncryptionConfiguration?.Rules ?? [];
    const access = block?.PublicAccessBlockConfiguration;
    return {
      region: head.BucketRegion ?? "",
      versioned: versioning?.Status === "Enabled",
      encryption: rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm,
      isPublic: status?.PolicyStatus?.IsPublic === true,
      closed:
        access?.BlockPublicAcls === true &&
        access.BlockPublicPolicy === true &&
        access.IgnorePublicAcls === true &&
        access.RestrictPublicBuckets === true,
    };
  }

  /** Trust policy of a role, as JSON. Undefined if there is no such role. Throws {@link Forbidden}. */
  async trust(roleArn: string): Promise<string | undefined> {
    const RoleName = roleArn.split("/").pop() ?? "";
    const answer = await unless(
      () => this.iam.send(new GetRoleCommand({ RoleName })),
      "NoSuchEntity",
      "NoSuchEntityException",
    );
    if (answer?.Role?.Arn !== roleArn) return undefined;
    return decodeURIComponent(answer.Role.AssumeRolePolicyDocument ?? "");
  }

  /** Actions that a role may not do. Throws {@link Forbidden} if the caller may not simulate policies. */
  async denied(roleArn: string, actions: string[], resource: string): Promise<Denied[]> {
    const command = new SimulatePrincipalPolicyCommand({
      PolicySourceArn: roleArn,
      ActionNames: actions,
      ResourceArns: [resource],
    });
    // Few callers may simulate policies, and AWS-compatible services cannot. This check is additional.
    const { EvaluationResults = [] } = await this.iam.send(command).catch((error: unknown) => {
      throw new Forbidden(error instanceof Error ? error.name : String(error));
    });
    return EvaluationResults.filter(({ EvalDecision }) => EvalDecision !== "allowed").map(
      ({ EvalActionName = "" }) => ({ action: EvalActionName, resource }),
    );
  }
}
