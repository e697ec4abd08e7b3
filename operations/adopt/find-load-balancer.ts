import {
  DescribeSecurityGroupsCommand,
  EC2Client,
  paginateDescribeSecurityGroupRules,
  type SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  paginateDescribeTargetGroups,
  type LoadBalancer,
  type TargetGroup,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
  type ResourceRecordSet,
} from "@aws-sdk/client-route-53";
import { CommandError } from "../base/exit-codes";
import { plainRecordName } from "../clients/aws";
import type { FoundLoadBalancer } from "../kinds/found-load-balancer";

/** A way from port 443 to the node port. */
interface Way {
  loadBalancer: LoadBalancer;
  listenerArn?: string;
  targetGroup: TargetGroup;
}

/** The public zone that holds a name, the longest one that the name ends with, and its records. */
async function findZone(route53: Route53Client, clusterName: string) {
  const labels = clusterName.split(".");
  for (let skip = 0; skip < labels.length - 1; skip += 1) {
    const name = labels.slice(skip).join(".");
    const { HostedZones = [] } = await route53.send(
      new ListHostedZonesByNameCommand({ DNSName: name }),
    );
    const zone = HostedZones.find(
      ({ Name, Config }) => plainRecordName(Name) === name && Config?.PrivateZone !== true,
    );
    if (zone?.Id === undefined) continue;
    const id = zone.Id.replace("/hostedzone/", "");
    // The wildcard comes right after the apex.
    const { ResourceRecordSets = [] } = await route53.send(
      new ListResourceRecordSetsCommand({ HostedZoneId: id, StartRecordName: clusterName }),
    );
    return { id, name, records: ResourceRecordSets };
  }
  return undefined;
}

/** Whether a record is an alias of a load balancer. */
function leadsTo({ Type, AliasTarget }: ResourceRecordSet, { DNSName = "" }: LoadBalancer) {
  const target = plainRecordName(AliasTarget?.DNSName).replace(/^dualstack\./, "");
  return Type === "A" && target !== "" && target.toLowerCase() === DNSName.toLowerCase();
}

async function waysTo(elb: ElasticLoadBalancingV2Client, nodePort: number): Promise<Way[]> {
  const ways: Way[] = [];
  for await (const { TargetGroups = [] } of paginateDescribeTargetGroups({ client: elb }, {})) {
    for (const targetGroup of TargetGroups) {
      const { Port, TargetGroupArn, LoadBalancerArns = [] } = targetGroup;
      if (Port !== nodePort || LoadBalancerArns.length === 0) continue;
      const { LoadBalancers = [] } = await elb.send(
        new DescribeLoadBalancersCommand({ LoadBalancerArns }),
      );
      for (const loadBalancer of LoadBalancers.filter(({ Type }) => Type === "network")) {
        const { LoadBalancerArn } = loadBalancer;
        const { Listeners = [] } = await elb.send(
          new DescribeListenersCommand({ LoadBalancerArn }),
        );
        const listener = Listeners.find(
          ({ Port: port, DefaultActions = [] }) =>
            port === 443 &&
            DefaultActions.some(
              (action) =>
                action.TargetGroupArn === TargetGroupArn ||
                action.ForwardConfig?.TargetGroups?.some(
                  (group) => group.TargetGroupArn === TargetGroupArn,
                ),
            ),
        );
        if (listener?.ListenerArn === undefined) continue;
        ways.push({ loadBalancer, targetGroup, listenerArn: listener.ListenerArn });
      }
    }
  }
  return ways;
}

/** A load balancer's security group, what it is called, and all rules about it. */
async function findSecurityGroup(ec2: EC2Client, id: string | undefined) {
  if (id === undefined) return { rules: [] };
  const { SecurityGroups: [group] = [] } = await ec2.send(
    new DescribeSecurityGroupsCommand({ GroupIds: [id] }),
  );
  const rules: SecurityGroupRule[] = [];
  for await (const page of paginateDescribeSecurityGroupRules({ client: ec2 }, {})) {
    rules.push(
      ...(page.SecurityGroupRules ?? []).filter(
        ({ GroupId, ReferencedGroupInfo }) => GroupId === id || ReferencedGroupInfo?.GroupId === id,
      ),
    );
  }
  const named = { name: group?.GroupName ?? "", description: group?.Description ?? "" };
  return { securityGroup: id, named, rules };
}

/**
 * Finds the network load balancer that listens on 443 and forwards to a node port. The names in DNS
 * and everything else are found from there; where there are several, the one that the cluster's
 * name leads to. Undefined when there is none; throws when nothing tells which of several.
 */
export async function findLoadBalancer(
  config: { region: string; endpoint?: string },
  clusterName: string,
  nodePort: number,
): Promise<FoundLoadBalancer | undefined> {
  const elb = new ElasticLoadBalancingV2Client(config);
  const all = await waysTo(elb, nodePort);
  if (all.length === 0) return undefined;
  const zone = await findZone(new Route53Client(config), clusterName);
  const named = all.filter(({ loadBalancer }) =>
    zone?.records.some(
      (record) => plainRecordName(record.Name) === clusterName && leadsTo(record, loadBalancer),
    ),
  );
  const [way, other] = named.length === 0 ? all : named;
  if (way === undefined || other !== undefined) {
    const texts = all.map(
      ({ loadBalancer, targetGroup }) =>
        `${loadBalancer.LoadBalancerName ?? ""} → ${targetGroup.TargetGroupName ?? ""}`,
    );
    throw new CommandError(
      "PREFLIGHT",
      `port 443 leads to node port ${nodePort} in ${all.length} ways, and no DNS record tells which ` +
        `one is the plane's: ${texts.join(", ")}. Take away the others' listeners, or let an A record ` +
        `of ${clusterName} be an alias of the right load balancer.`,
    );
  }
  const { loadBalancer, targetGroup } = way;
  const { TargetHealthDescriptions = [] } = await elb.send(
    new DescribeTargetHealthCommand({ TargetGroupArn: targetGroup.TargetGroupArn }),
  );
  return {
    ...way,
    instances: TargetHealthDescriptions.flatMap(({ Target }) => Target?.Id ?? []),
    ...(await findSecurityGroup(new EC2Client(config), loadBalancer.SecurityGroups?.[0])),
    ...(zone === undefined
      ? {}
      : {
          zone: {
            ...zone,
            records: zone.records
              .filter((record) => leadsTo(record, loadBalancer))
              .map(({ Name }) => plainRecordName(Name)),
          },
        }),
  };
}
