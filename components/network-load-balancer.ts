import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { CHECK_SECONDS, HEALTHY_CHECKS } from "../teleport/health-check";

/** Something that exists already, found by id or by tags; exactly one of the two. */
export interface ByIdOrTags {
  id?: string;
  tags?: Record<string, string>;
}

/** Arguments of {@link NetworkLoadBalancer}. */
export interface NetworkLoadBalancerArgs {
  /** Name of the load balancer, at most 32 characters. */
  loadBalancerName: string;
  vpc: ByIdOrTags;
  /** Subnets by ids or tags; one a zone. */
  subnets: { ids?: string[]; tags?: Record<string, string> };
  /** Reachable inside the VPC only. */
  internal: boolean;
  crossZone: boolean;
  /** AWS refuses to delete it while set. */
  deletionProtection: boolean;
  /** Who may reach port 443. */
  allowedCidrs: string[];
  /** Node port as the Service really has it. */
  nodePort: pulumi.Input<number>;
  /** Nodes that listen on it; exactly one of the three. */
  targets: {
    autoScalingGroup?: string;
    instanceTags?: Record<string, string>;
    instanceIds?: string[];
  };
  /** Security group of the nodes; opened for the node port, from this load balancer only. */
  nodeSecurityGroup: ByIdOrTags;
  preserveClientIp: boolean;
  /** Send PROXY protocol v2 headers; Teleport must expect them. */
  proxyProtocolV2: boolean;
  /** Names that an adopted load balancer's parts have; others would make them anew. */
  adopted?: { targetGroup: string; securityGroup: string; description: string };
  /** Bucket for access logs. */
  accessLogs?: { bucket: string; prefix?: string };
}

const tagFilters = (tags: Record<string, string> | undefined) =>
  Object.entries(tags ?? {}).map(([key, value]) => ({ name: `tag:${key}`, values: [value] }));

/**
 * AWS network load balancer: TCP 443 to the node port, TLS passed through to the proxies. Its
 * target port is the Service's own, so the two cannot drift apart within one graph.
 */
export class NetworkLoadBalancer extends pulumi.ComponentResource {
  /** DNS name of the load balancer. */
  public readonly dnsName: pulumi.Output<string>;
  /** Hosted zone of that name, for alias records. */
  public readonly zoneId: pulumi.Output<string>;
  /** ARN of the target group. */
  public readonly targetGroupArn: pulumi.Output<string>;

  constructor(name: string, args: NetworkLoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("access-plane:components:NetworkLoadBalancer", name, args, opts);
    const parent = { parent: this };

    const vpcId =
      args.vpc.id === undefined
        ? aws.ec2.getVpcOutput({ filters: tagFilters(args.vpc.tags) }, parent).id
        : pulumi.output(args.vpc.id);
    const subnetIds =
      args.subnets.ids === undefined
        ? aws.ec2.getSubnetsOutput(
            {
              filters: [{ name: "vpc-id", values: [vpcId] }, ...tagFilters(args.subnets.tags)],
            },
            parent,
          ).ids
        : pulumi.output(args.subnets.ids);
    const securityGroup = this.securityGroup(name, args, vpcId);

    const loadBalancer = new aws.lb.LoadBalancer(
      name,
      {
        name: args.loadBalancerName,
        loadBalancerType: "network",
        internal: args.internal,
        subnets: subnetIds.apply((ids) => {
          if (ids.length > 0) return ids;
          throw new pulumi.ResourceError("no subnet has the tags of loadBalancer.subnets", this);
        }),
        securityGroups: [securityGroup.id],
        enableCrossZoneLoadBalancing: args.crossZone,
        enableDeletionProtection: args.deletionProtection,
        accessLogs: args.accessLogs && { enabled: true, ...args.accessLogs },
      },
      parent,
    );
    const targetGroup = new aws.lb.TargetGroup(
      name,
      {
        name: args.adopted?.targetGroup,
        port: args.nodePort,
        protocol: "TCP",
        targetType: "instance",
        vpcId,
        preserveClientIp: String(args.preserveClientIp),
        proxyProtocolV2: args.proxyProtocolV2,
        deregistrationDelay: 60,
        // `/webapi/ping` tells a working proxy from a listening port; the header of PROXY v2
        // would break it, so there the port alone has to do.
        healthCheck: args.proxyProtocolV2
          ? {
              protocol: "TCP",
              port: "traffic-port",
              interval: CHECK_SECONDS,
              healthyThreshold: HEALTHY_CHECKS,
              unhealthyThreshold: 2,
            }
          : {
              protocol: "HTTPS",
              port: "traffic-port",
              path: "/webapi/ping",
              matcher: "200",
              interval: CHECK_SECONDS,
              healthyThreshold: HEALTHY_CHECKS,
              unhealthyThreshold: 2,
            },
      },
      parent,
    );
    this.attachTargets(name, args, targetGroup);
    const listener = new aws.lb.Listener(
      name,
      {
        loadBalancerArn: loadBalancer.arn,
        port: 443,
        protocol: "TCP",
        defaultActions: [{ type: "forward", targetGroupArn: targetGroup.arn }],
      },
      parent,
    );

    // Names point here only once somebody listens.
    this.dnsName = pulumi.all([loadBalancer.dnsName, listener.arn]).apply(([dnsName]) => dnsName);
    this.zoneId = loadBalancer.zoneId;
    this.targetGroupArn = targetGroup.arn;
    this.registerOutputs({
      dnsName: this.dnsName,
      zoneId: this.zoneId,
      targetGroupArn: this.targetGroupArn,
    });
  }

  /** The load balancer's own group, and the one rule that opens the nodes to it. */
  private securityGroup(
    name: string,
    args: NetworkLoadBalancerArgs,
    vpcId: pulumi.Output<string>,
  ): aws.ec2.SecurityGroup {
    const parent = { parent: this };
    const nodeGroupId =
      args.nodeSecurityGroup.id === undefined
        ? aws.ec2.getSecurityGroupOutput(
            { vpcId, filters: tagFilters(args.nodeSecurityGroup.tags) },
            parent,
          ).id
        : pulumi.output(args.nodeSecurityGroup.id);
    const group = new aws.ec2.SecurityGroup(
      name,
      {
        name: args.adopted?.securityGroup,
        vpcId,
        description: args.adopted?.description ?? "Teleport load balancer",
        tags: { Name: args.loadBalancerName },
      },
      parent,
    );
    for (const cidr of args.allowedCidrs) {
      new aws.vpc.SecurityGroupIngressRule(
        `${name}-from-${cidr}`,
        {
          securityGroupId: group.id,
          ipProtocol: "tcp",
          fromPort: 443,
          toPort: 443,
          ...(cidr.includes(":") ? { cidrIpv6: cidr } : { cidrIpv4: cidr }),
          description: "Teleport clients",
        },
        parent,
      );
    }
    const nodePort = {
      ipProtocol: "tcp",
      fromPort: args.nodePort,
      toPort: args.nodePort,
    };
    new aws.vpc.SecurityGroupEgressRule(
      `${name}-to-nodes`,
      {
        securityGroupId: group.id,
        referencedSecurityGroupId: nodeGroupId,
        ...nodePort,
        description: "Teleport node port",
      },
      parent,
    );
    new aws.vpc.SecurityGroupIngressRule(
      `${name}-nodes`,
      {
        securityGroupId: nodeGroupId,
        referencedSecurityGroupId: group.id,
        ...nodePort,
        description: "Teleport load balancer",
      },
      parent,
    );
    return group;
  }

  private attachTargets(
    name: string,
    args: NetworkLoadBalancerArgs,
    targetGroup: aws.lb.TargetGroup,
  ): void {
    const parent = { parent: this };
    const { autoScalingGroup, instanceTags, instanceIds } = args.targets;
    if (autoScalingGroup !== undefined) {
      new aws.autoscaling.Attachment(
        name,
        { autoscalingGroupName: autoScalingGroup, lbTargetGroupArn: targetGroup.arn },
        parent,
      );
      return;
    }
    const attach = (id: string) =>
      new aws.lb.TargetGroupAttachment(
        `${name}-${id}`,
        { targetGroupArn: targetGroup.arn, targetId: id, port: args.nodePort },
        parent,
      );
    if (instanceIds !== undefined) {
      instanceIds.forEach(attach);
      return;
    }
    // The instances are looked up with plain values, so a preview shows each attachment too.
    aws.ec2
      .getInstancesOutput(
        { filters: tagFilters(instanceTags), instanceStateNames: ["running"] },
        parent,
      )
      .ids.apply((ids) => {
        if (ids.length === 0) {
          throw new pulumi.ResourceError(
            "no running instance has the tags of loadBalancer.targets.instanceTags",
            this,
          );
        }
        ids.forEach(attach);
      });
  }
}
