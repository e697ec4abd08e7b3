/** The part of `loadBalancer.targets` that names Auto Scaling groups. */
interface GroupTargets {
  autoScalingGroup?: string;
  autoScalingGroups?: string[];
}

/** Names of the Auto Scaling groups that a load balancer sends to; none where it has other targets. */
export const autoScalingGroups = (targets: GroupTargets): string[] =>
  [targets.autoScalingGroup ?? [], targets.autoScalingGroups ?? []].flat();

/** The part of `loadBalancer.targets` that decides who registers what. */
interface Targets extends GroupTargets {
  targetGroupBinding?: "instance" | "ip";
}

/** How targets get into a target group. Targets of two kinds never share a target group. */
export type TargetKind = "groups" | "instances" | "nodes" | "pods";

/** The kind of a load balancer's targets. */
export function targetKind(targets: Targets): TargetKind {
  if (targets.targetGroupBinding !== undefined) {
    return targets.targetGroupBinding === "ip" ? "pods" : "nodes";
  }
  return autoScalingGroups(targets).length > 0 ? "groups" : "instances";
}

/** Port on which the pods of `teleport-cluster` serve TLS, behind the Service's 443. */
const PROXY_PORT = 3080;

/** Port of a load balancer's targets: that of the proxies' pods, or the node port. */
export const targetPort = <Port>(targets: Targets, nodePort: Port): Port | number =>
  targetKind(targets) === "pods" ? PROXY_PORT : nodePort;
