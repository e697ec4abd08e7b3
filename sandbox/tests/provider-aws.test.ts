import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  EC2Client,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { CreateClusterCommand, EKSClient } from "@aws-sdk/client-eks";
import { CreateHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import {
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { Secret, UNKNOWN, type Props } from "../src/providers/framework.ts";
import { toolPath } from "../src/setup/tools.ts";
import { answering, freePort, Plugin, Process, urn } from "./provider-tables-support.ts";

const REGION = "eu-central-1";
/** moto with the sandbox's Pod Identity operations. */
const SERVER = `
import sys
sys.path.insert(0, ${JSON.stringify(fileURLToPath(new URL("../aws", import.meta.url)))})
import moto_import, pod_identity
from moto.server import main
moto_import.imported()
pod_identity.add()
main()
`;
const LB = "aws:lb/loadBalancer:LoadBalancer";
const GROUP = "aws:lb/targetGroup:TargetGroup";
const LISTENER = "aws:lb/listener:Listener";
const SECURITY = "aws:ec2/securityGroup:SecurityGroup";
const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
const RECORD = "aws:route53/record:Record";
const BUCKET = "aws:s3/bucket:Bucket";
const ROLE = "aws:iam/role:Role";
const ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation";
const ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy";

describe("aws stand-in against the AWS API emulator", function () {
  this.timeout(60_000);
  let moto: Process;
  let aws: Plugin;
  let endpoint: string;
  let vpcId: string;
  let subnets: string[];
  let instances: string[];
  let zoneId: string;
  let elb: ElasticLoadBalancingV2Client;
  const keys = { accessKeyId: "test", secretAccessKey: "test" };
  const env = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
  const config = () => ({
    region: REGION,
    defaultTags: { tags: { owner: "platform" } },
    s3UsePathStyle: true,
    skipCredentialsValidation: false,
  });

  before(async () => {
    const port = await freePort();
    endpoint = `http://127.0.0.1:${port}`;
    moto = new Process(toolPath("moto-python"), [
      "-c",
      SERVER,
      "-H",
      "127.0.0.1",
      "-p",
      String(port),
    ]);
    await answering(endpoint, moto);
    await seed();
    aws = await Plugin.start("aws", config(), { ...env, AWS_ENDPOINT_URL: endpoint });
  });
  after(async () => {
    await aws.stop();
    await moto.stop();
  });

  async function seed(): Promise<void> {
    const at = { region: REGION, endpoint, credentials: keys };
    const ec2 = new EC2Client(at);
    elb = new ElasticLoadBalancingV2Client(at);
    const tags = (ResourceType: "vpc" | "instance" | "subnet", Key: string, Value: string) => [
      { ResourceType, Tags: [{ Key, Value }] },
    ];
    const vpc = await ec2.send(
      new CreateVpcCommand({
        CidrBlock: "10.0.0.0/16",
        TagSpecifications: tags("vpc", "Name", "lumie"),
      }),
    );
    vpcId = vpc.Vpc!.VpcId!;
    subnets = [];
    for (const [index, zone] of ["a", "b", "c"].entries()) {
      const made = await ec2.send(
        new CreateSubnetCommand({
          VpcId: vpcId,
          CidrBlock: `10.0.${index}.0/24`,
          AvailabilityZone: `${REGION}${zone}`,
          TagSpecifications: tags("subnet", "kubernetes.io/role/elb", "1"),
        }),
      );
      subnets.push(made.Subnet!.SubnetId!);
    }
    const image = (await ec2.send(new DescribeImagesCommand({}))).Images![0]!.ImageId!;
    const run = await ec2.send(
      new RunInstancesCommand({
        ImageId: image,
        MinCount: 2,
        MaxCount: 2,
        SubnetId: subnets[0]!,
        TagSpecifications: tags("instance", "kubernetes.io/cluster/lumie", "owned"),
      }),
    );
    instances = run.Instances!.map((instance) => instance.InstanceId!);
    const scaling = new AutoScalingClient(at);
    await scaling.send(
      new CreateLaunchConfigurationCommand({
        LaunchConfigurationName: "nodes",
        ImageId: image,
        InstanceType: "t3.micro",
      }),
    );
    await scaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: "nodes",
        LaunchConfigurationName: "nodes",
        MinSize: 0,
        MaxSize: 1,
        VPCZoneIdentifier: subnets[0]!,
      }),
    );
    const zone = await new Route53Client(at).send(
      new CreateHostedZoneCommand({ Name: "lumie-infra.com", CallerReference: "1" }),
    );
    zoneId = zone.HostedZone!.Id!.split("/").at(-1)!;
  }

  const balancer = (extra: Props = {}): Props => ({
    loadBalancerType: "network",
    internal: true,
    subnets,
    ...extra,
  });
  const group = (extra: Props = {}): Props => ({
    port: 30443,
    protocol: "TCP",
    vpcId,
    preserveClientIp: "true",
    proxyProtocolV2: false,
    deregistrationDelay: 60,
    healthCheck: { protocol: "HTTPS", path: "/webapi/ping", matcher: "200", interval: 10 },
    ...extra,
  });

  /** Asserts that a second run and a refresh show no change, and returns what an import finds. */
  async function settled(
    token: string,
    name: string,
    made: { id: string; outs: Props },
    news: Props,
    inputs: Props,
    /** What an import writes before the id. */
    before = "",
  ) {
    const again = await aws.check(urn(token, name), news, inputs);
    assert.deepEqual(again.failures, []);
    const diff = await aws.diff(urn(token, name), made.id, made.outs, again.inputs, inputs);
    assert.deepEqual(diff.paths, [], `${token}: second run changes`);
    assert.equal(diff.changes, false);
    const read = await aws.read(urn(token, name), made.id, made.outs, inputs);
    assert.ok(read, `${token} is gone`);
    const refreshed = await aws.diff(
      urn(token, name),
      made.id,
      read.outs,
      again.inputs,
      read.inputs,
    );
    assert.deepEqual(refreshed.paths, [], `${token}: changes after refresh`);
    const imported = await aws.read(urn(token, name), before + made.id);
    assert.ok(imported, `${token} cannot be imported`);
    const afterImport = await aws.diff(urn(token, name), imported.id, imported.outs, again.inputs);
    return { again: again.inputs, imported, afterImport };
  }

  it("creates, updates and deletes a network load balancer with all its parts", async () => {
    const lbUrn = urn(LB, "teleport");
    const news = balancer({ enableCrossZoneLoadBalancing: true, tags: { team: "access" } });
    const preview = await aws.create(lbUrn, (await aws.check(lbUrn, news)).inputs, true);
    assert.equal(preview.outs["arn"], UNKNOWN);
    assert.equal(preview.outs["dnsName"], UNKNOWN);
    assert.equal(preview.outs["region"], REGION);
    assert.deepEqual(preview.outs["tagsAll"], { owner: "platform", team: "access" });

    const lb = await aws.make(lbUrn, news);
    assert.match(String(lb.outs["name"]), /^teleport-[0-9a-f]{7}$/);
    assert.match(String(lb.outs["arn"]), /^arn:aws:elasticloadbalancing:/);
    assert.match(String(lb.outs["arnSuffix"]), /^(net|app)\/teleport-/);
    assert.ok(lb.outs["dnsName"] && lb.outs["zoneId"]);
    assert.equal(lb.outs["vpcId"], vpcId);
    assert.equal(lb.outs["enableCrossZoneLoadBalancing"], true);
    assert.deepEqual(lb.outs["tags"], { team: "access" });
    const { again, afterImport } = await settled(LB, "teleport", lb, news, lb.inputs);
    assert.deepEqual(afterImport.paths, []);

    const protectedInputs = (
      await aws.check(lbUrn, { ...news, enableDeletionProtection: true }, again)
    ).inputs;
    const diff = await aws.diff(lbUrn, lb.id, lb.outs, protectedInputs, lb.inputs);
    assert.deepEqual(diff.paths, ["enableDeletionProtection"]);
    assert.deepEqual(diff.replaces, []);
    const locked = await aws.update(lbUrn, lb.id, lb.outs, protectedInputs);
    assert.equal(locked["enableDeletionProtection"], true);
    await assert.rejects(
      aws.delete(lbUrn, lb.id, locked),
      /deletion protection|OperationNotPermitted/i,
    );
    const open = await aws.update(lbUrn, lb.id, locked, again);

    const internal = await aws.check(
      lbUrn,
      { ...news, internal: false, subnets: subnets.slice(1) },
      again,
    );
    const replaced = await aws.diff(lbUrn, lb.id, open, internal.inputs, lb.inputs);
    assert.deepEqual(replaced.replaces.sort(), ["internal", "subnets"]);
    assert.equal(replaced.deleteBeforeReplace, false, "a generated name allows both to exist");
    const named = await aws.diff(lbUrn, lb.id, open, {
      ...news,
      internal: false,
      name: lb.outs["name"]!,
    });
    assert.equal(
      named.deleteBeforeReplace,
      true,
      "two load balancers cannot have the same fixed name",
    );

    const tg = await aws.make(urn(GROUP, "proxies"), group());
    assert.equal(tg.outs["preserveClientIp"], "true");
    assert.match(String(tg.outs["arnSuffix"]), /^targetgroup\/proxies-/);
    const listenerInputs: Props = {
      loadBalancerArn: lb.id,
      port: 443,
      protocol: "TCP",
      defaultActions: [{ type: "forward", targetGroupArn: tg.id }],
    };
    const listener = await aws.make(urn(LISTENER, "https"), listenerInputs);
    const settledListener = await settled(
      LISTENER,
      "https",
      listener,
      listenerInputs,
      listener.inputs,
    );
    assert.deepEqual(settledListener.afterImport.paths, []);
    const moved = await aws.diff(urn(LISTENER, "https"), listener.id, listener.outs, {
      ...listener.inputs,
      loadBalancerArn: "arn:other",
    });
    assert.deepEqual(moved.replaces, ["loadBalancerArn"]);

    await aws.delete(urn(LISTENER, "https"), listener.id, listener.outs);
    await aws.delete(urn(GROUP, "proxies"), tg.id, tg.outs);
    await aws.delete(lbUrn, lb.id, open);
    await aws.delete(lbUrn, lb.id, open);
    assert.equal(await aws.read(lbUrn, lb.id, open, lb.inputs), undefined);
  });

  it("updates a target group, detects drift, and replaces it for a new port", async () => {
    const id = urn(GROUP, "drift");
    const tg = await aws.make(id, group());
    const { again, afterImport } = await settled(GROUP, "drift", tg, group(), tg.inputs);
    assert.deepEqual(afterImport.paths, []);

    await elb.send(
      new ModifyTargetGroupAttributesCommand({
        TargetGroupArn: tg.id,
        Attributes: [{ Key: "preserve_client_ip.enabled", Value: "false" }],
      }),
    );
    const read = await aws.read(id, tg.id, tg.outs, tg.inputs);
    assert.equal(read!.outs["preserveClientIp"], "false");
    const drift = await aws.diff(id, tg.id, read!.outs, again, read!.inputs);
    assert.deepEqual(drift.paths, ["preserveClientIp"]);
    const fixed = await aws.update(id, tg.id, read!.outs, again);
    assert.equal(fixed["preserveClientIp"], "true");

    const check = { protocol: "TCP", interval: 30 };
    const changed = await aws.check(
      id,
      group({ healthCheck: check, proxyProtocolV2: true }),
      again,
    );
    const diff = await aws.diff(id, tg.id, fixed, changed.inputs, again);
    assert.ok(
      diff.paths.includes("healthCheck.protocol") && diff.paths.includes("proxyProtocolV2"),
    );
    const updated = await aws.update(id, tg.id, fixed, changed.inputs);
    assert.equal(updated["proxyProtocolV2"], true);
    assert.equal((updated["healthCheck"] as Props)["protocol"], "TCP");

    const port = await aws.diff(id, tg.id, updated, { ...changed.inputs, port: 30444 });
    assert.deepEqual(port.replaces, ["port"]);
    const unknown = await aws.diff(id, tg.id, updated, { ...changed.inputs, port: UNKNOWN });
    assert.deepEqual(unknown.replaces, ["port"]);
    await aws.delete(id, tg.id, updated);
  });

  it("registers targets and Auto Scaling groups", async () => {
    const tg = await aws.make(urn(GROUP, "targets"), group());
    const token = "aws:lb/targetGroupAttachment:TargetGroupAttachment";
    const news: Props = { targetGroupArn: tg.id, targetId: instances[0]!, port: 30443 };
    const one = await aws.make(urn(token, "node"), news);
    assert.equal(one.id, `${tg.id},${instances[0]},30443`);
    assert.deepEqual((await settled(token, "node", one, news, one.inputs)).afterImport.paths, []);
    const health = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: tg.id }));
    assert.equal(health.TargetHealthDescriptions![0]!.Target!.Id, instances[0]);
    await aws.delete(urn(token, "node"), one.id, one.outs);
    assert.equal(await aws.read(urn(token, "node"), one.id, one.outs, one.inputs), undefined);

    const scaling = "aws:autoscaling/attachment:Attachment";
    const wanted: Props = { autoscalingGroupName: "nodes", lbTargetGroupArn: tg.id };
    const attached = await aws.make(urn(scaling, "asg"), wanted);
    await settled(scaling, "asg", attached, wanted, attached.inputs);
    const found = await aws.invoke("aws:autoscaling/getGroup:getGroup", { name: "nodes" });
    assert.deepEqual(found["targetGroupArns"], [tg.id]);
    await aws.delete(urn(scaling, "asg"), attached.id, attached.outs);
    await aws.delete(urn(scaling, "asg"), attached.id, attached.outs);
    assert.equal(await aws.read(urn(scaling, "asg"), attached.id, attached.outs), undefined);
    await aws.delete(urn(GROUP, "targets"), tg.id, tg.outs);
  });

  it("creates security group rules as separate resources", async () => {
    const sg = await aws.make(urn(SECURITY, "nlb"), { vpcId, description: "clients" });
    assert.deepEqual(sg.outs["egress"], [], "a new group has no egress rule");
    assert.match(String(sg.outs["arn"]), /:security-group\/sg-/);
    const sgNews: Props = { vpcId, description: "clients" };
    assert.deepEqual((await settled(SECURITY, "nlb", sg, sgNews, sg.inputs)).afterImport.paths, []);

    const ingress: Props = {
      securityGroupId: sg.id,
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
      cidrIpv4: "0.0.0.0/0",
      description: "clients",
      tags: { rule: "clients" },
    };
    const rule = await aws.make(urn(INGRESS, "clients"), ingress);
    assert.match(rule.id, /^sgr-/);
    assert.deepEqual(
      (await settled(INGRESS, "clients", rule, ingress, rule.inputs)).afterImport.paths,
      [],
    );
    const egress: Props = {
      securityGroupId: sg.id,
      ipProtocol: "tcp",
      fromPort: 30443,
      toPort: 30443,
      referencedSecurityGroupId: sg.id,
    };
    const out = await aws.make(urn(EGRESS, "nodes"), egress);
    assert.deepEqual(
      (await settled(EGRESS, "nodes", out, egress, out.inputs)).afterImport.paths,
      [],
    );
    const change = await aws.diff(urn(INGRESS, "clients"), rule.id, rule.outs, {
      ...rule.inputs,
      cidrIpv4: "10.0.0.0/8",
    });
    assert.deepEqual(change.paths, ["cidrIpv4"]);
    assert.deepEqual(change.replaces, []);

    const both = await aws.check(urn(INGRESS, "bad"), { ...ingress, cidrIpv6: "::/0" });
    assert.match(both.failures[0]!.reason, /Exactly one of cidrIpv4/);

    const old: Props = {
      type: "ingress",
      securityGroupId: sg.id,
      protocol: "tcp",
      fromPort: 22,
      toPort: 22,
      cidrBlocks: ["10.0.0.0/8"],
    };
    const token = "aws:ec2/securityGroupRule:SecurityGroupRule";
    const older = await aws.make(urn(token, "ssh"), old);
    await settled(token, "ssh", { id: older.id, outs: older.outs }, old, older.inputs).catch(
      (error: unknown) => assert.match((error as Error).message, /must have the form/),
    );
    await aws.delete(urn(token, "ssh"), older.id, older.outs);

    await aws.delete(urn(INGRESS, "clients"), rule.id, rule.outs);
    await aws.delete(urn(INGRESS, "clients"), rule.id, rule.outs);
    assert.equal(await aws.read(urn(INGRESS, "clients"), rule.id, rule.outs), undefined);
    await aws.delete(urn(EGRESS, "nodes"), out.id, out.outs);
    await aws.delete(urn(SECURITY, "nlb"), sg.id, sg.outs);
    assert.equal(await aws.read(urn(SECURITY, "nlb"), sg.id, sg.outs), undefined);
  });

  it("creates alias records of apex and wildcard for a load balancer", async () => {
    const lb = await aws.make(urn(LB, "dns"), balancer());
    const alias: Props = {
      name: lb.outs["dnsName"]!,
      zoneId: lb.outs["zoneId"]!,
      evaluateTargetHealth: true,
    };
    for (const name of ["lumie-infra.com", "*.lumie-infra.com"]) {
      const news: Props = { zoneId, name, type: "A", aliases: [alias] };
      const record = await aws.make(urn(RECORD, name), news);
      assert.equal(record.id, `${zoneId}_${name}_A`);
      assert.equal(record.outs["fqdn"], name);
      assert.deepEqual(
        (await settled(RECORD, name, record, news, record.inputs)).afterImport.paths,
        [],
      );
      await assert.rejects(aws.make(urn(RECORD, "twice"), news), /exists/);
      const over = await aws.make(urn(RECORD, "over"), { ...news, allowOverwrite: true });
      assert.equal(over.id, record.id);
      await aws.delete(urn(RECORD, name), record.id, record.outs);
      await aws.delete(urn(RECORD, name), record.id, record.outs);
      assert.equal(await aws.read(urn(RECORD, name), record.id, record.outs), undefined);
    }
    const news: Props = { zoneId, name: "txt", type: "TXT", ttl: 60, records: ["hello world"] };
    const record = await aws.make(urn(RECORD, "txt"), news);
    assert.equal(record.outs["fqdn"], "txt.lumie-infra.com");
    await settled(RECORD, "txt", record, news, record.inputs);
    const updated = await aws.update(urn(RECORD, "txt"), record.id, record.outs, {
      ...news,
      ttl: 300,
    });
    assert.equal(updated["ttl"], 300);
    await aws.delete(urn(RECORD, "txt"), record.id, updated);
    await aws.delete(urn(LB, "dns"), lb.id, lb.outs);
  });

  it("runs the lookup functions", async () => {
    const found = await aws.invoke("aws:ec2/getVpc:getVpc", { tags: { Name: "lumie" } });
    assert.equal(found["id"], vpcId);
    const filters = [
      { name: "vpc-id", values: [vpcId] },
      { name: "tag:kubernetes.io/role/elb", values: ["1"] },
    ];
    const nets = await aws.invoke("aws:ec2/getSubnets:getSubnets", { filters });
    assert.deepEqual([...(nets["ids"] as string[])].sort(), [...subnets].sort());
    const net = await aws.invoke("aws:ec2/getSubnet:getSubnet", { id: subnets[1]! });
    assert.equal(net["availabilityZone"], `${REGION}b`);
    const nodes = await aws.invoke("aws:ec2/getInstances:getInstances", {
      instanceTags: { "kubernetes.io/cluster/lumie": "owned" },
      instanceStateNames: ["running"],
    });
    assert.deepEqual([...(nodes["ids"] as string[])].sort(), [...instances].sort());
    const one = await aws.invoke("aws:ec2/getSecurityGroup:getSecurityGroup", {
      vpcId,
      name: "default",
    });
    assert.match(String(one["id"]), /^sg-/);
    const all = await aws.invoke("aws:ec2/getSecurityGroups:getSecurityGroups", {
      filters: [filters[0]!],
    });
    assert.deepEqual(all["ids"], [one["id"]]);
    await assert.rejects(
      aws.invoke("aws:ec2/getSecurityGroup:getSecurityGroup", { name: "nobody" }),
      /no matching EC2 Security Group found/,
    );
    const zone = await aws.invoke("aws:route53/getZone:getZone", { name: "lumie-infra.com." });
    assert.equal(zone["zoneId"], zoneId);
    assert.equal(zone["name"], "lumie-infra.com");
    assert.equal((await aws.invoke("aws:index/getRegion:getRegion", {}))["region"], REGION);
    const me = await aws.invoke("aws:index/getCallerIdentity:getCallerIdentity", {});
    assert.match(String(me["accountId"]), /^\d{12}$/);
    assert.equal((await aws.invoke("aws:index/getPartition:getPartition", {}))["partition"], "aws");
  });

  const statement = (fields: object) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...fields }] });

  describe("with a bucket", () => {
    const name = "recordings-of-test";
    const s3 = () =>
      new S3Client({ region: REGION, endpoint, credentials: keys, forcePathStyle: true });
    let made: Awaited<ReturnType<Plugin["make"]>>;
    const news: Props = { bucket: name, tags: { team: "access" } };

    before(async () => {
      made = await aws.make(urn(BUCKET, "recordings"), news);
    });

    it("creates the bucket with tags in the region, and refuses a second bucket of that name", async () => {
      assert.equal(made.id, name);
      assert.equal(made.outs["bucketRegion"], REGION);
      assert.deepEqual(made.outs["tagsAll"], { owner: "platform", team: "access" });
      const { afterImport } = await settled(BUCKET, "recordings", made, news, made.inputs);
      assert.deepEqual(afterImport.paths, []);
      await assert.rejects(
        aws.make(urn(BUCKET, "again"), news),
        /creating S3 Bucket \(recordings-of-test\): BucketAlreadyOwnedByYou/,
      );
      const { inputs } = await aws.check(urn(BUCKET, "recordings"), { bucket: name });
      const bare = await aws.update(urn(BUCKET, "recordings"), made.id, made.outs, inputs);
      assert.deepEqual(bare["tagsAll"], { owner: "platform" });
      await assert.rejects(
        aws.make(urn(BUCKET, "bad"), { bucket: "Upper" }),
        /not a valid bucket name/,
      );
      await assert.rejects(
        aws.make(urn(BUCKET, "old"), { acl: "private" }),
        /does not support .*acl.* of a bucket/,
      );
    });

    /** Inputs, changed inputs, and the paths that differ. */
    const PARTS: [token: string, news: Props, changed: Props, paths: string[]][] = [
      [
        "aws:s3/bucketVersioning:BucketVersioning",
        { versioningConfiguration: { status: "Enabled" } },
        { versioningConfiguration: { status: "Suspended" } },
        ["versioningConfiguration.status"],
      ],
      [
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        {
          rules: [
            {
              bucketKeyEnabled: true,
              applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" },
            },
          ],
        },
        { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
        ["rules"],
      ],
      [
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        {
          blockPublicAcls: true,
          blockPublicPolicy: true,
          ignorePublicAcls: true,
          restrictPublicBuckets: true,
        },
        { blockPublicAcls: true, ignorePublicAcls: true, restrictPublicBuckets: true },
        ["blockPublicPolicy"],
      ],
      [
        "aws:s3/bucketPolicy:BucketPolicy",
        { policy: statement({ Principal: "*", Action: "s3:*", Resource: "*" }) },
        { policy: statement({ Principal: "*", Action: "s3:GetObject", Resource: "*" }) },
        ["policy"],
      ],
      [
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        {
          rules: [
            {
              id: "abandoned",
              status: "Enabled",
              filter: {},
              abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
            },
            {
              id: "retention",
              status: "Enabled",
              filter: {},
              expiration: { days: 90 },
              noncurrentVersionExpiration: { noncurrentDays: 90 },
            },
          ],
        },
        {
          rules: [{ id: "retention", status: "Enabled", filter: {}, expiration: { days: 30 } }],
        },
        ["rules"],
      ],
    ];
    for (const [token, given, changed, paths] of PARTS) {
      const kind = token.split(":").at(-1) ?? "";
      it(`creates, changes and deletes the bucket's ${kind}`, async () => {
        const at = urn(token, "recordings");
        const part = await aws.make(at, { bucket: name, ...given });
        assert.equal(part.id, name);
        const inputs = { bucket: name, ...given };
        const { again, afterImport } = await settled(
          token,
          "recordings",
          part,
          inputs,
          part.inputs,
        );
        assert.deepEqual(afterImport.paths, []);
        const other = await aws.check(at, { bucket: name, ...changed }, again);
        const diff = await aws.diff(at, part.id, part.outs, other.inputs, again);
        assert.deepEqual(diff.paths, paths);
        assert.deepEqual(diff.replaces, []);
        const updated = await aws.update(at, part.id, part.outs, other.inputs);
        const read = await aws.read(at, part.id, updated, other.inputs);
        const settledDiff = await aws.diff(at, part.id, read!.outs, other.inputs, read!.inputs);
        assert.deepEqual(settledDiff.paths, []);
        await aws.delete(at, part.id, updated);
        await aws.delete(at, part.id, updated);
        if (kind !== "BucketVersioning") {
          assert.equal(await aws.read(at, part.id, updated, other.inputs), undefined);
        }
        const elsewhere = { bucket: "nobody-has-this-bucket", ...given };
        await assert.rejects(aws.make(at, elsewhere), /creating S3 Bucket .*NoSuchBucket/);
      });
    }

    it("deletes the bucket only if it is empty", async () => {
      const object = { Bucket: name, Key: "session.tar" };
      await s3().send(new PutObjectCommand({ ...object, Body: "recorded" }));
      const at = urn(BUCKET, "recordings");
      await assert.rejects(
        aws.delete(at, made.id, made.outs),
        /deleting S3 Bucket \(recordings-of-test\): BucketNotEmpty/,
      );
      const { Versions = [] } = await s3().send(new ListObjectVersionsCommand({ Bucket: name }));
      for (const { VersionId } of Versions) {
        await s3().send(new DeleteObjectCommand({ ...object, VersionId }));
      }
      await aws.delete(at, made.id, made.outs);
      await aws.delete(at, made.id, made.outs);
      assert.equal(await aws.read(at, made.id, made.outs, made.inputs), undefined);
    });
  });

  it("creates a role and its policy, and changes both in place", async () => {
    const trusts = (Service: string) =>
      statement({ Action: "sts:AssumeRole", Principal: { Service } });
    const news: Props = {
      namePrefix: "teleport-recordings-",
      description: "Records.",
      assumeRolePolicy: trusts("ec2.amazonaws.com"),
    };
    const role = await aws.make(urn(ROLE, "recorder"), news);
    assert.match(role.id, /^teleport-recordings-\d+$/);
    assert.match(String(role.outs["arn"]), /^arn:aws:iam::\d{12}:role\/teleport-recordings-/);
    assert.deepEqual(role.outs["tagsAll"], { owner: "platform" });
    const { again } = await settled(ROLE, "recorder", role, news, role.inputs);
    const policyNews: Props = {
      role: role.id,
      name: "recordings",
      policy: statement({ Action: "s3:PutObject", Resource: "*" }),
    };
    const policy = await aws.make(urn(ROLE_POLICY, "recorder"), policyNews);
    assert.equal(policy.id, `${role.id}:recordings`);
    const { afterImport } = await settled(
      ...([ROLE_POLICY, "recorder", policy, policyNews, policy.inputs] as const),
    );
    assert.deepEqual(afterImport.paths, []);

    const other = { ...again, assumeRolePolicy: trusts("pods.eks.amazonaws.com"), description: "" };
    const diff = await aws.diff(urn(ROLE, "recorder"), role.id, role.outs, other, again);
    assert.deepEqual([diff.paths, diff.replaces], [["assumeRolePolicy", "description"], []]);
    const updated = await aws.update(urn(ROLE, "recorder"), role.id, role.outs, other);
    assert.match(String(updated["assumeRolePolicy"]), /pods\.eks/);
    const narrow = {
      ...policy.inputs,
      policy: statement({ Action: "s3:GetObject", Resource: "*" }),
    };
    const written = await aws.update(urn(ROLE_POLICY, "r"), policy.id, policy.outs, narrow);
    assert.match(String(written["policy"]), /s3:GetObject/);

    await assert.rejects(
      aws.delete(urn(ROLE, "recorder"), role.id, updated),
      /deleting IAM Role \(teleport-recordings-\d+\): DeleteConflict/,
    );
    await aws.delete(urn(ROLE_POLICY, "recorder"), policy.id, written);
    await aws.delete(urn(ROLE_POLICY, "recorder"), policy.id, written);
    await aws.delete(urn(ROLE, "recorder"), role.id, updated);
    assert.equal(await aws.read(urn(ROLE, "recorder"), role.id, updated), undefined);
    const wrong = { ...news, assumeRolePolicy: "no JSON" };
    await assert.rejects(aws.make(urn(ROLE, "bad"), wrong), /invalid JSON policy/);
  });

  it("associates a service account of an EKS cluster with only one role", async () => {
    const eks = new EKSClient({ region: REGION, endpoint, credentials: keys });
    const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
    const resourcesVpcConfig = { subnetIds: subnets };
    await eks.send(
      new CreateClusterCommand({ name: "lumie", roleArn: role("eks"), resourcesVpcConfig }),
    );
    const at = urn(ASSOCIATION, "recorder");
    const news: Props = {
      ...{ clusterName: "lumie", namespace: "teleport", serviceAccount: "teleport" },
      roleArn: role("one"),
    };
    const made = await aws.make(at, news);
    assert.match(String(made.outs["associationArn"]), /:podidentityassociation\/lumie\/a-\w{17}$/);
    assert.deepEqual(made.outs["tagsAll"], { owner: "platform" });
    const { again } = await settled(ASSOCIATION, "recorder", made, news, made.inputs, "lumie,");
    await assert.rejects(
      aws.make(urn(ASSOCIATION, "second"), news),
      /creating EKS Pod Identity Association .*ResourceInUse.*Association already exists/,
    );
    const other = { ...again, roleArn: role("two") };
    const diff = await aws.diff(at, made.id, made.outs, other, again);
    assert.deepEqual([diff.paths, diff.replaces], [["roleArn"], []]);
    const updated = await aws.update(at, made.id, made.outs, other);
    assert.equal(updated["roleArn"], role("two"));
    const moved = await aws.diff(at, made.id, updated, { ...other, namespace: "else" }, other);
    assert.deepEqual(moved.replaces, ["namespace"]);
    await aws.delete(at, made.id, updated);
    await aws.delete(at, made.id, updated);
    assert.equal(await aws.read(at, made.id, updated, other), undefined);
    const nowhere = { ...news, clusterName: "none" };
    await assert.rejects(aws.make(at, nowhere), /ResourceNotFound/);
  });

  it("reports invalid inputs", async () => {
    const { failures } = await aws.check(urn(GROUP, "bad"), { name: "x".repeat(33), prot: "TCP" });
    const text = failures.map(({ property, reason }) => `${property}: ${reason}`);
    assert.ok(
      text.some((line) => line.includes("Invalid or unknown key") && line.startsWith("prot")),
    );
    const more = await aws.check(urn(GROUP, "bad"), { ...group(), name: "x".repeat(33) });
    assert.deepEqual(more.failures, [
      { property: "name", reason: '"name" cannot be longer than 32 characters' },
    ]);
    const { failures: missing } = await aws.check(urn(LISTENER, "bad"), { port: 443 });
    assert.deepEqual(missing.map(({ property }) => property).sort(), [
      "defaultActions",
      "loadBalancerArn",
    ]);
  });

  it("keeps secret values secret", async () => {
    const tg = await aws.make(urn(GROUP, "hidden"), group({ tags: new Secret({ key: "value" }) }));
    assert.ok(tg.outs["tags"] instanceof Secret);
    await aws.delete(urn(GROUP, "hidden"), tg.id, tg.outs);
  });

  it("refuses a provider without a region", async () => {
    const saved = { AWS_REGION: "", AWS_DEFAULT_REGION: "", AWS_ENDPOINT_URL: endpoint, ...env };
    await assert.rejects(Plugin.start("aws", {}, saved), /aws:region/);
  });
});
