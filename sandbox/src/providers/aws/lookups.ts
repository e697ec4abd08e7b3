/** Functions that look up account, region, Auto Scaling groups, load balancers and prefix lists. */
import { DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import {
  DescribeAvailabilityZonesCommand,
  DescribeManagedPrefixListsCommand,
  GetManagedPrefixListEntriesCommand,
} from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { Context, Lookup } from "../tables/definition.ts";
import { type Plain, word } from "../tables/plain.ts";
import { doing, known, str, strings } from "./common.ts";
import type { Aws } from "./connect.ts";
import { loadBalancer } from "./resources/load-balancer.ts";

const getRegion: Lookup<Aws> = {
  token: "aws:index/getRegion:getRegion",
  run({ client: aws }, args) {
    const region = str(args["region"] ?? args["name"]) ?? aws.region;
    const endpoint = `ec2.${region}.amazonaws.com`;
    return Promise.resolve({ id: region, name: region, region, endpoint, description: region });
  },
};

const getPartition: Lookup<Aws> = {
  token: "aws:index/getPartition:getPartition",
  run({ client: aws }) {
    const [, special] = /^(cn|us-gov)-/.exec(aws.region) ?? [];
    const partition = special === undefined ? "aws" : `aws-${special}`;
    const dnsSuffix = partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
    const reverseDnsPrefix = dnsSuffix.split(".").reverse().join(".");
    return Promise.resolve({ id: partition, partition, dnsSuffix, reverseDnsPrefix });
  },
};

const getCallerIdentity: Lookup<Aws> = {
  token: "aws:index/getCallerIdentity:getCallerIdentity",
  async run({ client: aws }) {
    const told = await doing("reading STS Caller Identity", () =>
      aws.in().sts.send(new GetCallerIdentityCommand({})),
    );
    return known({ id: told.Account, accountId: told.Account, arn: told.Arn, userId: told.UserId });
  },
};

const getAvailabilityZones: Lookup<Aws> = {
  token: "aws:index/getAvailabilityZones:getAvailabilityZones",
  async run({ client: aws }, args) {
    const command = new DescribeAvailabilityZonesCommand({
      AllAvailabilityZones: args["allAvailabilityZones"] === true,
      Filters: args["state"] ? [{ Name: "state", Values: [word(args["state"])] }] : undefined,
    });
    const told = (await aws.in(args).ec2.send(command)).AvailabilityZones ?? [];
    const excluded = strings(args["excludeNames"]) ?? [];
    const zones = told.filter((zone) => !excluded.includes(zone.ZoneName ?? ""));
    return known({
      ...args,
      id: aws.regionOf(args),
      region: aws.regionOf(args),
      names: zones.map((zone) => zone.ZoneName),
      zoneIds: zones.map((zone) => zone.ZoneId),
      groupNames: [...new Set(zones.map((zone) => zone.GroupName ?? aws.regionOf(args)))],
    });
  },
};

const getDefaultTags: Lookup<Aws> = {
  token: "aws:index/getDefaultTags:getDefaultTags",
  run: ({ client: aws }) => Promise.resolve({ id: "aws", tags: aws.defaultTags }),
};

const getGroup: Lookup<Aws> = {
  token: "aws:autoscaling/getGroup:getGroup",
  async run({ client: aws }, args) {
    const name = word(args["name"]);
    const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] });
    const group = (await aws.in(args).scaling.send(command)).AutoScalingGroups?.[0];
    if (!group) throw new Error(`reading Auto Scaling Group (${name}): couldn't find resource`);
    const template = group.LaunchTemplate;
    return known({
      id: name,
      name,
      region: aws.regionOf(args),
      arn: group.AutoScalingGroupARN,
      availabilityZones: group.AvailabilityZones ?? [],
      defaultCooldown: group.DefaultCooldown ?? 0,
      desiredCapacity: group.DesiredCapacity ?? 0,
      desiredCapacityType: group.DesiredCapacityType ?? "",
      enabledMetrics: (group.EnabledMetrics ?? []).map((metric) => metric.Metric),
      healthCheckGracePeriod: group.HealthCheckGracePeriod ?? 0,
      healthCheckType: group.HealthCheckType,
      instanceMaintenancePolicies: [],
      launchConfiguration: group.LaunchConfigurationName ?? "",
      launchTemplates: template
        ? [
            known({
              id: template.LaunchTemplateId,
              name: template.LaunchTemplateName,
              version: template.Version,
            }),
          ]
        : [],
      loadBalancers: group.LoadBalancerNames ?? [],
      maxInstanceLifetime: group.MaxInstanceLifetime ?? 0,
      maxSize: group.MaxSize ?? 0,
      minSize: group.MinSize ?? 0,
      mixedInstancesPolicies: [],
      newInstancesProtectedFromScaleIn: group.NewInstancesProtectedFromScaleIn ?? false,
      placementGroup: group.PlacementGroup ?? "",
      predictedCapacity: group.PredictedCapacity ?? 0,
      serviceLinkedRoleArn: group.ServiceLinkedRoleARN ?? "",
      status: group.Status ?? "",
      suspendedProcesses: (group.SuspendedProcesses ?? []).map((p) => p.ProcessName),
      tags: (group.Tags ?? []).map((tag) =>
        known({
          key: tag.Key,
          value: tag.Value,
          propagateAtLaunch: tag.PropagateAtLaunch ?? false,
        }),
      ),
      targetGroupArns: group.TargetGroupARNs ?? [],
      terminationPolicies: group.TerminationPolicies ?? [],
      trafficSources: [],
      vpcZoneIdentifier: group.VPCZoneIdentifier ?? "",
      warmPoolSize: group.WarmPoolSize ?? 0,
      warmPools: [],
    });
  },
};

const getManagedPrefixList: Lookup<Aws> = {
  token: "aws:ec2/getManagedPrefixList:getManagedPrefixList",
  async run({ client: aws }, args) {
    const { ec2 } = aws.in(args);
    const told = await doing("reading EC2 Managed Prefix Lists", () =>
      ec2.send(
        new DescribeManagedPrefixListsCommand({
          PrefixListIds: args["id"] === undefined ? undefined : [word(args["id"])],
          Filters: args["name"]
            ? [{ Name: "prefix-list-name", Values: [word(args["name"])] }]
            : undefined,
        }),
      ),
    );
    const found = (told.PrefixLists ?? []).filter(
      (one) => args["name"] === undefined || one.PrefixListName === args["name"],
    );
    const list = found[0];
    if (!list || found.length > 1) {
      const problem = list
        ? "multiple EC2 Managed Prefix Lists matched"
        : "no matching EC2 Managed Prefix List found";
      throw new Error(problem);
    }
    const entries = await ec2.send(
      new GetManagedPrefixListEntriesCommand({ PrefixListId: list.PrefixListId }),
    );
    return known({
      ...args,
      id: list.PrefixListId,
      region: aws.regionOf(args),
      arn: list.PrefixListArn,
      name: list.PrefixListName,
      addressFamily: list.AddressFamily,
      entries: (entries.Entries ?? []).map((entry) =>
        known({ cidr: entry.Cidr, description: entry.Description ?? "" }),
      ),
      maxEntries: list.MaxEntries ?? 0,
      ownerId: list.OwnerId,
      tags: Object.fromEntries((list.Tags ?? []).map((tag) => [tag.Key ?? "", tag.Value ?? ""])),
      version: list.Version ?? 0,
    });
  },
};

const getLoadBalancer: Lookup<Aws> = {
  token: "aws:lb/getLoadBalancer:getLoadBalancer",
  async run(context: Context<Aws>, args) {
    const { client: aws } = context;
    let arn = str(args["arn"]);
    if (!arn && args["name"] !== undefined) {
      arn = await arnByName(aws, word(args["name"]), args);
    }
    const found = arn ? await loadBalancer.read(context, arn, args) : undefined;
    if (!found) throw new Error("Search returned 0 results, please revise so only one is returned");
    return { ...found, id: word(arn), connectionLogs: [], healthCheckLogs: [], ipamPools: [] };
  },
};

async function arnByName(aws: Aws, name: string, args: Plain): Promise<string | undefined> {
  const { DescribeLoadBalancersCommand } =
    await import("@aws-sdk/client-elastic-load-balancing-v2");
  const told = await doing(`reading ELBv2 Load Balancer (${name})`, () =>
    aws.in(args).elb.send(new DescribeLoadBalancersCommand({ Names: [name] })),
  );
  return told.LoadBalancers?.[0]?.LoadBalancerArn;
}

export const lookups = [
  getRegion,
  getPartition,
  getCallerIdentity,
  getAvailabilityZones,
  getDefaultTags,
  getGroup,
  getManagedPrefixList,
  getLoadBalancer,
];
