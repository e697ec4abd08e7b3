import * as autoscaling from "@pulumi/aws/autoscaling";
import * as ec2 from "@pulumi/aws/ec2";
import * as lb from "@pulumi/aws/lb";
import * as vpc from "@pulumi/aws/vpc";
import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as pulumi from "@pulumi/pulumi";
import { autoScalingGroups, targetKind, targetPort } from "../inventory/targets";
import type { PlaneSettings } from "../settings/schema";
import { CHECK_SECONDS, HEALTHY_CHECKS } from "../teleport/health-check";
import { tagFilters } from "./support/target-instances";
import { waitFor } from "./support/wait-for";

type LoadBalancerSettings = NonNullable<PlaneSettings["loadBalancer"]>;

/** Arguments of {@link NetworkLoadBalancer}: section `loadBalancer` of the settings, and what is known besides. */
export interface NetworkLoadBalancerArgs extends Omit<LoadBalancerSettings, "name" | "dns"> {
  loadBalancerName: string;
  /** Pulumi refuses to delete it while set. */
  protect: boolean;
  /** Node port of the Service, as the API server reports it. */
  nodePort: pulumi.Input<number>;
  /** Ids of the instances that `instanceTags` or `instanceIds` of `targets` select. */
  instances: string[];
  /** Service of the proxies, for a target group binding. */
  service: { name: pulumi.Input<string>; namespace: pulumi.Input<string> };
}

/**
 * AWS network load balancer: forwards TCP 443 to the node port; the proxies terminate TLS. The target
 * port is an output of the Service, so the two are always the same.
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
    // A target group for each kind of targets: a change of the kind makes another one, with all its targets,
    // and deletes the old one last. In one group the removal of the old targets would also deregister a new
    // target that is the same instance. Up to release 0.1.0 it had the name of the load balancer.
    const targetGroup = new lb.TargetGroup(
      `${name}-${targetKind(args.targets)}`,
      {
        name: args.adopted?.targetGroup,
        port: args.nodePort,
        protocol: "TCP",
        targetType: args.targets.targetGroupBinding ?? "instance",
        vpcId,
        preserveClientIp: String(args.preserveClientIp),
        proxyProtocolV2: args.proxyProtocolV2,
        deregistrationDelay: 60,
        // `/webapi/ping` shows that a proxy works. With PROXY protocol v2 the health check's header would
        // break it, so the check is a TCP connection.
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
      { ...parent, aliases: [{ name }] },
    );
    const rules = this.openNodes(name, args, vpcId, securityGroup);
    const targets = this.attachTargets(name, args, targetGroup, securityGroup, rules);
    const listener = new lb.Listener(
      name,
      {
        loadBalancerArn: loadBalancer.arn,
        port: 443,
        protocol: "TCP",
        defaultActions: [{ type: "forward", targetGroupArn: targetGroup.arn }],
      },
      // It moves to another target group only when that one has its targets.
      { ...parent, dependsOn: targets },
    );

    // DNS records wait until the listener exists.
    this.dnsName = pulumi.all([loadBalancer.dnsName, listener.arn]).apply(([dnsName]) => dnsName);
    this.zoneId = loadBalancer.zoneId;
    this.targetGroupArn = targetGroup.arn;
    this.registerOutputs({
      dnsName: this.dnsName,
      zoneId: this.zoneId,
      targetGroupArn: this.targetGroupArn,
    });
  }

  /** Security group of the load balancer. */
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

  /** One rule on each side, so that the load balancer can reach the targets. */
  private openNodes(
    name: string,
    args: NetworkLoadBalancerArgs,
    vpcId: pulumi.Output<string>,
    group: ec2.SecurityGroup,
  ): pulumi.Resource[] {
    const parent = { parent: this };
    const nodeGroupId =
      args.nodeSecurityGroup.id === undefined
        ? ec2.getSecurityGroupOutput(
            { vpcId, filters: tagFilters(args.nodeSecurityGroup.tags) },
            parent,
          ).id
        : pulumi.output(args.nodeSecurityGroup.id);
    // Pods have rules of their own, so that those of the nodes stay while targets change from one to the other.
    const pods = args.targets.targetGroupBinding === "ip";
    const peers = pods ? "pods" : "nodes";
    const port = targetPort(args.targets, args.nodePort);
    const nodePort = { ipProtocol: "tcp", fromPort: port, toPort: port };
    const out = new vpc.SecurityGroupEgressRule(
      `${name}-to-${peers}`,
      {
        securityGroupId: group.id,
        referencedSecurityGroupId: nodeGroupId,
        ...nodePort,
        description: pods ? "Teleport proxies" : "Teleport node port",
      },
      parent,
    );
    const into = new vpc.SecurityGroupIngressRule(
      `${name}-${peers}`,
      {
        securityGroupId: nodeGroupId,
        referencedSecurityGroupId: group.id,
        ...nodePort,
        description: "Teleport load balancer",
      },
      parent,
    );
    return [out, into];
  }

  /**
   * Lets the AWS load balancer controller (elbv2.k8s.aws/v1beta1) register the targets; ready when it has. The
   * controller refuses another target group for an object, so the object is named after its target group.
   */
  private bind(
    name: string,
    { service, targets, nodePort }: NetworkLoadBalancerArgs,
    targetType: "instance" | "ip",
    targetGroup: lb.TargetGroup,
    securityGroup: ec2.SecurityGroup,
    dependsOn: pulumi.Resource[],
  ): pulumi.Resource {
    const from = [{ securityGroup: { groupID: securityGroup.id } }];
    const port = targetPort(targets, nodePort);
    return new CustomResource(
      `${name}-${targetType}`,
      {
        apiVersion: "elbv2.k8s.aws/v1beta1",
        kind: "TargetGroupBinding",
        metadata: {
          name: targetGroup.name.apply((group) => group.toLowerCase()),
          namespace: service.namespace,
          annotations: waitFor("jsonpath={.status.observedGeneration}", 300),
        },
        spec: {
          serviceRef: { name: service.name, port: 443 },
          targetGroupARN: targetGroup.arn,
          targetType,
          // Pods can have their own security groups, which only the controller knows.
          networking:
            targetType === "ip"
              ? { ingress: [{ from, ports: [{ protocol: "TCP", port }] }] }
              : undefined,
        },
      },
      { parent: this, dependsOn },
    );
  }

  /**
   * An attachment has the same name in the state whether its group is the only one or one of several.
   * Otherwise a change between the two would attach the group anew and then detach it by its old name.
   */
  private attachGroups(
    name: string,
    groups: readonly string[],
    targetGroup: lb.TargetGroup,
  ): pulumi.Resource[] {
    const attach = (group: string, more: pulumi.CustomResourceOptions) =>
      new autoscaling.Attachment(
        `${name}-${group}`,
        { autoscalingGroupName: group, lbTargetGroupArn: targetGroup.arn },
        { parent: this, ...more },
      );
    const [only, ...others] = groups;
    if (only === undefined) return [];
    // In release 0.1.0 a single group's attachment had the name of the load balancer. If that group is one of
    // several now, but not the first one, it is detached first: later it would be detached for good.
    const first = attach(only, {
      aliases: [{ name }],
      deleteBeforeReplace: others.length > 0 ? true : undefined,
    });
    return [first, ...others.map((group) => attach(group, { dependsOn: first }))];
  }

  private attachTargets(
    name: string,
    args: NetworkLoadBalancerArgs,
    targetGroup: lb.TargetGroup,
    securityGroup: ec2.SecurityGroup,
    rules: pulumi.Resource[],
  ): pulumi.Resource[] {
    const { targetGroupBinding } = args.targets;
    const groups = autoScalingGroups(args.targets);
    if (groups.length > 0) return this.attachGroups(name, groups, targetGroup);
    if (targetGroupBinding !== undefined) {
      return [this.bind(name, args, targetGroupBinding, targetGroup, securityGroup, rules)];
    }
    return args.instances.map(
      (id) =>
        new lb.TargetGroupAttachment(
          `${name}-${id}`,
          { targetGroupArn: targetGroup.arn, targetId: id, port: args.nodePort },
          { parent: this },
        ),
    );
  }
}
