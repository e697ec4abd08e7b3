import {
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { ListResourceRecordSetsCommand, Route53Client } from "@aws-sdk/client-route-53";
import type { PlaneSettings } from "../../settings/schema";
import { awsConfig } from "../base/aws-config";
import type { Finder, Found } from "./pending";

type Inputs = Record<string, unknown>;
type Lookup = (inputs: Inputs) => Promise<string | undefined>;

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** AWS writes `*` of a record as an escape. */
const recordName = (name: string) => name.replace("\\052", "*").replace(/\.$/, "");

/** Nothing of that name is an answer; anything else is a failure. */
async function orNothing<T>(looking: Promise<T>): Promise<T | undefined> {
  try {
    return await looking;
  } catch (error) {
    if (error instanceof Error && /NotFound/.test(error.name)) return undefined;
    throw error;
  }
}

function lookups(settings: NonNullable<PlaneSettings["aws"]>): Record<string, Lookup> {
  const config = awsConfig(settings, "recover");
  const elb = new ElasticLoadBalancingV2Client(config);
  const ec2 = new EC2Client(config);
  const route53 = new Route53Client(config);

  const rule =
    (egress: boolean): Lookup =>
    async (inputs) => {
      const { SecurityGroupRules: rules = [] } = await ec2.send(
        new DescribeSecurityGroupRulesCommand({
          Filters: [{ Name: "group-id", Values: [text(inputs["securityGroupId"])] }],
        }),
      );
      return rules.find(
        (found) =>
          found.IsEgress === egress &&
          found.FromPort === inputs["fromPort"] &&
          found.ToPort === inputs["toPort"] &&
          found.CidrIpv4 === inputs["cidrIpv4"] &&
          found.CidrIpv6 === inputs["cidrIpv6"] &&
          found.ReferencedGroupInfo?.GroupId === inputs["referencedSecurityGroupId"],
      )?.SecurityGroupRuleId;
    };

  return {
    "aws:lb/loadBalancer:LoadBalancer": async ({ name }) => {
      const command = new DescribeLoadBalancersCommand({ Names: [text(name)] });
      return (await orNothing(elb.send(command)))?.LoadBalancers?.[0]?.LoadBalancerArn;
    },
    "aws:lb/targetGroup:TargetGroup": async ({ name }) => {
      const command = new DescribeTargetGroupsCommand({ Names: [text(name)] });
      return (await orNothing(elb.send(command)))?.TargetGroups?.[0]?.TargetGroupArn;
    },
    "aws:lb/listener:Listener": async ({ loadBalancerArn, port }) => {
      const command = new DescribeListenersCommand({ LoadBalancerArn: text(loadBalancerArn) });
      const listeners = (await orNothing(elb.send(command)))?.Listeners ?? [];
      return listeners.find((listener) => listener.Port === port)?.ListenerArn;
    },
    "aws:ec2/securityGroup:SecurityGroup": async ({ name, vpcId }) => {
      const command = new DescribeSecurityGroupsCommand({
        Filters: [
          { Name: "group-name", Values: [text(name)] },
          { Name: "vpc-id", Values: [text(vpcId)] },
        ],
      });
      return (await ec2.send(command)).SecurityGroups?.[0]?.GroupId;
    },
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": rule(false),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": rule(true),
    "aws:route53/record:Record": async ({ zoneId, name, type }) => {
      const { ResourceRecordSets: records = [] } = await route53.send(
        new ListResourceRecordSetsCommand({
          HostedZoneId: text(zoneId),
          StartRecordName: text(name),
          StartRecordType: text(type) as "A",
        }),
      );
      const there = records.some(
        (record) => recordName(record.Name ?? "") === text(name) && record.Type === type,
      );
      return there ? `${text(zoneId)}_${text(name)}_${text(type)}` : undefined;
    },
  };
}

/** Finds what the load balancer and its names consist of, by what the program called it. */
export function awsFinder(settings: NonNullable<PlaneSettings["aws"]>): Finder {
  const byType = lookups(settings);
  return async ({ type, inputs = {} }): Promise<Found | undefined> => {
    const id = await byType[type]?.(inputs);
    if (!Object.hasOwn(byType, type)) return undefined;
    return id === undefined ? { state: "absent" } : { state: "exists", id };
  };
}
