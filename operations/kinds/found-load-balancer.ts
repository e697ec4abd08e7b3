import type { SecurityGroupRule } from "@aws-sdk/client-ec2";
import type { LoadBalancer, TargetGroup } from "@aws-sdk/client-elastic-load-balancing-v2";

/** The load balancer in front of an existing plane, with what belongs to it. */
export interface FoundLoadBalancer {
  loadBalancer: LoadBalancer;
  listenerArn?: string;
  targetGroup?: TargetGroup;
  /** Ids of the instances behind it. */
  instances: string[];
  /** Security group of the load balancer. */
  securityGroup?: string;
  /** Its name and description, which cannot change. */
  named?: { name: string; description: string };
  /** Rules of that group, and of others that refer to it. */
  rules: SecurityGroupRule[];
  /** Hosted zone, and the names in it that lead here. */
  zone?: { id: string; name: string; records: string[] };
}
