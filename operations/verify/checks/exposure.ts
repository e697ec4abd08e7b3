import type * as k8s from "@kubernetes/client-node";
import { targetPort } from "../../../inventory/targets";
import { CLUSTER_RELEASE } from "../../../teleport/names";
import { failed, ok, verdict, type Check } from "../check";
import type { LoadBalancer, SecurityGroupRule, TargetGroup } from "../../clients/aws";
import type { PlaneContext } from "../context";
import { REAPPLY, REFRESH, shellWord } from "../remedy";
import { exposed, hasLoadBalancer, nodeGroupOf } from "./aws";

const PORT = 443;

// A preview with --refresh would patch the Service as it is now, which the API server refuses.
const MAKE_SERVICE = `${REAPPLY}: Helm makes the Service; then ${REFRESH}: it gets its node port`;

/** The load balancer of the settings. Throws if it does not exist. */
export async function loadBalancerOf(context: PlaneContext): Promise<LoadBalancer> {
  const { aws, loadBalancer } = exposed(context);
  const found = await aws.loadBalancer(loadBalancer.name);
  if (found === undefined) throw new Error(`there is no load balancer ${loadBalancer.name}`);
  return found;
}

/** The target group of listener 443. Throws if there is none. */
export async function targetGroupOf(context: PlaneContext): Promise<TargetGroup> {
  const { aws } = exposed(context);
  const { LoadBalancerArn = "" } = await loadBalancerOf(context);
  const listener = (await aws.listeners(LoadBalancerArn)).find(({ Port }) => Port === PORT);
  const arn = listener?.DefaultActions?.find(({ Type }) => Type === "forward")?.TargetGroupArn;
  const group = arn === undefined ? undefined : await aws.targetGroup(arn);
  if (group === undefined) throw new Error(`listener ${PORT} forwards to no target group`);
  return group;
}

/** Port of the targets. */
export const portOf = (context: PlaneContext): number =>
  targetPort(exposed(context).loadBalancer.targets, context.settings.nodePort);

/** True for a rule that allows TCP traffic of one direction on a port. */
const opens = (rule: SecurityGroupRule, egress: boolean, port: number): boolean =>
  (rule.IsEgress ?? false) === egress &&
  (rule.IpProtocol === "-1" ||
    (rule.IpProtocol === "tcp" && (rule.FromPort ?? 0) <= port && port <= (rule.ToPort ?? -1)));

async function securityGroupProblems(context: PlaneContext): Promise<string[]> {
  const { aws, loadBalancer } = exposed(context);
  const port = portOf(context);
  const [{ SecurityGroups = [] }, nodes] = await Promise.all([
    loadBalancerOf(context),
    nodeGroupOf(context),
  ]);
  if (SecurityGroups.length === 0) return ["the load balancer has no security group"];
  const [own, theirs] = await Promise.all([
    Promise.all(SecurityGroups.map((group) => aws.securityGroupRules(group))),
    aws.securityGroupRules(nodes),
  ]);
  const rules = own.flat();
  const closed = loadBalancer.allowedCidrs.filter(
    (cidr) =>
      !rules.some(
        (rule) => opens(rule, false, PORT) && (rule.CidrIpv4 === cidr || rule.CidrIpv6 === cidr),
      ),
  );
  const leaves = rules.some(
    (rule) =>
      opens(rule, true, port) &&
      (rule.ReferencedGroupInfo?.GroupId === nodes || rule.CidrIpv4 === "0.0.0.0/0"),
  );
  const enters = theirs.some(
    (rule) =>
      opens(rule, false, port) &&
      (SecurityGroups.includes(rule.ReferencedGroupInfo?.GroupId ?? "") ||
        rule.CidrIpv4 === "0.0.0.0/0"),
  );
  return [
    ...closed.map((cidr) => `${cidr} may not reach port ${PORT}`),
    ...(leaves ? [] : [`the load balancer may not send to ${nodes} on port ${port}`]),
    ...(enters ? [] : [`${nodes} does not let the load balancer in on port ${port}`]),
  ];
}

export const exposureChecks: Check[] = [
  {
    id: "exposure.service",
    title: "Node port of the Service",
    expected: "Service teleport is a NodePort whose port 443 has the node port of the settings",
    remedy: "`bin/access-plane up --stack STACK --refresh`: it puts the node port back",
    async run({ kubernetes, settings }) {
      const service = await kubernetes.get<k8s.V1Service>(
        "v1",
        "Service",
        CLUSTER_RELEASE,
        settings.namespace.name,
      );
      if (service === undefined) {
        return failed(`there is no Service ${CLUSTER_RELEASE}`, { remedy: MAKE_SERVICE });
      }
      const { type = "", ports = [] } = service.spec ?? {};
      const own = ports.find(({ port }) => port === PORT);
      const nodePort = own?.nodePort;
      const seen = `${type} ${PORT}:${nodePort ?? "none"}`;
      if (type === "NodePort" && nodePort === settings.nodePort) return ok(seen);
      // The program writes the node port only. Type and ports are the chart's.
      const remedy = type === "NodePort" && own !== undefined ? REFRESH : MAKE_SERVICE;
      return failed(seen, { expected: `NodePort ${PORT}:${settings.nodePort}`, remedy });
    },
  },
  {
    id: "exposure.load-balancer",
    title: "Load balancer active",
    expected: "a network load balancer of the settings' name, active",
    remedy: `${REFRESH} makes one that is missing`,
    applies: hasLoadBalancer,
    async run(context) {
      const { State, Type, Scheme, DNSName } = await loadBalancerOf(context);
      const wanted =
        context.settings.loadBalancer?.internal === true ? "internal" : "internet-facing";
      const seen = `${Type ?? ""}, ${Scheme ?? ""}, ${State?.Code ?? ""}: ${DNSName ?? ""}`;
      const isRight = Type === "network" && Scheme === wanted;
      if (isRight && State?.Code === "active") return ok(seen);
      const name = shellWord(exposed(context).loadBalancer.name);
      return failed(seen, {
        expected: `network, ${wanted}, active`,
        remedy: isRight
          ? `\`aws elbv2 describe-load-balancers --names ${name} --query 'LoadBalancers[].State'\` says why`
          : "`bin/access-plane up --stack STACK --refresh --allow load-balancer` makes a new one: its address changes, and all connections are cut",
      });
    },
  },
  {
    id: "exposure.listener",
    title: "Listener",
    expected: `TCP ${PORT}, forwarded to one target group`,
    remedy: "`bin/access-plane up --stack STACK --refresh`; AWS may have been changed by hand",
    needs: ["exposure.load-balancer"],
    applies: hasLoadBalancer,
    async run(context) {
      const { LoadBalancerArn = "" } = await loadBalancerOf(context);
      const listeners = await exposed(context).aws.listeners(LoadBalancerArn);
      const seen = listeners
        .map(({ Protocol, Port }) => `${Protocol ?? ""} ${Port ?? 0}`)
        .join(", ");
      const own = listeners.find(({ Port }) => Port === PORT);
      const forwards = own?.DefaultActions?.some(({ Type }) => Type === "forward") ?? false;
      return own?.Protocol === "TCP" && forwards ? ok(seen) : failed(seen || "none");
    },
  },
  {
    id: "exposure.target-group",
    title: "Target group's port",
    expected: "the target group sends TCP to the node port of the settings",
    remedy:
      "`bin/access-plane up --stack STACK --refresh`: the target group's port is the Service's own",
    needs: ["exposure.listener"],
    applies: hasLoadBalancer,
    async run(context) {
      const { Protocol, Port } = await targetGroupOf(context);
      const seen = `${Protocol ?? ""} ${Port ?? 0}`;
      const wanted = `TCP ${context.settings.nodePort}`;
      return seen === wanted ? ok(seen) : failed(seen, { expected: wanted });
    },
  },
  {
    id: "exposure.security-groups",
    title: "Security groups",
    expected: "clients reach port 443, and the load balancer reaches the targets on their port",
    remedy: "`bin/access-plane up --stack STACK --refresh`; compare the rules of both groups",
    needs: ["exposure.load-balancer"],
    applies: hasLoadBalancer,
    async run(context) {
      return verdict(
        await securityGroupProblems(context),
        `${PORT} in, ${portOf(context)} to the targets`,
      );
    },
  },
];
