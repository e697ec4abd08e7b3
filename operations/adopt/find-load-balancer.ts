import { CommandError } from "../base/exit-codes";
import type { AwsAccount } from "../base/aws-config";
import { plainRecordName } from "../base/record-name";
import {
  LiveAws,
  type LoadBalancer,
  type ResourceRecordSet,
  type TargetGroup,
} from "../clients/aws";
import type { FoundLoadBalancer } from "../kinds/found-load-balancer";

/** A way from port 443 to the node port. */
interface Way {
  loadBalancer: LoadBalancer;
  listenerArn: string;
  targetGroup: TargetGroup;
}

/** The hosted zone for a name, with its records for the name and the wildcard. */
async function findZone(aws: LiveAws, clusterName: string) {
  const labels = clusterName.split(".");
  for (let skip = 0; skip < labels.length - 1; skip += 1) {
    const name = labels.slice(skip).join(".");
    const [id] = await aws.zones(name);
    if (id === undefined) continue;
    const names = [clusterName, `*.${clusterName}`];
    const records = await Promise.all(names.map((one) => aws.records(id, one, "A")));
    return { id, name, records: records.flat() };
  }
  return undefined;
}

function leadsTo({ AliasTarget }: ResourceRecordSet, { DNSName = "" }: LoadBalancer) {
  const target = plainRecordName(AliasTarget?.DNSName).replace(/^dualstack\./, "");
  return target !== "" && target.toLowerCase() === DNSName.toLowerCase();
}

async function waysTo(aws: LiveAws, nodePort: number): Promise<Way[]> {
  const ways: Way[] = [];
  for (const targetGroup of await aws.targetGroups()) {
    const { Port, TargetGroupArn, LoadBalancerArns = [] } = targetGroup;
    if (Port !== nodePort || LoadBalancerArns.length === 0) continue;
    for (const loadBalancer of await aws.loadBalancers(LoadBalancerArns)) {
      if (loadBalancer.Type !== "network") continue;
      const listener = (await aws.listeners(loadBalancer.LoadBalancerArn ?? "")).find(
        ({ Port: port, DefaultActions = [] }) =>
          port === 443 &&
          DefaultActions.flatMap((action) => [
            action,
            ...(action.ForwardConfig?.TargetGroups ?? []),
          ]).some((target) => target.TargetGroupArn === TargetGroupArn),
      );
      if (listener?.ListenerArn === undefined) continue;
      ways.push({ loadBalancer, targetGroup, listenerArn: listener.ListenerArn });
    }
  }
  return ways;
}

async function findSecurityGroup(aws: LiveAws, id: string | undefined) {
  if (id === undefined) return { rules: [] };
  const [group, rules] = await Promise.all([aws.securityGroup(id), aws.rulesAbout(id)]);
  const named = { name: group?.GroupName ?? "", description: group?.Description ?? "" };
  return { securityGroup: id, named, rules };
}

/**
 * Finds the network load balancer that listens on 443 and forwards to a node port, with its other parts. If
 * there are several, it takes the one that the cluster's name points to. Undefined if there is none. Throws
 * if DNS does not name one of several.
 */
export async function findLoadBalancer(
  account: AwsAccount,
  clusterName: string,
  nodePort: number,
): Promise<FoundLoadBalancer | undefined> {
  const aws = new LiveAws(account, "adopt");
  const all = await waysTo(aws, nodePort);
  if (all.length === 0) return undefined;
  const zone = await findZone(aws, clusterName);
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
      `port 443 leads to node port ${nodePort} in ${all.length} ways, and no DNS record shows which ` +
        `one is the plane's: ${texts.join(", ")}. Take away the others' listeners, or let an A record ` +
        `of ${clusterName} be an alias of the right load balancer.`,
    );
  }
  const { loadBalancer, targetGroup } = way;
  const targets = await aws.targetHealth(targetGroup.TargetGroupArn ?? "");
  return {
    ...way,
    instances: targets.flatMap(({ Target }) => Target?.Id ?? []),
    ...(await findSecurityGroup(aws, loadBalancer.SecurityGroups?.[0])),
    zone: zone && {
      ...zone,
      records: zone.records
        .filter((record) => leadsTo(record, loadBalancer))
        .map(({ Name }) => plainRecordName(Name)),
    },
  };
}
