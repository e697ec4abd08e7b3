/** The AWS API emulator (moto), and the account in which the stack creates its load balancer. */
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  CreateLaunchTemplateCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import type { ResourceType, TagSpecification } from "@aws-sdk/client-ec2";
import {
  CreateHostedZoneCommand,
  ListHostedZonesByNameCommand,
  Route53Client,
} from "@aws-sdk/client-route-53";
import { join } from "node:path";
import { healthy } from "../http.ts";
import { checkout } from "../layout.ts";
import type { Part, Sandbox, Step } from "../part.ts";
import { toolPath } from "../../setup/tools.ts";

/** The region of all AWS resources. */
export const region = "eu-central-1";

const cluster = "lumie";
const zone = "lumie-infra.com";
const network = "10.20.0.0/16";

/** The emulator's address. */
export function awsEndpoint({ ports }: Pick<Sandbox, "ports">): string {
  return `http://127.0.0.1:${ports["aws"]}`;
}

export const aws: Part = {
  name: "aws",
  after: [],
  ports: ["aws"],
  requires: () => [toolPath("moto-python")],
  command: ({ layout, ports, secrets }) => ({
    file: toolPath("moto-python"),
    args: [
      join(checkout, "sandbox/aws/server.py"),
      `--port=${ports["aws"]}`,
      `--state=${layout.aws}`,
    ],
    env: {
      PYTHONUNBUFFERED: "1",
      PYTHONDONTWRITEBYTECODE: "1",
      AWS_DEFAULT_REGION: region,
      // The emulator accepts only requests signed with these keys.
      AWS_ACCESS_KEY_ID: secrets.awsAccessKeyId,
      AWS_SECRET_ACCESS_KEY: secrets.awsSecretAccessKey,
      MOTO_PORT: String(ports["aws"]),
    },
  }),
  ready: (sandbox) => healthy(`${awsEndpoint(sandbox)}/sandbox/ready`),
};

/** Creates network, nodes and hosted zone, unless a name or tag finds them. server.py creates the bucket. */
export const account: Step = {
  name: "aws-account",
  after: ["aws"],
  run: async (sandbox) => {
    const options = clientOptions(sandbox);
    const ec2 = new EC2Client(options);
    const vpc = await ensureVpc(ec2);
    const [subnets, group] = await Promise.all([
      ensureSubnets(ec2, vpc),
      ensureSecurityGroup(ec2, vpc),
    ]);
    await ensureNodes(ec2, new AutoScalingClient(options), subnets, group);
    await ensureZone(new Route53Client(options));
  },
};

/** Options for an AWS client of this sandbox. */
export function clientOptions(sandbox: Sandbox) {
  return {
    region,
    endpoint: awsEndpoint(sandbox),
    credentials: {
      accessKeyId: sandbox.secrets.awsAccessKeyId,
      secretAccessKey: sandbox.secrets.awsSecretAccessKey,
    },
  };
}

async function ensureVpc(ec2: EC2Client): Promise<string> {
  const found = await ec2.send(new DescribeVpcsCommand({ Filters: [byName(cluster)] }));
  const made =
    found.Vpcs?.[0] ??
    (
      await ec2.send(
        new CreateVpcCommand({
          CidrBlock: network,
          TagSpecifications: tagged("vpc", { Name: cluster }),
        }),
      )
    ).Vpc;
  return present(made?.VpcId, "VPC");
}

async function ensureSubnets(ec2: EC2Client, vpc: string): Promise<string[]> {
  const found = await ec2.send(
    new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [vpc] }] }),
  );
  return Promise.all(
    ["a", "b", "c"].map(async (letter, index) => {
      const block = `10.20.${index}.0/24`;
      const there = found.Subnets?.find(({ CidrBlock }) => CidrBlock === block);
      if (there !== undefined) return present(there.SubnetId, "subnet");
      const { Subnet } = await ec2.send(
        new CreateSubnetCommand({
          VpcId: vpc,
          CidrBlock: block,
          AvailabilityZone: `${region}${letter}`,
          TagSpecifications: tagged("subnet", {
            Name: `${cluster}-public-${letter}`,
            "kubernetes.io/role/elb": "1",
          }),
        }),
      );
      return present(Subnet?.SubnetId, "subnet");
    }),
  );
}

async function ensureSecurityGroup(ec2: EC2Client, vpc: string): Promise<string> {
  const name = `${cluster}-nodes`;
  const found = await ec2.send(
    new DescribeSecurityGroupsCommand({
      Filters: [byName(name), { Name: "vpc-id", Values: [vpc] }],
    }),
  );
  const there = found.SecurityGroups?.[0]?.GroupId;
  if (there !== undefined) return there;
  const made = await ec2.send(
    new CreateSecurityGroupCommand({
      GroupName: name,
      Description: "Nodes of the cluster",
      VpcId: vpc,
      TagSpecifications: tagged("security-group", { Name: name }),
    }),
  );
  return present(made.GroupId, "security group");
}

/** Creates an Auto Scaling group of two instances with the tag that marks nodes of the cluster. */
async function ensureNodes(
  ec2: EC2Client,
  scaling: AutoScalingClient,
  subnets: string[],
  securityGroup: string,
): Promise<void> {
  const name = `${cluster}-nodes`;
  const groups = await scaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }),
  );
  if (groups.AutoScalingGroups?.[0] !== undefined) return;
  const templates = await ec2.send(
    new DescribeLaunchTemplatesCommand({
      Filters: [{ Name: "launch-template-name", Values: [name] }],
    }),
  );
  if (templates.LaunchTemplates?.[0] === undefined) {
    const images = await ec2.send(new DescribeImagesCommand({ Owners: ["amazon"] }));
    await ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: name,
        LaunchTemplateData: {
          ImageId: present(images.Images?.[0]?.ImageId, "machine image"),
          InstanceType: "t3.large",
          SecurityGroupIds: [securityGroup],
        },
      }),
    );
  }
  const tags = { Name: name, [`kubernetes.io/cluster/${cluster}`]: "owned" };
  await scaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: name,
      LaunchTemplate: { LaunchTemplateName: name, Version: "$Latest" },
      MinSize: 2,
      MaxSize: 4,
      DesiredCapacity: 2,
      VPCZoneIdentifier: subnets.join(","),
      Tags: Object.entries(tags).map(([Key, Value]) => ({
        Key,
        Value,
        PropagateAtLaunch: true,
        ResourceId: name,
        ResourceType: "auto-scaling-group",
      })),
    }),
  );
}

async function ensureZone(route53: Route53Client): Promise<void> {
  const found = await route53.send(new ListHostedZonesByNameCommand({ DNSName: zone }));
  if (found.HostedZones?.some(({ Name }) => Name === `${zone}.`) === true) return;
  await route53.send(new CreateHostedZoneCommand({ Name: zone, CallerReference: "sandbox" }));
}

const byName = (name: string) => ({ Name: "tag:Name", Values: [name] });

function tagged(kind: ResourceType, tags: Record<string, string>): TagSpecification[] {
  return [
    {
      ResourceType: kind,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    },
  ];
}

function present(id: string | undefined, what: string): string {
  if (id === undefined) throw new Error(`The AWS emulator returned no id of the ${what}.`);
  return id;
}
