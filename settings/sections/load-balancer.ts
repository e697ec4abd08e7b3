import { z } from "zod";
import { dnsName, labels, nonEmpty, off, on } from "./fields";

const awsId = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}-[0-9a-f]+$`), `must be an id such as ${prefix}-0123abcd`);

export const loadBalancer = z
  .strictObject({
    name: z
      .string()
      .default("teleport")
      .describe("Name of load balancer and target group, at most 32 characters."),
    vpc: z
      .strictObject({
        id: awsId("vpc").optional().describe("Id of the VPC."),
        tags: labels.optional().describe("Tags that one VPC has."),
      })
      .describe("VPC, by exactly one of `id` and `tags`."),
    subnets: z
      .strictObject({
        ids: z.array(awsId("subnet")).optional().describe("Ids of the subnets."),
        tags: labels.optional().describe("Tags that the subnets in the VPC have."),
      })
      .describe("Subnets of the load balancer, by exactly one of `ids` and `tags`."),
    internal: off("Reachable only from inside the VPC."),
    crossZone: on("Spread over the nodes of all zones."),
    deletionProtection: on("AWS refuses to delete it; set to false before you destroy the plane."),
    allowedCidrs: z
      .array(z.string())
      .min(1)
      .default(["0.0.0.0/0"])
      .describe("IPv4 networks that may reach port 443."),
    targets: z
      .strictObject({
        autoScalingGroup: nonEmpty.optional().describe("Name of an Auto Scaling group."),
        autoScalingGroups: z
          .array(nonEmpty)
          .optional()
          .describe("Names of several Auto Scaling groups, such as one per node group or zone."),
        targetGroupBinding: z
          .enum(["instance", "ip"])
          .optional()
          .describe(
            "The AWS load balancer controller keeps the targets: nodes, Karpenter's too, at the node port " +
              "(`instance`), or the proxies' pods (`ip`).",
          ),
        instanceTags: labels
          .optional()
          .describe(
            "Tags of running instances. A snapshot: new nodes become targets with the next update.",
          ),
        instanceIds: z.array(awsId("i")).optional().describe("Ids of the instances."),
      })
      .describe("Targets of the load balancer, by exactly one of the five."),
    nodeSecurityGroup: z
      .strictObject({
        id: awsId("sg").optional().describe("Id of the security group."),
        tags: labels.optional().describe("Tags that one security group has."),
      })
      .describe(
        "Security group of the nodes, by exactly one of `id` and `tags`; opened for the node port from the load balancer only.",
      ),
    preserveClientIp: on("Keep the clients' addresses."),
    proxyProtocolV2: off(
      'Send PROXY protocol v2; only together with `teleport.proxyProtocol: "on"`.',
    ),
    adopted: z
      .strictObject({
        targetGroup: nonEmpty.describe("Name of the target group."),
        securityGroup: nonEmpty.describe("Name of the load balancer's security group."),
        description: z.string().describe("Description of that security group."),
      })
      .optional()
      .describe(
        "Names of an adopted load balancer's parts, which cannot change without replacing them. Remove it before you change `nodePort` or the kind of `targets`. Default: named by Pulumi.",
      ),
    dns: z
      .strictObject({
        zone: dnsName.describe("Route 53 hosted zone, `clusterName` or a parent of it."),
      })
      .optional()
      .describe("Alias records for apex and wildcard. Default: none."),
  })
  .describe("AWS network load balancer in front of the proxy. Default: none.");
