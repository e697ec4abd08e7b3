import { autoScalingGroups } from "../../../inventory/targets";
import type { PlaneSettings } from "../../../settings/schema";
import { failed, ok, verdict, warning, type Check } from "../check";
import type { AwsReader } from "../../clients/aws";
import type { PlaneContext } from "../context";

/** The load balancer's settings and the AWS reader. Only for checks that apply to a load balancer. */
export function exposed({ aws, settings }: PlaneContext): {
  aws: AwsReader;
  loadBalancer: NonNullable<PlaneSettings["loadBalancer"]>;
} {
  const { loadBalancer } = settings;
  if (aws === undefined || loadBalancer === undefined) {
    throw new Error("the settings have a load balancer but no aws section");
  }
  return { aws, loadBalancer };
}

/** Whether the settings have a load balancer. */
export const hasLoadBalancer = (settings: PlaneSettings): boolean =>
  settings.loadBalancer !== undefined;

const show = (selection: { tags?: Record<string, string> }): string =>
  selection.tags === undefined ? "these ids" : `tags ${JSON.stringify(selection.tags)}`;

/** The VPC of the settings. Throws unless there is exactly one. */
export async function vpcOf(context: PlaneContext): Promise<string> {
  const { aws, loadBalancer } = exposed(context);
  const [vpc, ...more] = await aws.vpcs(loadBalancer.vpc);
  if (vpc === undefined) throw new Error(`no VPC has ${show(loadBalancer.vpc)}`);
  if (more.length > 0) throw new Error(`${more.length + 1} VPCs have ${show(loadBalancer.vpc)}`);
  return vpc;
}

/** The nodes' security group. Throws unless there is exactly one. */
export async function nodeGroupOf(context: PlaneContext): Promise<string> {
  const { aws, loadBalancer } = exposed(context);
  const selection = loadBalancer.nodeSecurityGroup;
  const [group, ...more] = await aws.securityGroups(selection, await vpcOf(context));
  if (group === undefined) throw new Error(`no security group has ${show(selection)}`);
  if (more.length > 0) {
    throw new Error(`${more.length + 1} security groups have ${show(selection)}`);
  }
  return group;
}

/** Problems of the objects that the program looks up, with their settings. */
async function lookupProblems(context: PlaneContext): Promise<string[]> {
  const { aws, loadBalancer } = exposed(context);
  const problem = async (setting: string, ask: () => Promise<string | undefined>) => {
    try {
      const found = await ask();
      return found === undefined ? [] : [`${setting}: ${found}`];
    } catch (error) {
      return [`${setting}: ${error instanceof Error ? error.message : String(error)}`];
    }
  };
  const none = (found: readonly unknown[], what: string) =>
    found.length === 0 ? `no ${what}` : undefined;
  const { targets, dns } = loadBalancer;
  const found = await Promise.all([
    problem("loadBalancer.subnets", async () =>
      none(await aws.subnets(loadBalancer.subnets, await vpcOf(context)), "subnet"),
    ),
    problem("loadBalancer.nodeSecurityGroup", async () => {
      await nodeGroupOf(context);
      return undefined;
    }),
    problem("loadBalancer.targets", async () => {
      // The controller manages these targets. Another check looks at their health.
      if (targets.targetGroupBinding !== undefined) return undefined;
      const groups = autoScalingGroups(targets);
      if (groups.length > 0) {
        const there = await Promise.all(groups.map((group) => aws.autoScalingGroup(group)));
        const missing = groups.filter((_, index) => there[index] === undefined);
        return missing.length === 0 ? undefined : `no Auto Scaling group ${missing.join(", ")}`;
      }
      const selection = { ids: targets.instanceIds, tags: targets.instanceTags };
      return none(await aws.instances(selection), "running instance");
    }),
    ...(dns === undefined
      ? []
      : [
          problem("loadBalancer.dns.zone", async () =>
            none(await aws.zones(dns.zone), `public hosted zone ${dns.zone}`),
          ),
        ]),
  ]);
  return found.flat();
}

export const awsChecks: Check[] = [
  {
    id: "aws.reachable",
    title: "AWS answers",
    before: true,
    expected: "the credentials are good in the region of the settings",
    remedy:
      "`aws sts get-caller-identity` says who asks: log in to AWS again; check aws.profile, aws.assumeRoleArn and aws.region",
    applies: hasLoadBalancer,
    async run(context) {
      return ok(
        `${await exposed(context).aws.identity()} in ${context.settings.aws?.region ?? ""}`,
      );
    },
  },
  {
    id: "aws.rights",
    title: "Rights in AWS",
    before: true,
    expected: "EC2 accepts a dry run, and the load balancer API may be read",
    remedy: "grant what the deployment needs: docs/verify.md lists the actions",
    needs: ["aws.reachable", "aws.lookups"],
    applies: hasLoadBalancer,
    async run(context) {
      const { aws, loadBalancer } = exposed(context);
      const [refusal] = await Promise.all([
        vpcOf(context).then((vpc) => aws.refusal(vpc)),
        aws.loadBalancer(loadBalancer.name),
      ]);
      return refusal === undefined ? ok("dry run accepted") : failed(refusal);
    },
  },
  {
    id: "aws.lookups",
    title: "Network of the load balancer",
    before: true,
    expected:
      "one VPC, one security group of the nodes, subnets, targets and the hosted zone exist",
    remedy: "correct the setting that is named, or the tags in AWS",
    needs: ["aws.reachable"],
    applies: hasLoadBalancer,
    async run(context) {
      return verdict(await lookupProblems(context), "all found");
    },
  },
  {
    id: "aws.quota",
    title: "Room for a load balancer",
    before: true,
    expected: "the account may have one more network load balancer, or has this one already",
    remedy: "ask AWS for a higher quota, or remove a load balancer",
    needs: ["aws.reachable"],
    applies: hasLoadBalancer,
    async run(context) {
      const { aws, loadBalancer } = exposed(context);
      const [{ used, limit }, own] = await Promise.all([
        aws.loadBalancerQuota(),
        aws.loadBalancer(loadBalancer.name),
      ]);
      if (limit === undefined) return warning("AWS reports no limit");
      const seen = `${used} of ${limit} network load balancers`;
      return own === undefined && used >= limit ? failed(seen) : ok(seen);
    },
  },
];
