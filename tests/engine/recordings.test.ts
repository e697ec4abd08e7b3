import * as assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import {
  recorderPolicy,
  recorderTrust,
  s3Address,
  tlsOnlyPolicy,
  type S3Address,
  type Trust,
} from "../../teleport/recordings";
import { freePort } from "../free-port";

const REGION = "eu-central-1";
const ROOT = path.resolve(__dirname, "../..");
const PROVIDER =
  "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/ABC";

/**
 * Applies the policies of the program's bucket in the AWS emulator, which enforces them. The emulator
 * treats HeadBucket as an action of that name, which AWS does not have.
 */
describe("the policies of the recordings' bucket", () => {
  let emulator: ChildProcess;
  let endpoint: string;
  const owner = { accessKeyId: "test", secretAccessKey: "test" };
  const client = (credentials: typeof owner & { sessionToken?: string }) => ({
    ...{ region: REGION, endpoint, credentials, forcePathStyle: true, maxAttempts: 1 },
  });

  before(async () => {
    const tools = (await import(path.join(ROOT, "sandbox/src/setup/tools.ts"))) as {
      motoPython(): string;
    };
    const port = await freePort();
    endpoint = `http://127.0.0.1:${String(port)}`;
    emulator = spawn(tools.motoPython(), ["-m", "moto.server", `-p${String(port)}`], {
      stdio: "ignore",
    });
    for (let tries = 0; ; tries++) {
      try {
        await fetch(`${endpoint}/moto-api/data.json`);
        return;
      } catch (error) {
        if (tries === 300 || emulator.exitCode !== null) throw error;
        await sleep(200);
      }
    }
  });
  after(() => emulator.kill());

  /** Turns the enforcement of policies on or off. */
  const enforce = async (on: boolean) => {
    const body = on ? "0" : "1000000";
    const { ok } = await fetch(`${endpoint}/moto-api/reset-auth`, { method: "POST", body });
    assert.ok(ok);
  };
  const createBucket = async (name: string, address: S3Address, trust: Trust) => {
    await enforce(false);
    const s3 = new S3Client(client(owner));
    const iam = new IAMClient(client(owner));
    const { bucket: Bucket } = address;
    await s3.send(
      new CreateBucketCommand({
        Bucket,
        CreateBucketConfiguration: { LocationConstraint: REGION },
      }),
    );
    await s3.send(
      new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }),
    );
    const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" as const } };
    await s3.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: { Rules: [rule] },
      }),
    );
    const { Role } = await iam.send(
      new CreateRoleCommand({
        RoleName: name,
        AssumeRolePolicyDocument: recorderTrust(trust, "teleport"),
      }),
    );
    await iam.send(
      new PutRolePolicyCommand({
        ...{ RoleName: name, PolicyName: "recordings" },
        PolicyDocument: recorderPolicy(address, "aws"),
      }),
    );
    const { Credentials: keys } = await new STSClient(client(owner)).send(
      new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: "auth" }),
    );
    await enforce(true);
    return new S3Client(
      client({
        accessKeyId: keys?.AccessKeyId ?? "",
        secretAccessKey: keys?.SecretAccessKey ?? "",
        sessionToken: keys?.SessionToken,
      }),
    );
  };
  const denied = (error: unknown) => (error as Error).name === "AccessDenied";

  const CASES: [string, string, Trust][] = [
    [
      "at the bucket's root, with IRSA",
      "s3://root?region=eu-central-1",
      { oidcProviderArn: PROVIDER },
    ],
    [
      "below a path, with Pod Identity",
      "s3://path/below/it?region=eu-central-1",
      { eksCluster: "e" },
    ],
  ];
  for (const [title, uri, trust] of CASES) {
    it(`allow the auth pods exactly what recording and playback need, ${title}`, async () => {
      const address = s3Address(uri);
      assert.ok(address !== undefined);
      const { bucket: Bucket, prefix } = address;
      const s3 = await createBucket(Bucket, address, trust);
      const Key = `${prefix === "" ? "" : `${prefix}/`}session.tar`;
      // The requests of Teleport when it starts, and while it records and plays a session.
      await s3.send(new GetBucketVersioningCommand({ Bucket }));
      await s3.send(new GetBucketEncryptionCommand({ Bucket }));
      const upload = async () => {
        const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
        const part = { Bucket, Key, UploadId };
        await s3.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: "recorded" }));
        await s3.send(new ListPartsCommand(part));
        return part;
      };
      await s3.send(new AbortMultipartUploadCommand(await upload()));
      await s3.send(new ListMultipartUploadsCommand({ Bucket }));
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: "recorded" }));
      const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
      const { Body } = await s3.send(
        new GetObjectCommand({ Bucket, Key, VersionId: Versions[0]?.VersionId }),
      );
      assert.equal(await Body?.transformToString(), "recorded");

      await assert.rejects(s3.send(new DeleteObjectCommand({ Bucket, Key })), denied);
      const policy = tlsOnlyPolicy(address, "aws");
      await assert.rejects(s3.send(new PutBucketPolicyCommand({ Bucket, Policy: policy })), denied);
      if (prefix !== "") {
        const elsewhere = { Bucket, Key: "elsewhere.tar", Body: "foreign" };
        await assert.rejects(s3.send(new PutObjectCommand(elsewhere)), denied);
      }
      await enforce(false);
      const own = new S3Client(client(owner));
      await own.send(new PutBucketPolicyCommand({ Bucket, Policy: policy }));
      const { Policy } = await own.send(new GetBucketPolicyCommand({ Bucket }));
      assert.deepEqual(JSON.parse(Policy ?? ""), JSON.parse(policy));
    });
  }
});
