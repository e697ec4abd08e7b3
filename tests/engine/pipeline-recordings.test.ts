import * as assert from "node:assert/strict";
import { DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import { CreateClusterCommand, EKSClient } from "@aws-sdk/client-eks";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateBucketCommand, HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { EXIT } from "../../operations/base/exit-codes";
import { awsConfig } from "./aws-config";
import { Checkout } from "./checkout";
import { PipelineIdentity } from "./pipeline-identity";
import { awsOf } from "./plain-load-balancer";
import { skipAfterFailure } from "./skip-after-failure";
import { EngineStack, liftProtection, type Config } from "./stack";

const BUCKET = "lumie-recordings-made";
const CLUSTER = "lumie";

/** The job `up` of a stack that makes the bucket of its recordings: `deploy/pipeline/up/aws-recordings.json`. */
describe("a pipeline that makes the bucket of recordings", function () {
  skipAfterFailure(this);
  let stack: EngineStack;
  let checkout: Checkout;
  let job: PipelineIdentity;

  before(async () => {
    stack = await EngineStack.start();
    checkout = new Checkout(stack.env);
    checkout.change("bucket", "sandbox", (config: Config) => {
      delete config["access-plane:loadBalancer"];
      config["access-plane:agents"] = {};
      config["access-plane:teleport"] = {
        sessionRecordings: `s3://${BUCKET}?region=eu-central-1`,
        recordings: { bucket: { eksCluster: CLUSTER, retentionDays: 400 } },
      };
      liftProtection(config);
    });
    const { Subnets = [] } = await awsOf(stack.env).ec2.send(new DescribeSubnetsCommand({}));
    await new EKSClient(awsConfig(stack.env)).send(
      new CreateClusterCommand({
        name: CLUSTER,
        roleArn: "arn:aws:iam::123456789012:role/eks",
        resourcesVpcConfig: { subnetIds: Subnets.flatMap(({ SubnetId }) => SubnetId ?? []) },
      }),
    );
    job = await PipelineIdentity.make(stack, "up");
    await job.grant();
    // The job looks at this bucket before it deploys.
    await job.allow("aws.json", { RECORDINGS_BUCKET: BUCKET });
  });
  after(async () => {
    job.remove();
    checkout.remove();
    await stack.stop();
  });

  const run = (code: number, command: string, ...args: string[]) =>
    checkout.run(code, [command, "--stack", "sandbox", ...args], job.env);
  /** Why AWS refuses the job something; nothing when it does not. */
  const refusal = (asked: Promise<unknown>) =>
    asked.then(
      () => undefined,
      (error: unknown) => (error as Error).name,
    );

  it("may not make it with the rights of `up` alone", async () => {
    const { stdout, stderr } = await run(EXIT.FAILED, "up", "--yes", "--deadline", "15m");
    assert.match(stdout + stderr, /not authorized to perform: (s3:CreateBucket|iam:CreateRole)/);
  });

  it("makes bucket, role and association with the rights for them", async () => {
    await job.allow("aws-recordings.json", { RECORDINGS_BUCKET: BUCKET, EKS_CLUSTER: CLUSTER });
    await run(EXIT.OK, "up", "--yes", "--deadline", "15m");
    await awsOf(stack.env).s3.send(new HeadBucketCommand({ Bucket: BUCKET }));
  });

  it("reads all of it back, and changes it", async () => {
    await run(EXIT.OK, "preview", "--refresh", "--expect-no-changes");
    checkout.change("retention", "sandbox", (config: Config) => {
      const { recordings } = config["access-plane:teleport"] as {
        recordings: { bucket: { retentionDays: number } };
      };
      recordings.bucket.retentionDays = 800;
    });
    await run(EXIT.OK, "up", "--yes", "--refresh", "--deadline", "15m");
  });

  it("may make no other bucket and no other role", async () => {
    const s3 = new S3Client({ ...awsConfig(job.env), forcePathStyle: true });
    const iam = new IAMClient(awsConfig(job.env));
    const bucket = new CreateBucketCommand({
      Bucket: "another",
      CreateBucketConfiguration: { LocationConstraint: "eu-central-1" },
    });
    assert.equal(await refusal(s3.send(bucket)), "AccessDenied");
    const role = { RoleName: "administrator", AssumeRolePolicyDocument: "{}" };
    assert.equal(await refusal(iam.send(new CreateRoleCommand(role))), "AccessDenied");
  });

  it("takes the role down, and leaves the bucket", async () => {
    await run(EXIT.OK, "destroy", "--yes", "--allow", "all", "--deadline", "15m");
    await awsOf(stack.env).s3.send(new HeadBucketCommand({ Bucket: BUCKET }));
  });
});
