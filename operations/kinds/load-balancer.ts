import { get, getText, type Mapping } from "../../teleport/values";
import type { FoundLoadBalancer } from "./found-load-balancer";
import { costWhenLost, fact, factText, whenLost, type ResourceKind } from "./resource-kind";

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
  name: "targets",
  loss: "no target is left, so the load balancer refuses every connection",
};

const noTarget = whenLost("notice", "the load balancer sends no new connections there");

const firewall = { name: "firewall", loss: "connections that it lets through are refused" };

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
    effects: whenLost(
      "outage",
      "a new load balancer with a new address; connections of the old one end",
    ),
    returns: costWhenLost(
      "loses something",
      "the old address is gone; going back gives another one",
    ),
    protection: {
      name: "load-balancer",
      loss: "the address changes and every connection is cut",
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
    effects: whenLost(
      "disconnects",
      "the listener moves to another target group; the old one's connections are drained",
    ),
    findInAws: (inputs, aws) => aws.targetGroup(inputs),
    adoptFromAws: (_, { targetGroup }) => targetGroup?.TargetGroupArn,
  },
  {
    type: /^aws:lb\/listener:Listener$/,
    facts: (inputs) => [`${fact(inputs, "protocol")} ${fact(inputs, "port")}`],
    fixed: ["loadBalancerArn"],
    effects: whenLost("outage", "nobody listens on port 443 until the new one does"),
    protection: { name: "listener", loss: "nobody can connect until there is another one" },
    findInAws: (inputs, aws) => aws.listener(inputs),
    adoptFromAws: (_, { listenerArn }) => listenerArn,
  },
  {
    type: /^aws:autoscaling\/attachment:Attachment$/,
    facts: (inputs) => [`Auto Scaling group ${fact(inputs, "autoscalingGroupName")}`],
    fixed: ["autoscalingGroupName", "lbTargetGroupArn"],
    effects: noTarget,
    protectionOfLast: targets,
  },
  {
    type: /^aws:lb\/targetGroupAttachment:TargetGroupAttachment$/,
    facts: (inputs) => [`${fact(inputs, "targetId")}:${fact(inputs, "port")}`],
    fixed: ["targetGroupArn", "targetId", "port"],
    effects: noTarget,
    protectionOfLast: targets,
  },
  {
    type: /^kubernetes:elbv2\.k8s\.aws\/[^:]+:TargetGroupBinding$/,
    facts: (inputs) => [
      `${fact(inputs, "spec", "targetType")} targets of Service ${fact(inputs, "spec", "serviceRef", "name")}`,
    ],
    effects: noTarget,
    protectionOfLast: targets,
  },
  {
    type: /^aws:ec2\/securityGroup:SecurityGroup$/,
    facts: (inputs) => [`in ${fact(inputs, "vpcId")}`],
    fixed: ["vpcId", "description"],
    effects: whenLost("outage", "the load balancer refuses connections until its group is back"),
    protection: firewall,
    findInAws: (inputs, aws) => aws.securityGroup(inputs),
    adoptFromAws: (_, { securityGroup }) => securityGroup,
  },
  {
    type: /:SecurityGroupIngressRule$/,
    facts: (inputs) => ["in", ...ruleFacts(inputs)],
    fixed: ["securityGroupId"],
    effects: whenLost("outage", "this way in is closed"),
    protection: firewall,
    findInAws: (inputs, aws) => aws.rule(inputs, false),
    adoptFromAws: (inputs, found) => adoptedRule(inputs, found, false),
  },
  {
    type: /:SecurityGroupEgressRule$/,
    facts: (inputs) => ["out", ...ruleFacts(inputs)],
    fixed: ["securityGroupId"],
    effects: whenLost("outage", "the load balancer does not reach the nodes in between"),
    protection: firewall,
    findInAws: (inputs, aws) => aws.rule(inputs, true),
    adoptFromAws: (inputs, found) => adoptedRule(inputs, found, true),
  },
];
