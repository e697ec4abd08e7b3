import type * as k8s from "@kubernetes/client-node";
import { autoScalingGroups, targetKind } from "../../../inventory/targets";
import { CLUSTER_RELEASE } from "../../../teleport/names";
import { failed, ok, skipped, warning, type Check } from "../check";
import type { TargetGroup, TargetHealthDescription } from "../../clients/aws";
import type { PlaneContext } from "../context";
import { simulated } from "../plane";
import { REFRESH, shellWord } from "../remedy";
import { exposed, hasLoadBalancer } from "./aws";
import { portOf, targetGroupOf } from "./exposure";

const PROXY_LOGS =
  "`kubectl logs -n NAMESPACE deploy/teleport-proxy` says why a proxy does not answer its health check";
const LABELS =
  "`kubectl get nodes --show-labels`: set teleport.proxy.nodeSelector to labels of the targets' nodes, or make " +
  "these targets";

const kindOf = (context: PlaneContext) => targetKind(exposed(context).loadBalancer.targets);

/** Targets that serve: addresses of the ready proxies' pods, or ids of the instances that run them. */
async function servingTargets(context: PlaneContext): Promise<Set<string>> {
  const { kubernetes, settings } = context;
  const [nodes, pods] = await Promise.all([
    kubernetes.list<k8s.V1Node>("v1", "Node"),
    kubernetes.list<k8s.V1Pod>("v1", "Pod", { namespace: settings.namespace.name }),
  ]);
  const ready = pods.filter(
    ({ metadata, status }) =>
      metadata?.name?.startsWith(`${CLUSTER_RELEASE}-proxy-`) === true &&
      status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True"),
  );
  if (kindOf(context) === "pods") {
    return new Set(ready.flatMap(({ status }) => status?.podIP ?? []));
  }
  const serving = new Set(ready.map(({ spec }) => spec?.nodeName));
  return new Set(
    nodes
      .filter(({ metadata }) => serving.has(metadata?.name))
      // aws:///eu-central-1a/i-0123456789
      .map(({ spec }) => spec?.providerID?.split("/").at(-1) ?? ""),
  );
}

const isInstance = (id: string): boolean => id.startsWith("i-");

/** Targets that must be registered, and Auto Scaling groups that are not attached to the target group. */
async function wantedTargets(
  context: PlaneContext,
  { TargetGroupArn = "" }: TargetGroup,
  serving: ReadonlySet<string>,
): Promise<{ ids: string[]; detached: string[] }> {
  const { aws, loadBalancer } = exposed(context);
  const { instanceIds, instanceTags, ...targets } = loadBalancer.targets;
  switch (targetKind(targets)) {
    case "groups": {
      const names = autoScalingGroups(targets);
      const groups = await Promise.all(names.map((name) => aws.autoScalingGroup(name)));
      const attached = groups.map((one) => one?.targetGroups.includes(TargetGroupArn) === true);
      return {
        ids: groups.flatMap((one, at) => (attached[at] === true ? (one?.instances ?? []) : [])),
        detached: names.filter((_, at) => attached[at] !== true),
      };
    }
    case "instances":
      return { ids: await aws.instances({ ids: instanceIds, tags: instanceTags }), detached: [] };
    case "nodes":
      return { ids: [...serving].filter(isInstance), detached: [] };
    case "pods":
      return { ids: [...serving], detached: [] };
  }
}

/** Command that registers targets, or takes them out. */
const elbv2 = (
  command: "register-targets" | "deregister-targets",
  { TargetGroupArn = "" }: TargetGroup,
  targets: readonly { Id?: string; Port?: number }[],
): string =>
  `\`aws elbv2 ${command} --target-group-arn ${TargetGroupArn} ` +
  `--targets ${targets.map(({ Id = "", Port = 0 }) => `Id=${Id},Port=${Port}`).join(" ")}\``;

/**
 * Registers missing targets. An update does so only for `instanceTags` and `instanceIds`: an Auto Scaling group
 * registers an instance when it starts, and the AWS load balancer controller when pods or nodes change.
 */
function registering(context: PlaneContext, group: TargetGroup, ids: readonly string[]): string {
  const kind = kindOf(context);
  if (kind === "instances") return `${REFRESH} registers what is missing`;
  const Port = portOf(context);
  const command = elbv2(
    "register-targets",
    group,
    ids.map((Id) => ({ Id, Port })),
  );
  if (kind === "groups") return command;
  const binding = shellWord((group.TargetGroupName ?? "").toLowerCase());
  return `${command}; \`kubectl describe targetgroupbindings ${binding} -n NAMESPACE\` says why the AWS load balancer controller does not`;
}

/** Remedy where there is nothing to register. */
function nothingThere(context: PlaneContext): string {
  const [group] = autoScalingGroups(exposed(context).loadBalancer.targets);
  if (group === undefined) return PROXY_LOGS;
  return (
    `\`aws autoscaling describe-scaling-activities --auto-scaling-group-name ${shellWord(group)}\` says why the ` +
    "group has no instance in service"
  );
}

const idOf = ({ Target }: TargetHealthDescription): string => Target?.Id ?? "";

export const targetChecks: Check[] = [
  {
    id: "exposure.targets",
    title: "Targets healthy",
    expected:
      "every target of the settings is registered on its port, and healthy wherever a ready proxy runs",
    remedy:
      "`aws elbv2 register-targets --target-group-arn ARN --targets Id=ID,Port=PORT` for instances of an Auto Scaling " +
      `group and targets of a TargetGroupBinding; ${REFRESH} for others; ${PROXY_LOGS}`,
    needs: ["aws.lookups", "exposure.listener"],
    applies: hasLoadBalancer,
    async run(context) {
      const group = await targetGroupOf(context);
      const [found, serving, notReal] = await Promise.all([
        exposed(context).aws.targetHealth(group.TargetGroupArn ?? ""),
        servingTargets(context),
        simulated(context.kubernetes),
      ]);
      const wanted = await wantedTargets(context, group, serving);
      const port = portOf(context);
      // Somebody has taken these out, or their instance goes.
      const targets = found.filter(({ TargetHealth }) => TargetHealth?.State !== "draining");
      const off = targets.filter(({ Target }) => Target?.Port !== port);
      const registered = targets.filter((target) => !off.includes(target)).map(idOf);
      const missing = wanted.ids.filter((id) => !registered.includes(id));
      const sick = targets.filter(({ TargetHealth }) => TargetHealth?.State !== "healthy");
      const wrong = sick.filter((target) => serving.has(idOf(target)) && !off.includes(target));
      const healthy = targets.length - sick.length;
      const seen = `${healthy} of ${targets.length} healthy`;
      const problems = [
        ...wanted.detached.map((name) => `Auto Scaling group ${name} is not attached`),
        ...off.map(({ Target }) => `${Target?.Id ?? ""} is on port ${Target?.Port ?? 0}`),
        ...missing
          .filter((id) => !off.some((target) => idOf(target) === id))
          .map((id) => `${id} is not registered`),
        ...wrong.map(
          ({ Target, TargetHealth }) =>
            `${Target?.Id ?? ""} runs a proxy and is ${TargetHealth?.State ?? "unknown"}: ` +
            (TargetHealth?.Description ?? TargetHealth?.Reason ?? "no reason given"),
        ),
      ];
      if (problems.length > 0) {
        const taken = off.map(({ Target = {} }) => Target);
        const remedies = [
          ...(off.length > 0 ? [elbv2("deregister-targets", group, taken)] : []),
          ...(missing.length > 0 ? [registering(context, group, missing)] : []),
          ...(wanted.detached.length > 0 ? [`${REFRESH} attaches the group`] : []),
          ...(wrong.length > 0 ? [PROXY_LOGS] : []),
        ];
        const remedy = remedies.join("; ");
        return failed(problems.join("; "), { expected: `port ${port}`, remedy });
      }
      if (targets.length === 0) {
        return failed("no target is registered", { remedy: nothingThere(context) });
      }
      if (healthy === 0) {
        return notReal === undefined ? failed(seen, { remedy: PROXY_LOGS }) : skipped(notReal);
      }
      const outside = [...serving].filter((id) => isInstance(id) && !registered.includes(id));
      if (outside.length > 0) {
        return warning(`${seen}; proxies run on ${outside.join(", ")}, which are not targets`, {
          remedy: LABELS,
        });
      }
      // Without instance ids, a node without a proxy looks like an unhealthy one.
      const blind = kindOf(context) !== "pods" && sick.length > 0 && ![...serving].some(isInstance);
      return blind ? warning(`${seen}; nodes have no providerID to compare with`) : ok(seen);
    },
  },
];
