import { GetRoleCommand, IAMClient, SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";
import {
  GetBucketEncryptionCommand,
  GetBucketPolicyStatusCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { PlaneSettings } from "../../settings/schema";
import { awsConfig } from "../base/aws-config";

/** What AWS says of a bucket. */
export interface Bucket {
  region: string;
  versioned: boolean;
  /** Algorithm by which S3 encrypts what says nothing itself; undefined when it does not. */
  encryption: string | undefined;
  /** The bucket's policy lets anybody in. */
  isPublic: boolean;
  /** The bucket refuses public policies and access lists. */
  closed: boolean;
}

/** An action that a role may not take. */
export interface Denied {
  action: string;
  resource: string;
}

/** The AWS APIs around session recordings, read-only. */
export interface RecordingsReader {
  /** Undefined when there is none of that name. Throws {@link Forbidden} where AWS tells nothing. */
  bucket(name: string): Promise<Bucket | undefined>;
  /** Trust policy of a role, as JSON; undefined when there is none. Throws {@link Forbidden}. */
  trust(roleArn: string): Promise<string | undefined>;
  /** Which of these a role may not do. Throws {@link Forbidden} where AWS does not simulate it. */
  denied(roleArn: string, actions: string[], resource: string): Promise<Denied[]>;
}

/** The caller may not look. */
export class Forbidden extends Error {}

interface AwsError extends Error {
  $metadata?: { httpStatusCode?: number };
}

/** The answer, or undefined where AWS says by one of these codes that there is none. */
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

/** A reader with the account and endpoint of a stack's settings. */
export class LiveRecordings implements RecordingsReader {
  private readonly s3: S3Client;
  private readonly iam: IAMClient;

  constructor(settings: NonNullable<PlaneSettings["aws"]>) {
    const config = awsConfig(settings, "verify");
    // Another endpoint has no host for each bucket.
    const elsewhere = settings.endpoint ?? process.env["AWS_ENDPOINT_URL"];
    this.s3 = new S3Client({
      ...config,
      followRegionRedirects: true,
      forcePathStyle: elsewhere !== undefined,
    });
    this.iam = new IAMClient(config);
  }

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

  async denied(roleArn: string, actions: string[], resource: string): Promise<Denied[]> {
    const command = new SimulatePrincipalPolicyCommand({
      PolicySourceArn: roleArn,
      ActionNames: actions,
      ResourceArns: [resource],
    });
    // Few may simulate, and whatever only speaks AWS's API does not; it is a second look.
    const { EvaluationResults = [] } = await this.iam.send(command).catch((error: unknown) => {
      throw new Forbidden(error instanceof Error ? error.name : String(error));
    });
    return EvaluationResults.filter(({ EvalDecision }) => EvalDecision !== "allowed").map(
      ({ EvalActionName = "" }) => ({ action: EvalActionName, resource }),
    );
  }
}
