import * as autoscaling from "@pulumi/aws/autoscaling";
import * as ec2 from "@pulumi/aws/ec2";
import * as lb from "@pulumi/aws/lb";
import * as vpc from "@pulumi/aws/vpc";
import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as pulumi from "@pulumi/pulumi";
import { autoScalingGroups } from "../inventory/targets";
import { CHECK_SECONDS, HEALTHY_CHECKS } from "../teleport/health-check";
import { tagFilters } from "./support/target-instances";

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
  /** Pulumi refuses to delete it while set. */
  protect: boolean;
  /** Who may reach port 443. */
  allowedCidrs: string[];
  /** Node port as the Service really has it. */
  nodePort: pulumi.Input<number>;
  /** What listens; exactly one of the five. */
  targets: {
    autoScalingGroup?: string;
    autoScalingGroups?: string[];
    /** Kept by the AWS load balancer controller: nodes at the node port, or pods. */
    targetGroupBinding?: "instance" | "ip";
    /** Tags of instances that run now. */
    instanceTags?: Record<string, string>;
    instanceIds?: string[];
  };
  /** Ids of the instances that the tags or ids name. */
  instances: string[];
  /** Service of the proxies, for a target group binding. */
  service: { name: pulumi.Input<string>; namespace: pulumi.Input<string> };
  /** Security group of the nodes; opened for the node port, from this load balancer only. */
  nodeSecurityGroup: ByIdOrTags;
  preserveClientIp: boolean;
  /** Send PROXY protocol v2 headers; Teleport must expect them. */
  proxyProtocolV2: boolean;
  /** Names that an adopted load balancer's parts have; other names would replace them. */
  adopted?: { targetGroup: string; securityGroup: string; description: string };
}

/** Port on which the pods of `teleport-cluster` serve TLS, behind the Service's 443. */
const PROXY_PORT = 3080;

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
        ? ec2.getVpcOutput({ filters: tagFilters(args.vpc.tags) }, parent).id
        : pulumi.output(args.vpc.id);
    const subnetIds =
      args.subnets.ids === undefined
        ? ec2.getSubnetsOutput(
            {
              filters: [{ name: "vpc-id", values: [vpcId] }, ...tagFilters(args.subnets.tags)],
            },
            parent,
          ).ids
        : pulumi.output(args.subnets.ids);
    const securityGroup = this.securityGroup(name, args, vpcId);

    const loadBalancer = new lb.LoadBalancer(
      name,
      {
        name: args.loadBalancerName,
        loadBalancerType: "network",
        internal: args.internal,
        subnets: subnetIds.apply((ids) => {
          if (ids.length > 0) return ids;
          throw new pulumi.ResourceError(
            "no subnet has the tags of loadBalancer.subnets",
            this,
            true,
          );
        }),
        securityGroups: [securityGroup.id],
        enableCrossZoneLoadBalancing: args.crossZone,
        enableDeletionProtection: args.deletionProtection,
      },
      { ...parent, protect: args.protect },
    );
    const targetGroup = new lb.TargetGroup(
      name,
      {
        name: args.adopted?.targetGroup,
        port: args.nodePort,
        protocol: "TCP",
        targetType: args.targets.targetGroupBinding ?? "instance",
        vpcId,
        preserveClientIp: String(args.preserveClientIp),
        proxyProtocolV2: args.proxyProtocolV2,
        deregistrationDelay: 60,
        // `/webapi/ping` tells a working proxy from a listening port; the header of PROXY v2
        // would break it, so there the port alone has to do.
        healthCheck: {
          ...(args.proxyProtocolV2
            ? { protocol: "TCP" }
            : { protocol: "HTTPS", path: "/webapi/ping", matcher: "200" }),
          port: "traffic-port",
          interval: CHECK_SECONDS,
          healthyThreshold: HEALTHY_CHECKS,
          unhealthyThreshold: 2,
        },
      },
      parent,
    );
    this.openNodes(name, args, vpcId, securityGroup);
    this.attachTargets(name, args, targetGroup, securityGroup);
    const listener = new lb.Listener(
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

  /** The load balancer's own group. */
  private securityGroup(
    name: string,
    args: NetworkLoadBalancerArgs,
    vpcId: pulumi.Output<string>,
  ): ec2.SecurityGroup {
    const parent = { parent: this };
    const group = new ec2.SecurityGroup(
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
      new vpc.SecurityGroupIngressRule(
        `${name}-from-${cidr}`,
        {
          securityGroupId: group.id,
          ipProtocol: "tcp",
          fromPort: 443,
          toPort: 443,
          cidrIpv4: cidr,
          description: "Teleport clients",
        },
        parent,
      );
    }
    return group;
  }

  /** The one rule on each side that lets the load balancer reach what listens. */
  private openNodes(
    name: string,
    args: NetworkLoadBalancerArgs,
    vpcId: pulumi.Output<string>,
    group: ec2.SecurityGroup,
  ): void {
    const parent = { parent: this };
    const nodeGroupId =
      args.nodeSecurityGroup.id === undefined
        ? ec2.getSecurityGroupOutput(
            { vpcId, filters: tagFilters(args.nodeSecurityGroup.tags) },
            parent,
          ).id
        : pulumi.output(args.nodeSecurityGroup.id);
    const port = args.targets.targetGroupBinding === "ip" ? PROXY_PORT : args.nodePort;
    const nodePort = { ipProtocol: "tcp", fromPort: port, toPort: port };
    new vpc.SecurityGroupEgressRule(
      `${name}-to-nodes`,
      {
        securityGroupId: group.id,
        referencedSecurityGroupId: nodeGroupId,
        ...nodePort,
        description: "Teleport node port",
      },
      parent,
    );
    new vpc.SecurityGroupIngressRule(
      `${name}-nodes`,
      {
        securityGroupId: nodeGroupId,
        referencedSecurityGroupId: group.id,
        ...nodePort,
        description: "Teleport load balancer",
      },
      parent,
    );
  }

  /** The AWS load balancer controller (elbv2.k8s.aws/v1beta1) keeps the targets of this group. */
  private bind(
    name: string,
    { service }: NetworkLoadBalancerArgs,
    targetType: "instance" | "ip",
    targetGroup: lb.TargetGroup,
    securityGroup: ec2.SecurityGroup,
  ): void {
    const from = [{ securityGroup: { groupID: securityGroup.id } }];
    new CustomResource(
      name,
      {
        apiVersion: "elbv2.k8s.aws/v1beta1",
        kind: "TargetGroupBinding",
        metadata: { name: service.name, namespace: service.namespace },
        spec: {
          serviceRef: { name: service.name, port: 443 },
          targetGroupARN: targetGroup.arn,
          targetType,
          // Pods may have security groups of their own, which only the controller knows.
          networking:
            targetType === "ip"
              ? { ingress: [{ from, ports: [{ protocol: "TCP", port: PROXY_PORT }] }] }
              : undefined,
        },
      },
      { parent: this },
    );
  }

  /**
   * A group has one name in the state, whether it is the only one or one of several: otherwise a
   * change between these would attach it under its new name, and then detach it under its old one.
   */
  private attachGroups(name: string, groups: readonly string[], targetGroup: lb.TargetGroup): void {
    const attach = (group: string, more: pulumi.CustomResourceOptions) =>
      new autoscaling.Attachment(
        `${name}-${group}`,
        { autoscalingGroupName: group, lbTargetGroupArn: targetGroup.arn },
        { parent: this, ...more },
      );
    const [only, ...others] = groups;
    if (only === undefined) return;
    // An only group had the load balancer's name in release 0.1.0. Should that have been one of the
    // others, it is detached first.
    const first = attach(only, { aliases: [{ name }], deleteBeforeReplace: true });
    for (const group of others) attach(group, { dependsOn: first });
  }

  private attachTargets(
    name: string,
    args: NetworkLoadBalancerArgs,
    targetGroup: lb.TargetGroup,
    securityGroup: ec2.SecurityGroup,
  ): void {
    const parent = { parent: this };
    const { targetGroupBinding } = args.targets;
    const groups = autoScalingGroups(args.targets);
    if (groups.length > 0) {
      this.attachGroups(name, groups, targetGroup);
      return;
    }
    if (targetGroupBinding !== undefined) {
      this.bind(name, args, targetGroupBinding, targetGroup, securityGroup);
      return;
    }
    const attach = (id: string) =>
      new lb.TargetGroupAttachment(
        `${name}-${id}`,
        { targetGroupArn: targetGroup.arn, targetId: id, port: args.nodePort },
        parent,
      );
    args.instances.forEach(attach);
  }
}
