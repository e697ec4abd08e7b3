/** The part of `loadBalancer.targets` that names Auto Scaling groups. */
interface GroupTargets {
  autoScalingGroup?: string;
  autoScalingGroups?: string[];
}

/** Names of the Auto Scaling groups that a load balancer sends to; none where it has other targets. */
export const autoScalingGroups = (targets: GroupTargets): string[] =>
  [targets.autoScalingGroup ?? [], targets.autoScalingGroups ?? []].flat();
