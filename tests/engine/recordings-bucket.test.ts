import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  DescribePodIdentityAssociationCommand,
  EKSClient,
  ListPodIdentityAssociationsCommand,
} from "@aws-sdk/client-eks";
import { GetRoleCommand, GetRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import * as k8s from "@kubernetes/client-node";
import { EXIT } from "../../operations/base/exit-codes";
import { ROLE_ARN } from "../../teleport/names";
import {
  AUTH_SERVICE_ACCOUNT,
  recorderPolicy,
  recorderTrust,
  s3Address,
  tlsOnlyPolicy,
} from "../../teleport/recordings";
import { awsConfig } from "./aws-config";
import { linkedProject } from "./linked-project";
import { awsOf, type Aws } from "./plain-load-balancer";
import { EngineStack } from "./stack";

const ROOT = path.resolve(__dirname, "../..");
const NAME = "lumie-recordings-made";
const ADDRESS = `s3://${NAME}?region=eu-central-1`;
const PROVIDER =
  "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/ABC";
const CLOSED = {
  BlockPublicAcls: true,
  BlockPublicPolicy: true,
  IgnorePublicAcls: true,
  RestrictPublicBuckets: true,
};

/** Deploys a plane that creates the bucket of its recordings, and reads it back from the AWS API. */
describe("a bucket of recordings that the program creates", () => {
  const project = linkedProject();
  let stack: EngineStack;
  let aws: Aws;
  let iam: IAMClient;
  let role: string;
  const address = s3Address(ADDRESS)!;
  const Bucket = NAME;

  before(async () => {
    const file = path.join(project, "Pulumi.sandbox.yaml");
    fs.copyFileSync(path.join(ROOT, "Pulumi.sandbox.yaml"), file); // with its salt
    stack = await EngineStack.start(project);
    // verify reads the project's stack file.
    fs.rmSync(file);
    fs.symlinkSync(stack.configFile, file);
    aws = awsOf(stack.env);
    iam = new IAMClient(awsConfig(stack.env));
    stack.change((config) => {
      delete config["access-plane:loadBalancer"];
      config["access-plane:agents"] = {};
    });
    setRecordings({ bucket: { oidcProviderArn: PROVIDER, retentionDays: 400 } });
    await stack.up();
  });
  after(async () => {
    await stack.stop();
    fs.rmSync(project, { recursive: true, force: true });
  });

  const setRecordings = (recordings: object) => {
    stack.change((config) => {
      config["access-plane:teleport"] = { sessionRecordings: ADDRESS, recordings };
    });
  };

  /** The bucket's settings in the AWS account. */
  async function seen() {
    const { s3 } = aws;
    const [head, versioning, encryption, closed, policy, lifecycle] = await Promise.all([
      s3.send(new HeadBucketCommand({ Bucket })),
      s3.send(new GetBucketVersioningCommand({ Bucket })),
      s3.send(new GetBucketEncryptionCommand({ Bucket })),
      s3.send(new GetPublicAccessBlockCommand({ Bucket })),
      s3.send(new GetBucketPolicyCommand({ Bucket })),
      s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
    ]);
    return {
      region: head.BucketRegion,
      versioning: versioning.Status,
      encryption: encryption.ServerSideEncryptionConfiguration?.Rules?.[0],
      closed: closed.PublicAccessBlockConfiguration,
      policy: JSON.parse(policy.Policy ?? "") as unknown,
      lifecycle: lifecycle.Rules?.map(({ ID, Expiration, NoncurrentVersionExpiration: old }) => [
        ...[ID, Expiration?.Days, old?.NoncurrentDays],
      ]),
    };
  }
  const AS_SET = {
    region: "eu-central-1",
    versioning: "Enabled",
    encryption: {
      BucketKeyEnabled: true,
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" },
    },
    closed: CLOSED,
    policy: JSON.parse(tlsOnlyPolicy(address, "aws")) as unknown,
    lifecycle: [
      ["abandoned-uploads", undefined, undefined],
      ["retention", 400, 400],
    ],
  };
  const verify = async (code: number, checks: string, ...flags: string[]) => {
    const run = await stack.accessPlane("verify", "--only", checks, ...flags);
    assert.equal(run.code, code, run.output);
    return run.output;
  };

  /** The annotations of the auth pods' service account. */
  async function annotations(): Promise<Record<string, string>> {
    const { metadata } = await stack
      .kube(k8s.CoreV1Api)
      .readNamespacedServiceAccount({ name: AUTH_SERVICE_ACCOUNT, namespace: "teleport" });
    return metadata?.annotations ?? {};
  }

  it("exists in the region, versioned, encrypted, private, with TLS only and retention", async () => {
    assert.deepEqual(await seen(), AS_SET);
    const { TagSet } = await aws.s3.send(new GetBucketTaggingCommand({ Bucket }));
    assert.deepEqual(TagSet, [{ Key: "team", Value: "platform" }]);
  });

  it("has a role that only the auth pods may assume, and that may only write and read", async () => {
    const arn = (await annotations())[ROLE_ARN] ?? "";
    role = arn.split("/").pop() ?? "";
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: role }));
    assert.equal(Role?.Arn, arn);
    assert.deepEqual(
      JSON.parse(decodeURIComponent(Role.AssumeRolePolicyDocument ?? "")),
      JSON.parse(recorderTrust({ oidcProviderArn: PROVIDER }, "teleport")),
    );
    const rights = await iam.send(
      new GetRolePolicyCommand({ RoleName: role, PolicyName: "recordings" }),
    );
    assert.deepEqual(
      JSON.parse(decodeURIComponent(rights.PolicyDocument ?? "")),
      JSON.parse(recorderPolicy(address, "aws")),
    );
  });

  it("needs no second update, and passes verify", async () => {
    await stack.expect(0, "preview", "--refresh", "--expect-no-changes");
    assert.match(await verify(0, "recordings.bucket"), /lumie-recordings-made in eu-central-1/);
  });

  it("changes its role from IRSA to EKS Pod Identity in place", async () => {
    const eks = new EKSClient(awsConfig(stack.env));
    const { Subnets = [] } = await aws.ec2.send(new DescribeSubnetsCommand({}));
    await eks.send(
      new CreateClusterCommand({
        name: "lumie",
        roleArn: "arn:aws:iam::123456789012:role/eks",
        resourcesVpcConfig: { subnetIds: Subnets.flatMap(({ SubnetId }) => SubnetId ?? []) },
      }),
    );
    setRecordings({ bucket: { eksCluster: "lumie", retentionDays: 400 } });
    await stack.up();
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: role }));
    assert.deepEqual(
      JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")),
      JSON.parse(recorderTrust({ eksCluster: "lumie" }, "teleport")),
    );
    const { associations = [] } = await eks.send(
      new ListPodIdentityAssociationsCommand({ clusterName: "lumie" }),
    );
    const [{ associationId, namespace, serviceAccount } = {}] = associations;
    assert.deepEqual(
      [associations.length, namespace, serviceAccount],
      [1, "teleport", AUTH_SERVICE_ACCOUNT],
    );
    const { association } = await eks.send(
      new DescribePodIdentityAssociationCommand({ clusterName: "lumie", associationId }),
    );
    assert.equal(association?.roleArn, Role?.Arn);
    assert.equal((await annotations())[ROLE_ARN], undefined);
    await stack.expect(0, "preview", "--refresh", "--expect-no-changes");
  });

  it("is reported after manual changes, which the next update reverts", async () => {
    await aws.s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
    await aws.s3.send(new DeleteBucketPolicyCommand({ Bucket }));
    // The policy would refuse this, because the emulator has no TLS.
    await aws.s3.send(new PutObjectCommand({ Bucket, Key: "session.tar", Body: "recorded" }));
    await aws.s3.send(
      new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } }),
    );
    const found = await verify(EXIT.VERIFY, "recordings.bucket,drift.none");
    assert.match(found, /it keeps no versions/);
    assert.match(found, /create\s+\S+:BucketPublicAccessBlock recordings/);
    assert.match(found, /create\s+\S+:BucketPolicy recordings/);
    assert.match(found, /update\s+\S+:BucketVersioning recordings/);
    const { code, output } = await stack.accessPlane("up", "--yes", "--refresh");
    assert.equal(code, 0, output);
    assert.deepEqual(await seen(), AS_SET);
  });

  it("keeps its settings and objects after destroy, which deletes its role", async () => {
    const { code, output } = await stack.accessPlane("destroy", "--yes", "--allow", "all");
    assert.equal(code, 0, output);
    assert.deepEqual(await seen(), AS_SET);
    const { Versions = [] } = await aws.s3.send(new ListObjectVersionsCommand({ Bucket }));
    assert.equal(Versions.length, 1);
    await assert.rejects(iam.send(new GetRoleCommand({ RoleName: role })), {
      name: "NoSuchEntityException",
    });
  });

  it("is not created again by a new stack, which may use it", async () => {
    const { code, output } = await stack.accessPlane("up", "--yes");
    assert.equal(code, EXIT.PREFLIGHT, output);
    assert.match(output, /lumie-recordings-made exists, and this stack has not made it/);
    setRecordings({ podIdentity: true });
    await verify(0, "recordings.bucket", "--before");
  });
});
