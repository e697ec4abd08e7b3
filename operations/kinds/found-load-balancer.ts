import type { SecurityGroupRule } from "@aws-sdk/client-ec2";
import type { LoadBalancer, TargetGroup } from "@aws-sdk/client-elastic-load-balancing-v2";

/** The load balancer of an existing plane, with its parts. */
export interface FoundLoadBalancer {
  loadBalancer: LoadBalancer;
  listenerArn?: string;
  targetGroup?: TargetGroup;
  /** Ids of the instances behind it. */
  instances: string[];
  /** Security group of the load balancer. */
  securityGroup?: string;
  /** Name and description of that group. They are immutable. */
  named?: { name: string; description: string };
  /** Rules of that group, and rules of other groups that refer to it. */
  rules: SecurityGroupRule[];
  /** Hosted zone, and its records that point to the load balancer. */
  zone?: { id: string; name: string; records: string[] };
}
