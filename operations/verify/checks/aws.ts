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

/** Commands that list what there is. */
const LIST = {
  vpcs: "`aws ec2 describe-vpcs --query 'Vpcs[].[VpcId,Tags]'`",
  subnets: "`aws ec2 describe-subnets --query 'Subnets[].[SubnetId,VpcId,Tags]'`",
  groups: "`aws ec2 describe-security-groups --query 'SecurityGroups[].[GroupId,VpcId,Tags]'`",
  scaling:
    "`aws autoscaling describe-auto-scaling-groups --query 'AutoScalingGroups[].AutoScalingGroupName'`",
  instances:
    "`aws ec2 describe-instances --query 'Reservations[].Instances[].[InstanceId,State.Name,Tags]'`",
  zones: "`aws route53 list-hosted-zones --query 'HostedZones[].Name'`",
};

/** Problems of the objects that the program looks up, with their settings and the commands that list such objects. */
async function lookupProblems(context: PlaneContext): Promise<{ seen: string; list: string }[]> {
  const { aws, loadBalancer } = exposed(context);
  const problem = async (
    setting: string,
    list: string,
    ask: () => Promise<string | undefined>,
  ): Promise<{ seen: string; list: string }[]> => {
    try {
      const found = await ask();
      return found === undefined ? [] : [{ seen: `${setting}: ${found}`, list }];
    } catch (error) {
      return [
        { seen: `${setting}: ${error instanceof Error ? error.message : String(error)}`, list },
      ];
    }
  };
  const none = (found: readonly unknown[], what: string) =>
    found.length === 0 ? `no ${what}` : undefined;
  const { targets, dns } = loadBalancer;
  const groups = autoScalingGroups(targets);
  const found = await Promise.all([
    problem("loadBalancer.vpc", LIST.vpcs, async () => {
      await vpcOf(context);
      return undefined;
    }),
    problem("loadBalancer.subnets", LIST.subnets, async () =>
      none(await aws.subnets(loadBalancer.subnets, await vpcOf(context)), "subnet"),
    ),
    problem("loadBalancer.nodeSecurityGroup", LIST.groups, async () => {
      await nodeGroupOf(context);
      return undefined;
    }),
    problem("loadBalancer.targets", groups.length > 0 ? LIST.scaling : LIST.instances, async () => {
      // The controller manages these targets. Another check looks at their health.
      if (targets.targetGroupBinding !== undefined) return undefined;
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
          problem("loadBalancer.dns.zone", LIST.zones, async () =>
            none(await aws.zones(dns.zone), `public hosted zone ${dns.zone}`),
          ),
        ]),
  ]);
  return found.flat();
}

/** "Network Load Balancers per Region" of AWS's Service Quotas. */
const QUOTA = "--service-code elasticloadbalancing --quota-code L-69A177A2";

const askForQuota = (value: string): string =>
  `\`aws service-quotas request-service-quota-increase ${QUOTA} --desired-value ${value}\``;

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
    remedy:
      "`aws sts get-caller-identity` says who asks: grant it what deploy/pipeline/up/aws.json lists " +
      "(deploy/README.md has the command)",
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
      const problems = await lookupProblems(context);
      const lists = [...new Set(problems.map(({ list }) => list))].join(", ");
      return verdict(
        problems.map(({ seen }) => seen),
        "all found",
        {
          remedy: `correct the setting that is named, or the tags in AWS: ${lists} shows what there is`,
        },
      );
    },
  },
  {
    id: "aws.quota",
    title: "Room for a load balancer",
    before: true,
    expected: "the account may have one more network load balancer, or has this one already",
    remedy: `${askForQuota("NUMBER")} asks AWS for a higher quota; or remove a load balancer`,
    needs: ["aws.reachable"],
    applies: hasLoadBalancer,
    async run(context) {
      const { aws, loadBalancer } = exposed(context);
      const [{ used, limit }, own] = await Promise.all([
        aws.loadBalancerQuota(),
        aws.loadBalancer(loadBalancer.name),
      ]);
      if (limit === undefined) {
        return warning("AWS reports no limit", {
          remedy: `\`aws service-quotas get-service-quota ${QUOTA}\` asks another API for it`,
        });
      }
      const seen = `${used} of ${limit} network load balancers`;
      if (own !== undefined || used < limit) return ok(seen);
      return failed(seen, {
        remedy: `${askForQuota(String(limit + 10))} asks AWS for a higher quota; or remove a load balancer`,
      });
    },
  },
];
