/** Functions that look up subnets, VPCs, instances and security groups. */
import {
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  type Filter,
  type Instance,
  type SecurityGroup,
  type Subnet,
  type Vpc,
} from "@aws-sdk/client-ec2";
import type { Lookup } from "../tables/definition.ts";
import { type Plain, word } from "../tables/plain.ts";
import { doing, known, orGone, strings } from "./common.ts";
import type { Aws } from "./connect.ts";
import { filtersOf, only, some, tagMap } from "./filters.ts";
import { groupArn } from "./resources/security-group.ts";

async function subnets(aws: Aws, args: Plain, filters: Filter[]): Promise<Subnet[]> {
  const found: Subnet[] = [];
  let NextToken: string | undefined;
  do {
    const SubnetIds = args["id"] === undefined ? undefined : [word(args["id"])];
    const input = { SubnetIds, Filters: some(filters), ...(SubnetIds ? {} : { NextToken }) };
    const page = await orGone(["InvalidSubnetID.NotFound"], () =>
      aws.in(args).ec2.send(new DescribeSubnetsCommand(input)),
    );
    found.push(...(page?.Subnets ?? []));
    NextToken = page?.NextToken;
  } while (NextToken);
  return found;
}

const getSubnets: Lookup<Aws> = {
  token: "aws:ec2/getSubnets:getSubnets",
  async run({ client: aws }, args) {
    const found = await doing("reading EC2 Subnets", () =>
      subnets(aws, { region: args["region"] ?? aws.region }, filtersOf(args, args["tags"])),
    );
    const ids = found.map((subnet) => subnet.SubnetId ?? "");
    const region = aws.regionOf(args);
    return known({ ...args, id: region, region, ids, tags: args["tags"] ?? {} });
  },
};

const getSubnet: Lookup<Aws> = {
  token: "aws:ec2/getSubnet:getSubnet",
  async run({ client: aws }, args) {
    const filters = filtersOf(args, args["tags"], {
      availabilityZone: "availabilityZone",
      availabilityZoneId: "availabilityZoneId",
      cidrBlock: "cidrBlock",
      defaultForAz: "defaultForAz",
      state: "state",
      vpcId: "vpc-id",
    });
    const found = only(await subnets(aws, args, filters), "Subnet");
    const v6 = found.Ipv6CidrBlockAssociationSet?.[0];
    return known({
      ...args,
      id: found.SubnetId,
      region: aws.regionOf(args),
      arn: found.SubnetArn,
      assignIpv6AddressOnCreation: found.AssignIpv6AddressOnCreation ?? false,
      availabilityZone: found.AvailabilityZone,
      availabilityZoneId: found.AvailabilityZoneId,
      availableIpAddressCount: found.AvailableIpAddressCount ?? 0,
      cidrBlock: found.CidrBlock,
      customerOwnedIpv4Pool: found.CustomerOwnedIpv4Pool ?? "",
      defaultForAz: found.DefaultForAz ?? false,
      enableDns64: found.EnableDns64 ?? false,
      enableLniAtDeviceIndex: found.EnableLniAtDeviceIndex ?? 0,
      enableResourceNameDnsARecordOnLaunch:
        found.PrivateDnsNameOptionsOnLaunch?.EnableResourceNameDnsARecord ?? false,
      enableResourceNameDnsAaaaRecordOnLaunch:
        found.PrivateDnsNameOptionsOnLaunch?.EnableResourceNameDnsAAAARecord ?? false,
      ipv6CidrBlock: v6?.Ipv6CidrBlock ?? "",
      ipv6CidrBlockAssociationId: v6?.AssociationId ?? "",
      ipv6Native: found.Ipv6Native ?? false,
      mapCustomerOwnedIpOnLaunch: found.MapCustomerOwnedIpOnLaunch ?? false,
      mapPublicIpOnLaunch: found.MapPublicIpOnLaunch ?? false,
      outpostArn: found.OutpostArn ?? "",
      ownerId: found.OwnerId,
      privateDnsHostnameTypeOnLaunch: found.PrivateDnsNameOptionsOnLaunch?.HostnameType ?? "",
      state: found.State,
      tags: tagMap(found.Tags),
      vpcId: found.VpcId,
    });
  },
};

const getVpc: Lookup<Aws> = {
  token: "aws:ec2/getVpc:getVpc",
  async run({ client: aws }, args) {
    const { ec2 } = aws.in(args);
    const named = { cidrBlock: "cidr", default: "isDefault", dhcpOptionsId: "dhcp-options-id" };
    const Filters = some(filtersOf(args, args["tags"], { ...named, state: "state" }));
    const VpcIds = args["id"] === undefined ? undefined : [word(args["id"])];
    const told = await orGone(["InvalidVpcID.NotFound"], () =>
      ec2.send(new DescribeVpcsCommand({ VpcIds, Filters })),
    );
    const vpc: Vpc = only(told?.Vpcs ?? [], "VPC");
    const attribute = async (Attribute: "enableDnsHostnames" | "enableDnsSupport") =>
      ec2.send(new DescribeVpcAttributeCommand({ VpcId: vpc.VpcId, Attribute }));
    const hostnames = (await attribute("enableDnsHostnames")).EnableDnsHostnames?.Value;
    const support = (await attribute("enableDnsSupport")).EnableDnsSupport?.Value;
    const v6 = vpc.Ipv6CidrBlockAssociationSet ?? [];
    const account = vpc.OwnerId ?? aws.account;
    return known({
      ...args,
      id: vpc.VpcId,
      region: aws.regionOf(args),
      arn: `arn:aws:ec2:${aws.regionOf(args)}:${account}:vpc/${vpc.VpcId}`,
      cidrBlock: vpc.CidrBlock,
      cidrBlockAssociations: (vpc.CidrBlockAssociationSet ?? []).map((a) =>
        known({
          associationId: a.AssociationId,
          cidrBlock: a.CidrBlock,
          state: a.CidrBlockState?.State,
        }),
      ),
      default: vpc.IsDefault ?? false,
      dhcpOptionsId: vpc.DhcpOptionsId ?? "",
      enableDnsHostnames: hostnames ?? false,
      enableDnsSupport: support ?? false,
      enableNetworkAddressUsageMetrics: false,
      instanceTenancy: vpc.InstanceTenancy ?? "default",
      ipv6AssociationId: v6[0]?.AssociationId ?? "",
      ipv6CidrBlock: v6[0]?.Ipv6CidrBlock ?? "",
      ipv6CidrBlockAssociations: v6.map((a) =>
        known({ associationId: a.AssociationId, ipv6CidrBlock: a.Ipv6CidrBlock }),
      ),
      mainRouteTableId: "",
      ownerId: account,
      state: vpc.State,
      tags: tagMap(vpc.Tags),
    });
  },
};

const getInstances: Lookup<Aws> = {
  token: "aws:ec2/getInstances:getInstances",
  async run({ client: aws }, args) {
    const states = strings(args["instanceStateNames"]) ?? ["running"];
    const Filters = filtersOf(args, args["instanceTags"]);
    Filters.push({ Name: "instance-state-name", Values: states });
    const found: Instance[] = [];
    let NextToken: string | undefined;
    do {
      const page = await doing("reading EC2 Instances", () =>
        aws.in(args).ec2.send(new DescribeInstancesCommand({ Filters, NextToken })),
      );
      found.push(...(page.Reservations ?? []).flatMap((r) => r.Instances ?? []));
      NextToken = page.NextToken;
    } while (NextToken);
    const region = aws.regionOf(args);
    const present = (value: string | undefined) => value !== undefined && value !== "";
    return known({
      ...args,
      id: region,
      region,
      ids: found.map((i) => i.InstanceId),
      privateIps: found.map((i) => i.PrivateIpAddress).filter(present),
      publicIps: found.map((i) => i.PublicIpAddress).filter(present),
      ipv6Addresses: found
        .flatMap((i) => i.NetworkInterfaces ?? [])
        .flatMap((n) => n.Ipv6Addresses ?? [])
        .map((a) => a.Ipv6Address)
        .filter(present),
      instanceTags: args["instanceTags"] ?? {},
    });
  },
};

async function groups(aws: Aws, args: Plain, Filters: Filter[]): Promise<SecurityGroup[]> {
  const GroupIds = args["id"] === undefined ? undefined : [word(args["id"])];
  const input = { GroupIds, Filters: some(Filters) };
  const told = await orGone(["InvalidGroup.NotFound"], () =>
    aws.in(args).ec2.send(new DescribeSecurityGroupsCommand(input)),
  );
  return told?.SecurityGroups ?? [];
}

const getSecurityGroup: Lookup<Aws> = {
  token: "aws:ec2/getSecurityGroup:getSecurityGroup",
  async run({ client: aws }, args) {
    const filters = filtersOf(args, args["tags"], { name: "group-name", vpcId: "vpc-id" });
    const found = only(await groups(aws, args, filters), "Security Group");
    return known({
      ...args,
      id: found.GroupId,
      region: aws.regionOf(args),
      arn: groupArn(aws, found, args),
      name: found.GroupName,
      description: found.Description ?? "",
      vpcId: found.VpcId ?? "",
      tags: tagMap(found.Tags),
    });
  },
};

const getSecurityGroups: Lookup<Aws> = {
  token: "aws:ec2/getSecurityGroups:getSecurityGroups",
  async run({ client: aws }, args) {
    const where = { region: aws.regionOf(args) };
    const found = await groups(aws, where, filtersOf(args, args["tags"]));
    return known({
      ...args,
      ...where,
      id: where.region,
      ids: found.map((group) => group.GroupId),
      arns: found.map((group) => groupArn(aws, group, where)),
      vpcIds: found.map((group) => group.VpcId ?? ""),
      tags: args["tags"] ?? {},
    });
  },
};

export const ec2Lookups = [
  getSubnets,
  getSubnet,
  getVpc,
  getInstances,
  getSecurityGroup,
  getSecurityGroups,
];
