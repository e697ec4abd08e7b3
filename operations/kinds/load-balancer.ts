import { get, getText, type Mapping } from "../../teleport/values";
import type { FoundLoadBalancer } from "./found-load-balancer";
import { fact, factText, gone, type Loss, type ResourceKind } from "./resource-kind";

/** Id of the rule of an existing load balancer's security group that matches a resource. */
function adoptedRule(inputs: Mapping, found: FoundLoadBalancer, egress: boolean) {
  const cidr = getText(inputs, "cidrIpv4") || getText(inputs, "cidrIpv6");
  // The rule of the nodes' group names the load balancer's group.
  const foreign = cidr === "" && !egress;
  return found.rules.find(
    ({ IsEgress, FromPort, CidrIpv4, CidrIpv6, GroupId, ReferencedGroupInfo }) =>
      IsEgress === egress &&
      FromPort === inputs["fromPort"] &&
      (cidr === ""
        ? ReferencedGroupInfo?.GroupId !== undefined
        : CidrIpv4 === cidr || CidrIpv6 === cidr) &&
      (GroupId === found.securityGroup) === !foreign,
  )?.SecurityGroupRuleId;
}

const ruleFacts = (inputs: unknown): string[] => [
  `TCP ${fact(inputs, "fromPort")}`,
  `group ${fact(inputs, "securityGroupId")}`,
  `peer ${factText(get(inputs, "cidrIpv4") ?? get(inputs, "cidrIpv6") ?? get(inputs, "referencedSecurityGroupId"))}`,
];

/** Whichever resources register them, one is enough. */
const targets = {
  allow: "targets",
  text: "no target is left, so the load balancer refuses every connection",
};

const noTarget: Loss = {
  level: "notice",
  text: "the load balancer sends no new connections there",
};

/** The network load balancer, its listener and targets, and the security group in front of it. */
export const LOAD_BALANCER: readonly ResourceKind[] = [
  {
    type: /^aws:(lb|alb|elasticloadbalancingv2)\/loadBalancer:LoadBalancer$/,
    facts: (inputs) => [
      get(inputs, "internal") === true ? "internal" : "internet-facing",
      `subnets ${fact(inputs, "subnets")}`,
      get(inputs, "enableDeletionProtection") === true ? "deletion protection" : undefined,
    ],
    fixed: ["name", "internal", "loadBalancerType"],
    lost: {
      level: "outage",
      text: "the address changes and every connection is cut",
      allow: "load-balancer",
      back: gone("the old address is gone; going back gives another one"),
    },
    findInAws: (inputs, aws) => aws.loadBalancer(inputs),
    adoptFromAws: (_, { loadBalancer }) => loadBalancer.LoadBalancerArn,
  },
  {
    type: /^aws:lb\/targetGroup:TargetGroup$/,
    facts: (inputs) => [
      `${fact(inputs, "protocol")} ${fact(inputs, "port")}`,
      `health by ${fact(inputs, "healthCheck", "protocol")} ${factText(get(inputs, "healthCheck", "path") ?? "")}`.trim(),
      get(inputs, "preserveClientIp") === "true" ? "client addresses preserved" : undefined,
      get(inputs, "proxyProtocolV2") === true ? "PROXY protocol v2" : undefined,
    ],
    fixed: ["port", "protocol", "vpcId", "targetType", "name"],
    lost: {
      level: "disconnects",
      text: "the listener moves to another target group; the old one's connections are drained",
    },
    findInAws: (inputs, aws) => aws.targetGroup(inputs),
    adoptFromAws: (_, { targetGroup }) => targetGroup?.TargetGroupArn,
  },
  {
    type: /^aws:lb\/listener:Listener$/,
    facts: (inputs) => [`${fact(inputs, "protocol")} ${fact(inputs, "port")}`],
    fixed: ["loadBalancerArn"],
    lost: {
      level: "outage",
      text: "nobody can connect until there is another one",
      allow: "listener",
    },
    findInAws: (inputs, aws) => aws.listener(inputs),
    adoptFromAws: (_, { listenerArn }) => listenerArn,
  },
  {
    type: /^aws:autoscaling\/attachment:Attachment$/,
    facts: (inputs) => [`Auto Scaling group ${fact(inputs, "autoscalingGroupName")}`],
    fixed: ["autoscalingGroupName", "lbTargetGroupArn"],
    lost: noTarget,
    protectionOfLast: targets,
  },
  {
    type: /^aws:lb\/targetGroupAttachment:TargetGroupAttachment$/,
    facts: (inputs) => [`${fact(inputs, "targetId")}:${fact(inputs, "port")}`],
    fixed: ["targetGroupArn", "targetId", "port"],
    lost: noTarget,
    protectionOfLast: targets,
  },
  {
    type: /^kubernetes:elbv2\.k8s\.aws\/[^:]+:TargetGroupBinding$/,
    facts: (inputs) => [
      `${fact(inputs, "spec", "targetType")} targets of Service ${fact(inputs, "spec", "serviceRef", "name")}`,
    ],
    lost: noTarget,
    protectionOfLast: targets,
  },
  {
    type: /^aws:ec2\/securityGroup:SecurityGroup$/,
    facts: (inputs) => [`in ${fact(inputs, "vpcId")}`],
    fixed: ["vpcId", "description"],
    lost: {
      level: "outage",
      text: "the load balancer refuses connections until its group is back",
      allow: "firewall",
    },
    findInAws: (inputs, aws) => aws.securityGroup(inputs),
    adoptFromAws: (_, { securityGroup }) => securityGroup,
  },
  {
    type: /:SecurityGroupIngressRule$/,
    facts: (inputs) => ["in", ...ruleFacts(inputs)],
    fixed: ["securityGroupId"],
    lost: { level: "outage", text: "this way in is closed", allow: "firewall" },
    findInAws: (inputs, aws) => aws.rule(inputs, false),
    adoptFromAws: (inputs, found) => adoptedRule(inputs, found, false),
  },
  {
    type: /:SecurityGroupEgressRule$/,
    facts: (inputs) => ["out", ...ruleFacts(inputs)],
    fixed: ["securityGroupId"],
    lost: {
      level: "outage",
      text: "the load balancer does not reach the nodes in between",
      allow: "firewall",
    },
    findInAws: (inputs, aws) => aws.rule(inputs, true),
    adoptFromAws: (inputs, found) => adoptedRule(inputs, found, true),
  },
];
