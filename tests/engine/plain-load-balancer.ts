import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  EC2Client,
  type IpPermission,
  RevokeSecurityGroupEgressCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
  type LoadBalancer,
  RegisterTargetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  ChangeResourceRecordSetsCommand,
  ListHostedZonesByNameCommand,
  Route53Client,
} from "@aws-sdk/client-route-53";
import { S3Client } from "@aws-sdk/client-s3";
import { awsConfig } from "./aws-config";

/** Clients of an emulator. */
export interface Aws {
  ec2: EC2Client;
  elb: ElasticLoadBalancingV2Client;
  route53: Route53Client;
  s3: S3Client;
}

/** Clients with the address and credentials of an environment. */
export function awsOf(env: NodeJS.ProcessEnv): Aws {
  const config = awsConfig(env);
  return {
    ec2: new EC2Client(config),
    elb: new ElasticLoadBalancingV2Client(config),
    route53: new Route53Client(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
  };
}

const tagged = (Name: string, ...Values: string[]) => ({
  Filters: [{ Name: `tag:${Name}`, Values }],
});

/** The sandbox's network: subnets, nodes and their security group. */
async function network({ ec2 }: Aws) {
  const [{ Subnets = [] }, { SecurityGroups: [group] = [] }, { Reservations = [] }] =
    await Promise.all([
      ec2.send(new DescribeSubnetsCommand(tagged("kubernetes.io/role/elb", "1"))),
      ec2.send(new DescribeSecurityGroupsCommand(tagged("Name", "lumie-nodes"))),
      ec2.send(new DescribeInstancesCommand(tagged("kubernetes.io/cluster/lumie", "owned"))),
    ]);
  return {
    vpcId: Subnets[0]?.VpcId,
    subnets: Subnets.flatMap(({ SubnetId }) => SubnetId ?? []),
    nodeGroup: group?.GroupId,
    nodes: Reservations.flatMap(({ Instances = [] }) =>
      Instances.map(({ InstanceId }) => ({ Id: InstanceId })),
    ),
  };
}

/** Creates a network load balancer from port 443 to a node port, with names like Terraform's. */
export async function installLoadBalancer(
  aws: Aws,
  name: string,
  nodePort: number,
): Promise<LoadBalancer | undefined> {
  const { ec2, elb } = aws;
  const { vpcId: VpcId, subnets, nodeGroup, nodes } = await network(aws);
  const { GroupId } = await ec2.send(
    new CreateSecurityGroupCommand({ GroupName: name, Description: `Made as ${name}`, VpcId }),
  );
  const tcp = (port: number) => ({ IpProtocol: "tcp", FromPort: port, ToPort: port });
  const open = (group: string | undefined, ...IpPermissions: IpPermission[]) =>
    ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: group, IpPermissions }));
  await open(
    GroupId,
    { ...tcp(443), IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
    { ...tcp(443), Ipv6Ranges: [{ CidrIpv6: "::/0" }] },
  );
  await open(nodeGroup, { ...tcp(nodePort), UserIdGroupPairs: [{ GroupId }] });
  const everywhere = { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
  await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: [everywhere] }));
  await ec2.send(
    new AuthorizeSecurityGroupEgressCommand({
      GroupId,
      IpPermissions: [{ ...tcp(nodePort), UserIdGroupPairs: [{ GroupId: nodeGroup }] }],
    }),
  );
  const { LoadBalancers: [balancer] = [] } = await elb.send(
    new CreateLoadBalancerCommand({
      Name: name,
      Type: "network",
      Subnets: subnets,
      SecurityGroups: [GroupId ?? ""],
    }),
  );
  const { TargetGroups: [group] = [] } = await elb.send(
    new CreateTargetGroupCommand({
      Name: `${name}-${String(nodePort)}`,
      Protocol: "TCP",
      Port: nodePort,
      VpcId,
      TargetType: "instance",
      // The emulator forgets the matcher when the protocol of a health check changes.
      HealthCheckProtocol: "HTTPS",
      HealthCheckPath: "/webapi/ping",
      Matcher: { HttpCode: "200" },
    }),
  );
  const { TargetGroupArn } = group ?? {};
  await elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: nodes }));
  await elb.send(
    new CreateListenerCommand({
      LoadBalancerArn: balancer?.LoadBalancerArn,
      Protocol: "TCP",
      Port: 443,
      DefaultActions: [{ Type: "forward", TargetGroupArn }],
    }),
  );
  return balancer;
}

/** Creates or deletes the alias records of `names`. */
export async function changeNames(
  { route53 }: Aws,
  action: "CREATE" | "DELETE",
  names: readonly string[],
  balancer: LoadBalancer | undefined,
): Promise<void> {
  const { HostedZones: [zone] = [] } = await route53.send(
    new ListHostedZonesByNameCommand({ DNSName: names[0]?.replace("*.", "") }),
  );
  const AliasTarget = {
    DNSName: balancer?.DNSName,
    HostedZoneId: balancer?.CanonicalHostedZoneId,
    EvaluateTargetHealth: true,
  };
  await route53.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: zone?.Id,
      ChangeBatch: {
        Changes: names.map((Name) => ({
          Action: action,
          ResourceRecordSet: { Name, Type: "A" as const, AliasTarget },
        })),
      },
    }),
  );
}
