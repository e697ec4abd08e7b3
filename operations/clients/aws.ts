import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import {
  CreateSecurityGroupCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
  paginateDescribeSecurityGroupRules,
  type Filter,
  type SecurityGroup,
  type SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import {
  DescribeAccountLimitsCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  paginateDescribeTargetGroups,
  type Listener,
  type LoadBalancer,
  type TargetGroup,
  type TargetHealthDescription,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
  type ResourceRecordSet,
  type RRType,
} from "@aws-sdk/client-route-53";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { awsConfig, type AwsAccount } from "../base/aws-config";
import { plainRecordName } from "../base/record-name";

export type { Listener, LoadBalancer, ResourceRecordSet, SecurityGroupRule, TargetGroup };
export type { TargetHealthDescription };

/** What to look up: ids, a name or tags. */
export interface Selection {
  id?: string;
  name?: string;
  ids?: string[];
  tags?: Record<string, string>;
}

/** An Auto Scaling group. */
export interface ScalingGroup {
  /** Ids of its instances in service. */
  instances: string[];
  /** ARNs of the target groups to which it is attached. */
  targetGroups: string[];
}

const filtersOf = (tags: Record<string, string> = {}): Filter[] =>
  Object.entries(tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }));

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "");

/** Undefined if the object does not exist. Throws other errors. */
async function orNothing<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (/NotFound/.test(nameOf(error))) return undefined;
    throw error;
  }
}

async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const page of pages) list.push(page);
  return list;
}

/** What the checks need of AWS. Tests pass their own. */
export type AwsReader = Omit<
  Pick<LiveAws, keyof LiveAws>,
  "loadBalancers" | "targetGroupNamed" | "targetGroups" | "rulesAbout" | "securityGroup"
>;

/**
 * Reads the AWS APIs around the load balancer with the account and endpoint of a stack's settings.
 */
export class LiveAws {
  private readonly elb: ElasticLoadBalancingV2Client;
  private readonly ec2: EC2Client;
  private readonly route53: Route53Client;
  private readonly autoScaling: AutoScalingClient;
  private readonly sts: STSClient;

  /** `purpose` is part of the session name in CloudTrail. */
  constructor(account: AwsAccount, purpose: Parameters<typeof awsConfig>[1] = "verify") {
    const config = awsConfig(account, purpose);
    this.elb = new ElasticLoadBalancingV2Client(config);
    this.ec2 = new EC2Client(config);
    this.route53 = new Route53Client(config);
    this.autoScaling = new AutoScalingClient(config);
    this.sts = new STSClient(config);
  }

  /** ARN of the caller. */
  async identity(): Promise<string> {
    const { Arn = "" } = await this.sts.send(new GetCallerIdentityCommand({}));
    return Arn;
  }

  /** Undefined if there is no load balancer with this name. */
  async loadBalancer(name: string): Promise<LoadBalancer | undefined> {
    const command = new DescribeLoadBalancersCommand({ Names: [name] });
    return (await orNothing(this.elb.send(command)))?.LoadBalancers?.[0];
  }

  async loadBalancers(arns: string[]): Promise<LoadBalancer[]> {
    const command = new DescribeLoadBalancersCommand({ LoadBalancerArns: arns });
    return (await this.elb.send(command)).LoadBalancers ?? [];
  }

  async listeners(loadBalancerArn: string): Promise<Listener[]> {
    const command = new DescribeListenersCommand({ LoadBalancerArn: loadBalancerArn });
    return (await orNothing(this.elb.send(command)))?.Listeners ?? [];
  }

  async targetGroup(arn: string): Promise<TargetGroup | undefined> {
    const command = new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] });
    return (await this.elb.send(command)).TargetGroups?.[0];
  }

  async targetGroupNamed(name: string): Promise<TargetGroup | undefined> {
    const command = new DescribeTargetGroupsCommand({ Names: [name] });
    return (await orNothing(this.elb.send(command)))?.TargetGroups?.[0];
  }

  /** All target groups of the region. */
  async targetGroups(): Promise<TargetGroup[]> {
    const pages = await all(paginateDescribeTargetGroups({ client: this.elb }, {}));
    return pages.flatMap(({ TargetGroups = [] }) => TargetGroups);
  }

  async targetHealth(targetGroupArn: string): Promise<TargetHealthDescription[]> {
    const command = new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn });
    return (await this.elb.send(command)).TargetHealthDescriptions ?? [];
  }

  async securityGroupRules(groupId: string): Promise<SecurityGroupRule[]> {
    const command = new DescribeSecurityGroupRulesCommand({
      Filters: [{ Name: "group-id", Values: [groupId] }],
    });
    return (await this.ec2.send(command)).SecurityGroupRules ?? [];
  }

  /** Rules of a group, and rules of other groups that refer to it. */
  async rulesAbout(groupId: string): Promise<SecurityGroupRule[]> {
    const pages = await all(paginateDescribeSecurityGroupRules({ client: this.ec2 }, {}));
    return pages
      .flatMap(({ SecurityGroupRules = [] }) => SecurityGroupRules)
      .filter((rule) => [rule.GroupId, rule.ReferencedGroupInfo?.GroupId].includes(groupId));
  }

  async securityGroup(id: string): Promise<SecurityGroup | undefined> {
    const command = new DescribeSecurityGroupsCommand({ GroupIds: [id] });
    return (await this.ec2.send(command)).SecurityGroups?.[0];
  }

  /** Ids of public hosted zones with exactly this name. */
  async zones(name: string): Promise<string[]> {
    const { HostedZones = [] } = await this.route53.send(
      new ListHostedZonesByNameCommand({ DNSName: name }),
    );
    return HostedZones.filter(
      (zone) => plainRecordName(zone.Name) === name && zone.Config?.PrivateZone !== true,
    ).map(({ Id = "" }) => Id.replace("/hostedzone/", ""));
  }

  async records(zoneId: string, name: string, type: string): Promise<ResourceRecordSet[]> {
    const { ResourceRecordSets = [] } = await this.route53.send(
      new ListResourceRecordSetsCommand({
        HostedZoneId: zoneId,
        StartRecordName: name,
        StartRecordType: type as RRType,
        MaxItems: 10,
      }),
    );
    return ResourceRecordSets.filter(
      (record) => plainRecordName(record.Name) === name && record.Type === type,
    );
  }

  async vpcs({ id, tags }: Selection): Promise<string[]> {
    const { Vpcs = [] } = await this.ec2.send(
      new DescribeVpcsCommand(id === undefined ? { Filters: filtersOf(tags) } : { VpcIds: [id] }),
    );
    return Vpcs.map(({ VpcId = "" }) => VpcId);
  }

  async subnets({ ids, tags }: Selection, vpcId: string): Promise<string[]> {
    const { Subnets = [] } = await this.ec2.send(
      new DescribeSubnetsCommand(
        ids === undefined
          ? { Filters: [{ Name: "vpc-id", Values: [vpcId] }, ...filtersOf(tags)] }
          : { SubnetIds: ids },
      ),
    );
    return Subnets.map(({ SubnetId = "" }) => SubnetId);
  }

  async securityGroups({ id, name, tags }: Selection, vpcId: string): Promise<string[]> {
    const named = name === undefined ? [] : [{ Name: "group-name", Values: [name] }];
    const { SecurityGroups = [] } = await this.ec2.send(
      new DescribeSecurityGroupsCommand(
        id === undefined
          ? { Filters: [{ Name: "vpc-id", Values: [vpcId] }, ...named, ...filtersOf(tags)] }
          : { GroupIds: [id] },
      ),
    );
    return SecurityGroups.map(({ GroupId = "" }) => GroupId);
  }

  /** Ids of running instances. */
  async instances({ ids, tags }: Selection): Promise<string[]> {
    const running = { Name: "instance-state-name", Values: ["running"] };
    const { Reservations = [] } = await this.ec2.send(
      new DescribeInstancesCommand({
        Filters: [running, ...filtersOf(tags)],
        InstanceIds: ids,
      }),
    );
    return Reservations.flatMap(({ Instances = [] }) =>
      Instances.map(({ InstanceId = "" }) => InstanceId),
    );
  }

  /** Undefined if there is no Auto Scaling group with this name. */
  async autoScalingGroup(name: string): Promise<ScalingGroup | undefined> {
    const { AutoScalingGroups: [found] = [] } = await this.autoScaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }),
    );
    if (found === undefined) return undefined;
    const serving = (found.Instances ?? []).filter(
      ({ LifecycleState }) => LifecycleState === "InService",
    );
    return {
      instances: serving.map(({ InstanceId = "" }) => InstanceId),
      targetGroups: found.TargetGroupARNs ?? [],
    };
  }

  /** Number of load balancers in the region, and the account's limit. Undefined: AWS does not report it. */
  async loadBalancerQuota(): Promise<{ used: number; limit: number | undefined }> {
    const [{ Limits = [] }, { LoadBalancers = [] }] = await Promise.all([
      this.elb.send(new DescribeAccountLimitsCommand({})),
      this.elb.send(new DescribeLoadBalancersCommand({ PageSize: 400 })),
    ]);
    const limit = Limits.find(({ Name }) => Name === "network-load-balancers")?.Max;
    return {
      used: LoadBalancers.filter(({ Type }) => Type === "network").length,
      limit: limit === undefined ? undefined : Number(limit),
    };
  }

  /** Asks EC2 by a dry run whether the caller may create a security group. Returns the refusal, if any. */
  async refusal(vpcId: string): Promise<string | undefined> {
    try {
      await this.ec2.send(
        new CreateSecurityGroupCommand({
          DryRun: true,
          GroupName: "access-plane-verify",
          Description: "Dry run, never made",
          VpcId: vpcId,
        }),
      );
    } catch (error) {
      // EC2 answers a successful dry run with this error.
      if (nameOf(error) === "DryRunOperation") return undefined;
      return error instanceof Error ? error.message : String(error);
    }
    return "EC2 did not answer a dry run as one";
  }
}
