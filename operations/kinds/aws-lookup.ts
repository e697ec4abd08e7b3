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
import { text, type Mapping } from "../../teleport/values";
import { awsConfig } from "../base/aws-config";
import { plainRecordName } from "./record-name";

type Id = Promise<string | undefined>;

/** Nothing of that name is an answer; anything else is a failure. */
async function orNothing<T>(looking: Promise<T>): Promise<T | undefined> {
  try {
    return await looking;
  } catch (error) {
    if (error instanceof Error && /NotFound/.test(error.name)) return undefined;
    throw error;
  }
}

/** Finds what a load balancer and its names consist of, by the inputs of their resources. */
export class AwsLookup {
  private readonly elb: ElasticLoadBalancingV2Client;
  private readonly ec2: EC2Client;
  private readonly route53: Route53Client;

  constructor(settings: NonNullable<PlaneSettings["aws"]>) {
    const config = awsConfig(settings, "recover");
    this.elb = new ElasticLoadBalancingV2Client(config);
    this.ec2 = new EC2Client(config);
    this.route53 = new Route53Client(config);
  }

  async loadBalancer({ name }: Mapping): Id {
    const command = new DescribeLoadBalancersCommand({ Names: [text(name)] });
    return (await orNothing(this.elb.send(command)))?.LoadBalancers?.[0]?.LoadBalancerArn;
  }

  async targetGroup({ name }: Mapping): Id {
    const command = new DescribeTargetGroupsCommand({ Names: [text(name)] });
    return (await orNothing(this.elb.send(command)))?.TargetGroups?.[0]?.TargetGroupArn;
  }

  async listener({ loadBalancerArn, port }: Mapping): Id {
    const command = new DescribeListenersCommand({ LoadBalancerArn: text(loadBalancerArn) });
    const { Listeners = [] } = (await orNothing(this.elb.send(command))) ?? {};
    return Listeners.find((listener) => listener.Port === port)?.ListenerArn;
  }

  async securityGroup({ name, vpcId }: Mapping): Id {
    const Filters = [
      { Name: "group-name", Values: [text(name)] },
      { Name: "vpc-id", Values: [text(vpcId)] },
    ];
    const { SecurityGroups } = await this.ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
    return SecurityGroups?.[0]?.GroupId;
  }

  async rule(inputs: Mapping, egress: boolean): Id {
    const Filters = [{ Name: "group-id", Values: [text(inputs["securityGroupId"])] }];
    const { SecurityGroupRules = [] } = await this.ec2.send(
      new DescribeSecurityGroupRulesCommand({ Filters }),
    );
    return SecurityGroupRules.find(
      (found) =>
        found.IsEgress === egress &&
        found.FromPort === inputs["fromPort"] &&
        found.ToPort === inputs["toPort"] &&
        found.CidrIpv4 === inputs["cidrIpv4"] &&
        found.CidrIpv6 === inputs["cidrIpv6"] &&
        found.ReferencedGroupInfo?.GroupId === inputs["referencedSecurityGroupId"],
    )?.SecurityGroupRuleId;
  }

  async record({ zoneId, name, type }: Mapping): Id {
    const { ResourceRecordSets = [] } = await this.route53.send(
      new ListResourceRecordSetsCommand({
        HostedZoneId: text(zoneId),
        StartRecordName: text(name),
        StartRecordType: text(type) as "A",
      }),
    );
    const isThere = ResourceRecordSets.some(
      (record) => plainRecordName(record.Name) === text(name) && record.Type === type,
    );
    return isThere ? `${text(zoneId)}_${text(name)}_${text(type)}` : undefined;
  }
}
