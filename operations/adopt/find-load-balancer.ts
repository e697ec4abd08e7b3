import {
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  type SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  type LoadBalancer,
  type TargetGroup,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from "@aws-sdk/client-route-53";

/** The load balancer in front of an existing plane, with what belongs to it. */
export interface FoundLoadBalancer {
  loadBalancer: LoadBalancer;
  listenerArn?: string;
  targetGroup?: TargetGroup;
  /** Ids of the instances behind it. */
  instances: string[];
  /** Security group of the load balancer. */
  securityGroup?: string;
  /** Its name and description, which cannot change. */
  named?: { name: string; description: string };
  /** Rules of that group, and of others that refer to it. */
  rules: SecurityGroupRule[];
  /** Hosted zone, and the names in it that lead here. */
  zone?: { id: string; name: string; records: string[] };
}

const plainName = (name = "") => name.replace("\\052", "*").replace(/\.$/, "");

/** The zone that holds a name: the longest one that the name ends with. */
async function findZone(route53: Route53Client, clusterName: string, target: string) {
  const labels = clusterName.split(".");
  for (let skip = 0; skip < labels.length - 1; skip += 1) {
    const name = labels.slice(skip).join(".");
    const { HostedZones = [] } = await route53.send(
      new ListHostedZonesByNameCommand({ DNSName: name, MaxItems: 1 }),
    );
    const [zone] = HostedZones;
    if (plainName(zone?.Name) !== name || zone?.Id === undefined) continue;
    const id = zone.Id.replace("/hostedzone/", "");
    const { ResourceRecordSets = [] } = await route53.send(
      new ListResourceRecordSetsCommand({ HostedZoneId: id, StartRecordName: clusterName }),
    );
    const records = ResourceRecordSets.filter(
      ({ Type, AliasTarget }) =>
        Type === "A" &&
        plainName(AliasTarget?.DNSName)
          .replace(/^dualstack\./, "")
          .toLowerCase() === target.toLowerCase(),
    ).map(({ Name }) => plainName(Name));
    return { id, name, records };
  }
  return undefined;
}

/**
 * Finds the network load balancer that listens on 443 and forwards to a node port. The names in DNS
 * and everything else are found from there. Undefined when there is none, or more than one.
 */
export async function findLoadBalancer(
  config: { region: string; endpoint?: string },
  clusterName: string,
  nodePort: number,
): Promise<FoundLoadBalancer | undefined> {
  const elb = new ElasticLoadBalancingV2Client(config);
  const ec2 = new EC2Client(config);
  const { TargetGroups = [] } = await elb.send(new DescribeTargetGroupsCommand({}));
  const groups = TargetGroups.filter(({ Port, LoadBalancerArns = [] }) => {
    return Port === nodePort && LoadBalancerArns.length === 1;
  });
  const [targetGroup] = groups;
  const arn = targetGroup?.LoadBalancerArns?.[0];
  if (arn === undefined || groups.length > 1) return undefined;
  const { LoadBalancers = [] } = await elb.send(
    new DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] }),
  );
  const [loadBalancer] = LoadBalancers;
  if (loadBalancer === undefined) return undefined;
  const { Listeners = [] } = await elb.send(new DescribeListenersCommand({ LoadBalancerArn: arn }));
  const listenerArn = Listeners.find(({ Port }) => Port === 443)?.ListenerArn;
  const { TargetHealthDescriptions = [] } = await elb.send(
    new DescribeTargetHealthCommand({ TargetGroupArn: targetGroup?.TargetGroupArn }),
  );
  const [securityGroup] = loadBalancer.SecurityGroups ?? [];
  const rules: SecurityGroupRule[] = [];
  let named: FoundLoadBalancer["named"];
  if (securityGroup !== undefined) {
    const { SecurityGroups: [group] = [] } = await ec2.send(
      new DescribeSecurityGroupsCommand({ GroupIds: [securityGroup] }),
    );
    named = { name: group?.GroupName ?? "", description: group?.Description ?? "" };
    let NextToken: string | undefined;
    do {
      const page = await ec2.send(
        new DescribeSecurityGroupRulesCommand(NextToken === undefined ? {} : { NextToken }),
      );
      rules.push(
        ...(page.SecurityGroupRules ?? []).filter(
          ({ GroupId, ReferencedGroupInfo }) =>
            GroupId === securityGroup || ReferencedGroupInfo?.GroupId === securityGroup,
        ),
      );
      NextToken = page.NextToken;
    } while (NextToken !== undefined && NextToken !== "");
  }
  const zone = await findZone(new Route53Client(config), clusterName, loadBalancer.DNSName ?? "");
  return {
    loadBalancer,
    ...(listenerArn === undefined ? {} : { listenerArn }),
    ...(targetGroup === undefined ? {} : { targetGroup }),
    instances: TargetHealthDescriptions.flatMap(({ Target }) => Target?.Id ?? []),
    ...(securityGroup === undefined ? {} : { securityGroup }),
    ...(named === undefined ? {} : { named }),
    rules,
    ...(zone === undefined ? {} : { zone }),
  };
}
